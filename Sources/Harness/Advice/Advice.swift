internal import OSTree
public import Processes
internal import Strategies

/// A strategy that fits somebody's priorities, with the reasons.
public struct Advice: Codable, Sendable {
    /// Why strategies are out of the question.
    public struct Exclusion: Codable, Sendable, Equatable {
        public var reason: String
        public var strategies: [String]
    }

    public static let currentSchemaVersion = 1

    public var schemaVersion = Advice.currentSchemaVersion
    public var mode: String
    public var mustSurvive: [String]
    public var limits: [String: Double]
    public var minimise: [AdvicePriorities.Axis]
    /// The files that the figures are from.
    public var sources: [String]
    /// The layers whose survival was measured: `NAME, N entries`.
    public var survivors: [String]
    /// What is recommended; nil where nothing fits.
    public var best: StrategyFigures?
    /// All that fit, by the priorities.
    public var fitting: [StrategyFigures]
    /// Those of them of which no other one is as good in everything that was measured and better in something.
    public var front: [StrategyFigures]
    public var exclusions: [Exclusion]

    /// Throws where no strategy has both its encoding and, in the mode that is asked for, its survival measured.
    public init(_ priorities: AdvicePriorities, from sources: AdviceSources) throws(LocatedError) {
        let all = StrategyFigures.all(of: sources, in: priorities.mode)
        guard !all.isEmpty else {
            throw LocatedError(
                "no strategy has both its encoding and its survival in \(priorities.mode.rawValue) measured",
                in: sources.files.joined(separator: " "),
                remedy: "layerlab survive --mode \(priorities.mode.rawValue) -o DIR measures survival")
        }
        mode = priorities.mode.rawValue
        (mustSurvive, minimise) = (priorities.survive, priorities.minimise)
        limits = Dictionary(uniqueKeysWithValues: priorities.limits.map { ($0.key.rawValue, $0.value) })
        self.sources = sources.files
        survivors = sources.survivors
        (fitting, exclusions) = Advice.choose(all, by: priorities)
        exclusions += Advice.unmeasured(sources, in: priorities.mode)
        let axes = priorities.minimise + AdvicePriorities.Axis.allCases.filter { !priorities.minimise.contains($0) }
        let fitting = Advice.ranked(self.fitting, by: axes)
        self.fitting = fitting
        front = fitting.filter { one in !fitting.contains { $0.dominates(one) } }
        best = front.first
    }

    /// What fits, and why the others do not.
    private static func choose(
        _ all: [StrategyFigures], by priorities: AdvicePriorities
    ) -> ([StrategyFigures], [Exclusion]) {
        var fitting = all
        var exclusions: [Exclusion] = []
        func exclude(_ reason: String, where isOut: (StrategyFigures) -> Bool) {
            let out = fitting.filter(isOut).map(\.strategy)
            guard !out.isEmpty else { return }
            fitting.removeAll(where: isOut)
            exclusions.append(Exclusion(reason: reason, strategies: out))
        }
        if priorities.carriesAll {
            exclude("cannot carry every layer, or were not measured on it") { $0.carriedLayers < $0.layers }
        }
        for operation in priorities.survive {
            exclude("do not survive \(operation)") { $0.loses.contains(operation) }
            exclude("cannot be asked for \(operation), which ostree does not do in \(priorities.mode.rawValue)") {
                $0.impossible.contains(operation)
            }
            exclude("were not measured after \(operation), or carry none of the layers that were") {
                !$0.survives.contains(operation)
            }
        }
        for axis in AdvicePriorities.Axis.allCases {
            guard let limit = priorities.limits[axis] else { continue }
            exclude("exceed \(Figure.fixed(limit, decimals: limit < 10 ? 2 : 0)) \(axis.unit) of \(axis.rawValue)") {
                $0.value(axis) > limit
            }
        }
        return (fitting, exclusions)
    }

    /// The encodings of which only one half was measured.
    private static func unmeasured(_ sources: AdviceSources, in mode: RepositoryMode) -> [Exclusion] {
        let benched = Set(sources.encodings.map(\.encoding))
        let lived = Set(sources.survival.filter { $0.mode == mode.rawValue }.map(\.encoding))
        let halves = [
            ("were not measured by survive", benched.subtracting(lived)),
            ("were not measured by bench", lived.subtracting(benched)),
        ]
        return halves.filter { !$0.1.isEmpty }.map { Exclusion(reason: $0.0, strategies: $0.1.sorted()) }
    }

    /// By the axes, the first one first; equal ones by what they survive, and by where they stood. Times that are nearly equal
    /// are: so the best is taken out, again and again, rather than sorted by an order that is none.
    private static func ranked(
        _ figures: [StrategyFigures], by axes: [AdvicePriorities.Axis]
    ) -> [StrategyFigures] {
        var (rest, ranked): ([StrategyFigures], [StrategyFigures]) = (figures, [])
        while !rest.isEmpty {
            var equals = rest
            for axis in axes {
                guard let least = equals.min(by: { $0.value(axis) < $1.value(axis) }) else { break }
                equals.removeAll { least.isSmaller(axis, than: $0) }
            }
            let most = equals.map(\.survives.count).max() ?? 0
            guard let best = equals.first(where: { $0.survives.count == most }) else { break }
            rest.removeAll { $0.strategy == best.strategy }
            ranked.append(best)
        }
        return ranked
    }

    /// Writes every field, nil as null, so that each has the same keys.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(schemaVersion, forKey: .schemaVersion)
        try container.encode(mode, forKey: .mode)
        try container.encode(mustSurvive, forKey: .mustSurvive)
        try container.encode(limits, forKey: .limits)
        try container.encode(minimise, forKey: .minimise)
        try container.encode(sources, forKey: .sources)
        try container.encode(survivors, forKey: .survivors)
        try container.encode(best, forKey: .best)
        try container.encode(fitting, forKey: .fitting)
        try container.encode(front, forKey: .front)
        try container.encode(exclusions, forKey: .exclusions)
    }
}
