internal import Foundation

/// A decision about every metric of two runs.
public struct Comparison: Sendable {
    public enum Verdict: String, Codable, Sendable, CaseIterable {
        case regressed, improved, inconclusive
        /// A figure that only one side has.
        case onlyInBase = "only in base"
        case onlyInNew = "only in new"
        case unchanged
    }

    /// What counts as a change.
    public struct Rules: Codable, Equatable, Sendable {
        /// The smallest change of a time that matters, as a share: 0.05.
        public var minimumEffect = 0.05
        /// How likely a single false alarm among all times of a comparison may be at most.
        public var significance = 0.001

        public init() {}
    }

    /// One metric.
    public struct Row: Codable, Equatable, Sendable {
        public var metric: Metric
        public var verdict: Verdict
        /// The unit of `base` and `new`; for times `s`, or `× FLOOR` where they are shares of a floor's time.
        public var unit: String
        /// A figure, or the median of the samples.
        public var base: Double?
        public var new: Double?
        /// Of times: how they differ.
        public var effect: Effect?
        /// `effect.chance` with regard to how many times were compared (Holm, 1979).
        public var adjustedChance: Double?
        /// What the verdict rests on, where the figures do not say it.
        public var note: String?
    }

    public let baseName: String
    public let newName: String
    public let rules: Rules
    /// Whether both sides were measured in turn, pair by pair.
    public let isInterleaved: Bool
    /// In the order of the base's figures, and then of those that only the other side has.
    public internal(set) var rows: [Row]
    /// What a reader should know before trusting a verdict.
    public private(set) var warnings: [String]
    private let mustBeComplete: Bool

    /// Compares two runs.
    ///
    /// - Parameters:
    ///   - isInterleaved: whether the samples with the same index of both sides were taken next to each other.
    ///   - resamples: how many an interval rests on.
    public init(
        _ base: MetricSet, _ new: MetricSet, isInterleaved: Bool = false, rules: Rules = Rules(),
        resamples: Int = Effect.resamples
    ) {
        (baseName, newName) = (base.name, new.name)
        self.rules = rules
        self.isInterleaved = isInterleaved
        mustBeComplete = base.mustBeComplete || new.mustBeComplete
        let others = MetricSet.otherLayers(base, new)
        let metrics = (base.metrics + new.metrics.filter { base[$0] == nil }).filter { metric in
            !others.contains { $0 == metric.layer }
        }
        warnings = MetricSet.warnings(base, new, isInterleaved: isInterleaved)
        rows = metrics.map { Comparison.row($0, base[$0], new[$0], isInterleaved, resamples) }
        adjustChances()
        warnings += tooFew
        for index in rows.indices where rows[index].effect != nil {
            let metric = rows[index].metric
            decide(&rows[index], drift: isInterleaved ? 0 : Comparison.drift(base[metric], new[metric]))
        }
    }

    /// Whether something got worse, or a gate could not compare all that it should.
    public var hasRegressions: Bool {
        rows.contains { row in
            row.verdict == .regressed || (mustBeComplete && row.verdict != .unchanged && row.verdict != .improved)
        }
    }

    /// Whether both sides have nothing in common.
    public var isEmpty: Bool { !rows.contains { $0.verdict != .onlyInBase && $0.verdict != .onlyInNew } }

    /// Whether a time of both sides was compared.
    public var hasTimes: Bool { rows.contains { $0.effect != nil } }

    public func count(_ verdict: Verdict) -> Int { rows.count { $0.verdict == verdict } }
}

// MARK: Rows

extension Comparison {
    private static func row(
        _ metric: Metric, _ base: Measured?, _ new: Measured?, _ isInterleaved: Bool, _ resamples: Int
    ) -> Row {
        guard let base, let new else {
            var row = Row(metric: metric, verdict: base == nil ? .onlyInNew : .onlyInBase, unit: "")
            if let figure = (base ?? new)?.figure {
                row.unit = figure.unit
                if base == nil { row.new = figure.value } else { row.base = figure.value }
            }
            return row
        }
        switch (base, new) {
        case (.exact(let one, let unit), .exact(let other, let otherUnit)) where unit == otherUnit:
            let verdict: Verdict = other == one ? .unchanged : other < one ? .improved : .regressed
            return Row(metric: metric, verdict: verdict, unit: unit, base: one, new: other)
        case (.counted(let one, let unit, let tolerance), .counted(let other, let otherUnit, _))
        where unit == otherUnit:
            let isNear = abs(other - one) <= tolerance.room(around: one)
            let verdict: Verdict = isNear ? .unchanged : other < one ? .improved : .regressed
            return Row(
                metric: metric, verdict: verdict, unit: unit, base: one, new: other,
                note: "within ±\(Figure.fixed(tolerance.room(around: one), decimals: 2)) is unchanged")
        case (.outcome(let one), .outcome(let other)):
            let verdict: Verdict = one == other ? .unchanged : other.rank < one.rank ? .improved : .regressed
            return Row(
                metric: metric, verdict: verdict, unit: "",
                note: one == other ? one.rawValue : "\(one.rawValue), then \(other.rawValue)")
        case (.timed(let one, let floors), .timed(let other, let otherFloors)):
            return timedRow(metric, (one, floors), (other, otherFloors), isInterleaved, resamples)
        default:
            return Row(metric: metric, verdict: .inconclusive, unit: "", note: "the two are not of the same kind")
        }
    }

    private typealias Timing = (seconds: [Double], floors: [Measured.Floor])

    private static func timedRow(
        _ metric: Metric, _ base: Timing, _ new: Timing, _ isInterleaved: Bool, _ resamples: Int
    ) -> Row {
        var row = Row(metric: metric, verdict: .inconclusive, unit: "s")
        if isInterleaved {
            // One that was stopped within a pair leaves a sample without the other.
            let count = min(base.seconds.count, new.seconds.count)
            let (one, other) = (Array(base.seconds.prefix(count)), Array(new.seconds.prefix(count)))
            (row.base, row.new) = (Samples(one)?.median, Samples(other)?.median)
            row.effect = Effect(pairs: one, other, resamples: resamples)
        } else if let (floor, otherFloor) = Measured.commonFloor(base.floors, new.floors) {
            row.unit = "× \(floor.name)"
            let (one, other) = (ratios(base.seconds, floor.seconds), ratios(new.seconds, otherFloor.seconds))
            (row.base, row.new) = (Samples(one)?.median, Samples(other)?.median)
            row.effect = Effect(independent: one, other, resamples: resamples)
        } else {
            (row.base, row.new) = (Samples(base.seconds)?.median, Samples(new.seconds)?.median)
            row.note = "no floor was measured in both runs: seconds of two runs are nothing to compare"
        }
        return row
    }

    private static func ratios(_ seconds: [Double], _ floor: [Double]) -> [Double] {
        zip(seconds, floor).map { $0 / $1 }
    }
}

extension LayerResult.Outcome {
    /// How bad it is: to refuse is better than to fail, and a wrong stream is the worst.
    fileprivate var rank: Int {
        switch self {
        case .exact: 0
        case .cannot: 1
        case .error: 2
        case .inexact: 3
        }
    }
}
