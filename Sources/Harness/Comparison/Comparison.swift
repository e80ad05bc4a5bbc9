internal import Foundation

/// A decision about every metric of two runs.
public struct Comparison: Sendable {
    public enum Verdict: String, Codable, Sendable, CaseIterable {
        case regressed, improved, inconclusive, unchanged
        /// A figure that only one side has.
        case onlyInBase = "only in base"
        case onlyInNew = "only in new"
    }

    /// What counts as a change.
    public struct Rules: Codable, Equatable, Sendable {
        /// The smallest change of a time that matters, as a share: 0.05.
        public var minimumEffect = 0.05
        /// How likely a single false alarm among all times of a comparison may be at most.
        public var significance = 0.01

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
    public private(set) var rows: [Row]
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
        warnings = Comparison.warnings(base, new, isInterleaved)
        let others = Comparison.otherLayers(base, new)
        if !others.isEmpty {
            warnings.append(
                "not compared, since the two have other layers by these names: \(others.joined(separator: ", "))")
        }
        let metrics = (base.metrics + new.metrics.filter { base[$0] == nil }).filter { metric in
            !others.contains { $0 == metric.layer }
        }
        rows = metrics.map { Comparison.row($0, base[$0], new[$0], isInterleaved, resamples) }
        adjustChances()
        warnings += tooFew
        let drifts = Comparison.drifts(base, new, metrics, isInterleaved)
        for index in rows.indices where rows[index].effect != nil {
            decide(&rows[index], drift: drifts[rows[index].metric] ?? 0)
        }
    }

    /// Whether something got worse, or a gate has nothing to compare with.
    public var hasRegressions: Bool {
        rows.contains { row in
            row.verdict == .regressed || (mustBeComplete && (row.verdict == .onlyInBase || row.verdict == .onlyInNew))
        }
    }

    /// Whether both sides have anything in common.
    public var isEmpty: Bool { !rows.contains { $0.verdict != .onlyInBase && $0.verdict != .onlyInNew } }

    public func count(_ verdict: Verdict) -> Int { rows.count { $0.verdict == verdict } }

    // MARK: Rows

    private static func row(
        _ metric: Metric, _ base: Measured?, _ new: Measured?, _ isInterleaved: Bool, _ resamples: Int
    ) -> Row {
        guard let base, let new else {
            return Row(metric: metric, verdict: base == nil ? .onlyInNew : .onlyInBase, unit: "")
        }
        switch (base, new) {
        case (.exact(let one, let unit), .exact(let other, _)):
            let verdict: Verdict = other == one ? .unchanged : other < one ? .improved : .regressed
            return Row(metric: metric, verdict: verdict, unit: unit, base: one, new: other)
        case (.counted(let one, let unit, let tolerance), .counted(let other, _, _)):
            let isNear = abs(other - one) <= tolerance.room(around: one)
            let verdict: Verdict = isNear ? .unchanged : other < one ? .improved : .regressed
            return Row(
                metric: metric, verdict: verdict, unit: unit, base: one, new: other,
                note: "within ±\(Figure.fixed(tolerance.room(around: one), decimals: 2)) is unchanged")
        case (.outcome(let one), .outcome(let other)):
            let verdict: Verdict = one == other ? .unchanged : other == .exact ? .improved : .regressed
            return Row(
                metric: metric, verdict: one == .exact || other == .exact ? verdict : .unchanged, unit: "",
                note: one == other ? one.rawValue : "\(one.rawValue), then \(other.rawValue)")
        case (.timed(let one, let floor), .timed(let other, let otherFloor)):
            return timedRow(metric, (one, floor), (other, otherFloor), isInterleaved, resamples)
        default:
            return Row(metric: metric, verdict: .inconclusive, unit: "", note: "the two are not of the same kind")
        }
    }

