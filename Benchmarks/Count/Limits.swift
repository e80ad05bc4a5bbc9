import Foundation

/// How much a pass may cost: `Benchmarks/hot-types.json`.
struct Limits: Codable {
    struct Limit: Codable {
        /// What was counted when the limit was set.
        var measured: Double
        var limit: Double
    }

    /// What a limit has above the counted value: other versions of libraries, and other processors by which these choose
    /// their code, make small differences.
    static let headroom = 0.05
    /// What it has at least, so that nothing may become a little.
    static let leastRoom = 2.0

    /// For whoever reads the file: how to renew it.
    var comment: String
    /// By `SUBJECT, UNIT`.
    var limits: [String: Limit]

    init(for costs: [String: Double]) {
        comment =
            "Instructions and allocations of a pass over a generated layer of 1,024,000 bytes. `make microbench-check` compares; "
            + "after a change that is meant, `make microbench-renew` sets the limits anew. See Benchmarks/README.md."
        limits = costs.mapValues { cost in
            Limit(measured: cost, limit: max(cost * (1 + Limits.headroom), cost + Limits.leastRoom).rounded(.up))
        }
    }

    init(contentsOf path: String) throws {
        do {
            self = try JSONDecoder().decode(Limits.self, from: Data(contentsOf: URL(filePath: path)))
        } catch {
            throw CountingError(description: "\(path): the limits cannot be read: \(error.localizedDescription)")
        }
    }

    func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try (encoder.encode(self) + Data("\n".utf8)).write(to: URL(filePath: path), options: .atomic)
    }
}

/// Costs beside their limits.
struct Report {
    enum Verdict: String {
        case ok
        /// More than is allowed.
        case exceeded = "EXCEEDED"
        /// So far below that the limit guards nothing any more.
        case loose = "well under: tighten the limit"
        /// The file says nothing about it, or nothing was counted.
        case unknown = "NO PAIR of count and limit"
    }

    let rows: [(name: String, measured: Double?, limit: Limits.Limit?, verdict: Verdict)]

    init(_ costs: [String: Double], _ limits: Limits) {
        rows = Set(costs.keys).union(limits.limits.keys).sorted().map { name in
            let (measured, limit) = (costs[name], limits.limits[name])
            return (name, measured, limit, Report.verdict(measured, limit))
        }
    }

    private static func verdict(_ measured: Double?, _ limit: Limits.Limit?) -> Verdict {
        guard let measured, let limit else { return .unknown }
        if measured > limit.limit { return .exceeded }
        let isFarBelow = measured < limit.measured * (1 - 2 * Limits.headroom)
        return isFarBelow && measured < limit.measured - Limits.leastRoom ? .loose : .ok
    }

    /// What nobody guards is no guard.
    var hasFailures: Bool { rows.contains { $0.verdict == .exceeded || $0.verdict == .unknown } }

    /// A table for a terminal.
    var text: String {
        let cells =
            [["a pass", "counted", "limit", "verdict"]]
            + rows.map { [$0.name, figure($0.measured), figure($0.limit?.limit), $0.verdict.rawValue] }
        let widths = (0..<3).map { column in cells.map { $0[column].count }.max() ?? 0 }
        return cells.map { row in
            let name = row[0] + String(repeating: " ", count: widths[0] - row[0].count)
            let figures = (1...2).map { String(repeating: " ", count: widths[$0] - row[$0].count) + row[$0] }
            return ([name] + figures + [row[3]]).joined(separator: "  ")
        }.joined(separator: "\n")
    }

    private func figure(_ value: Double?) -> String {
        guard let value else { return "–" }
        let digits = Array(String(Int64(value.rounded())))
        return digits.enumerated().map { index, digit in
            let left = digits.count - index
            return (index > 0 && left % 3 == 0 ? "," : "") + String(digit)
        }.joined()
    }
}
