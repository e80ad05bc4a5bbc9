internal import Foundation
public import Processes

/// How much a program may cost for each entry: `Benchmarks/guards.json`.
public struct GuardLimits: Codable, Equatable, Sendable {
    /// What was measured when the limits were set, and what is allowed.
    public struct Limit: Codable, Equatable, Sendable {
        public var measured: Double
        public var limit: Double
    }

    /// What a limit has above the measured value at least: of what is nearly nothing, a share is nothing at all, and threads
    /// that meet differently cost some of it.
    static let leastRoom = 0.25

    /// For whoever reads the file: how to renew it.
    public var comment: String
    /// What a limit has above the measured value: threads and versions of libraries make small differences.
    public var headroom: Double
    public var limits: [String: Limit]

    /// Limits for what was measured.
    public init(for costs: GuardCosts) {
        comment =
            "Costs per entry: the difference between generated layers of 500 and 1,500 small files, over 1,000. "
            + "`make guards` compares; after a change that is meant, `layerlab measure guards --write Benchmarks/guards.json` "
            + "with the release build sets the limits anew. See CONTRIBUTING.md."
        headroom = 0.15
        limits = costs.perEntry.mapValues { [headroom] difference in
            // A layer that costs less than a smaller one does so by chance.
            let value = max(difference, 0)
            let limit = max(value * (1 + headroom), value + GuardLimits.leastRoom)
            return Limit(measured: GuardLimits.rounded(value), limit: GuardLimits.rounded(limit))
        }
    }

    public init(contentsOf path: String) throws(LocatedError) {
        do {
            self = try JSONDecoder().decode(GuardLimits.self, from: Data(contentsOf: URL(filePath: path)))
        } catch {
            throw LocatedError(
                "the limits cannot be read: \(error.localizedDescription)", in: path,
                remedy: "layerlab measure guards --write \(path) makes them")
        }
    }

    public func write(to path: String) throws(LocatedError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            try (encoder.encode(self) + Data("\n".utf8)).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw LocatedError("the limits cannot be written: \(error.localizedDescription)", in: path)
        }
    }

    private static func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }
}

/// Costs beside their limits.
public struct GuardReport: Sendable {
    /// Where a cost stands.
    public enum Verdict: String, Sendable, Equatable {
        case ok
        /// More than is allowed.
        case exceeded = "EXCEEDED"
        /// So far below that the limit guards nothing any more.
        case loose = "well under: tighten the limit"
        /// The file says nothing about it, or nothing was measured.
        case unknown = "NO PAIR of measurement and limit"
    }

    /// Below this share of what was measured when the limit was set, it ought to be set anew, unless all of it is within the
    /// room that it would get again.
    private static let looseShare = 0.8

    private let costs: GuardCosts
    private let limits: GuardLimits

    public init(_ costs: GuardCosts, _ limits: GuardLimits) {
        self.costs = costs
        self.limits = limits
    }

    /// In the order of the names.
    public var rows: [(name: String, measured: Double?, limit: GuardLimits.Limit?, verdict: Verdict)] {
        Set(costs.perEntry.keys).union(limits.limits.keys).sorted().map { name in
            let (measured, limit) = (costs.perEntry[name], limits.limits[name])
            return (name, measured, limit, GuardReport.verdict(measured, limit))
        }
    }

    /// Whether a cost is above its limit, or has none: what nobody guards is no guard.
    public var hasFailures: Bool { rows.contains { $0.verdict == .exceeded || $0.verdict == .unknown } }

    static func verdict(_ measured: Double?, _ limit: GuardLimits.Limit?) -> Verdict {
        guard let measured, let limit, measured.isFinite else { return .unknown }
        if measured > limit.limit { return .exceeded }
        let isFarBelow = measured < limit.measured * looseShare && measured < limit.measured - GuardLimits.leastRoom
        return isFarBelow ? .loose : .ok
    }

    /// For a terminal.
    public var text: String {
        var table = Table(columns: [
            .init("per entry"), .init("measured", .right), .init("limit", .right), .init("verdict"),
        ])
        for row in rows {
            let figures = [row.measured, row.limit?.limit].map { $0.map(GuardReport.figure) ?? "–" }
            table.append([row.name] + figures + [row.verdict.rawValue])
        }
        return table.terminalText(width: 120)
    }

    private static func figure(_ value: Double) -> String { Figure.fixed(value, decimals: value < 1_000 ? 2 : 0) }
}