    private typealias Timing = (seconds: [Double], floor: Measured.Floor?)

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
        } else if let floor = base.floor, let otherFloor = new.floor, floor.name == otherFloor.name {
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

    // MARK: Decisions

    /// Where no difference, however large, could be told from chance: how many samples could.
    private var tooFew: [String] {
        let effects = rows.compactMap(\.effect)
        guard let samples = effects.map(\.samples).max() else { return [] }
        // All signs alike, or no sample of the one below one of the other: two of 2ⁿ, or of the ways to choose n of 2n.
        func least(_ count: Int) -> Double {
            let ways = (1...count).reduce(1.0) { $0 * (isInterleaved ? 2 : Double(count + $1) / Double($1)) }
            return 2 / ways * Double(effects.count)
        }
        guard least(samples) > rules.significance,
            let enough = (samples...100).first(where: { least($0) <= rules.significance })
        else { return [] }
        return [
            "with \(samples) samples no difference of \(effects.count) times, however large, is beyond chance: measure each "
                + "\(enough) times (bench --samples \(enough)), or fewer layers and strategies"
        ]
    }

    /// Holm's step-down: the k-th smallest chance counts as many times as there are chances from it on.
    private mutating func adjustChances() {
        let order = rows.indices.filter { rows[$0].effect != nil }.sorted {
            (rows[$0].effect?.chance ?? 1) < (rows[$1].effect?.chance ?? 1)
        }
        var largest = 0.0
        for (position, index) in order.enumerated() {
            let adjusted = min(1, (rows[index].effect?.chance ?? 1) * Double(order.count - position))
            largest = max(largest, adjusted)
            rows[index].adjustedChance = largest
        }
    }

    /// Fewer samples say nothing: the interval of four is whatever they happened to be.
    static let minimumSamples = 5

    private func decide(_ row: inout Row, drift: Double) {
        guard let effect = row.effect, let chance = row.adjustedChance else { return }
        guard effect.samples >= Comparison.minimumSamples else {
            row.note = "fewer than \(Comparison.minimumSamples) samples"
            return
        }
        // Both ways alike: a tenth longer is 1.1, and 1 ÷ 1.1 undoes it.
        let least = 1 + rules.minimumEffect
        let decisive = least * exp(drift)
        if chance <= rules.significance, effect.ratio >= decisive {
            row.verdict = .regressed
        } else if chance <= rules.significance, effect.ratio <= 1 / decisive {
            row.verdict = .improved
        } else if effect.low > 1 / least, effect.high < least {
            row.verdict = .unchanged
        } else if drift > log(least) / 2 {
            row.note = "the floor itself took \(Figure.percent(exp(drift) - 1)) more or less: measure again"
        }
    }

    /// By how much the floors themselves differ between two runs, as the absolute logarithm: what does not slow down as its
    /// floor does is shifted by up to as much. Nothing where both sides were measured in turn.
    private static func drifts(
        _ base: MetricSet, _ new: MetricSet, _ metrics: [Metric], _ isInterleaved: Bool
    ) -> [Metric: Double] {
        guard !isInterleaved else { return [:] }
        var drifts: [Metric: Double] = [:]
        for metric in metrics {
            guard case .timed(_, let floor?) = base[metric], case .timed(_, let other?) = new[metric],
                let one = Samples(floor.seconds)?.median, let two = Samples(other.seconds)?.median, one > 0, two > 0
            else { continue }
            drifts[metric] = abs(log(two / one))
        }
        return drifts
    }

    private static func otherLayers(_ base: MetricSet, _ new: MetricSet) -> [String] {
        base.layers.filter { name, diffID in new.layers[name].map { $0 != diffID } ?? false }.keys.sorted()
    }

    private static func warnings(_ base: MetricSet, _ new: MetricSet, _ isInterleaved: Bool) -> [String] {
        var warnings: [String] = []
        if let one = base.machine, let other = new.machine {
            let isSame =
                (one.processor, one.cores, one.fileSystem) == (other.processor, other.cores, other.fileSystem)
            if !isInterleaved, !isSame {
                warnings.append(
                    "measured on two machines (\(one.shortName), \(one.fileSystem); \(other.shortName), \(other.fileSystem)): "
                        + "compare sizes; for times, bench --against measures both here")
            }
            if one.buildConfiguration != other.buildConfiguration {
                warnings.append("a \(one.buildConfiguration) build against a \(other.buildConfiguration) one")
            }
        }
        let changed = base.versions.keys.sorted().filter { name in
            new.versions[name].map { $0 != base.versions[name] } ?? false
        }
        if !changed.isEmpty {
            warnings.append("other versions of \(changed.joined(separator: ", ")): sizes may differ by those alone")
        }
        return warnings
    }
}
