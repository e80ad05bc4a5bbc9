internal import OSTree
public import Processes

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
    public var minimise: [AdvicePriorities.Axis]
    /// The files that the figures are from.
    public var sources: [String]
    /// What is recommended; nil where nothing fits.
    public var best: StrategyFigures?
    /// The fitting strategies of which no other one is as good in everything that was measured and better in something; by
    /// the first priority.
    public var front: [StrategyFigures]
    /// How many fit.
    public var fittingCount: Int
    public var exclusions: [Exclusion]

    /// Throws where no survival was measured in the mode that is asked for, though something must survive.
    public init(_ priorities: AdvicePriorities, from sources: AdviceSources) throws(LocatedError) {
        let all = StrategyFigures.all(of: sources, in: priorities.mode)
        guard !all.isEmpty else {
            throw LocatedError(
                "no strategy's survival is measured in \(priorities.mode.rawValue)",
                in: sources.files.joined(separator: " "),
                remedy: "layerlab survive --mode \(priorities.mode.rawValue) -o DIR measures it")
        }
        mode = priorities.mode.rawValue
        (mustSurvive, minimise) = (priorities.survive, priorities.minimise)
        self.sources = sources.files
        var fitting = all
        var exclusions: [Exclusion] = []
        func exclude(_ reason: String, where isOut: (StrategyFigures) -> Bool) {
            let out = fitting.filter(isOut).map(\.strategy)
            guard !out.isEmpty else { return }
            fitting.removeAll(where: isOut)
            exclusions.append(Exclusion(reason: reason, strategies: out))
        }
        if priorities.carriesAll {
            exclude("cannot carry every layer") { $0.carriedLayers < $0.layers }
        }
        for operation in priorities.survive {
            exclude("do not survive \(operation)") { $0.loses.contains(operation) }
            exclude("cannot be asked for \(operation), which ostree does not do in \(mode)") {
                $0.impossible.contains(operation)
            }
            exclude("were not measured after \(operation), or carry none of the layers that were") {
                !$0.survives.contains(operation)
            }
        }
        self.exclusions = exclusions
        fittingCount = fitting.count
        let axes = priorities.minimise + AdvicePriorities.Axis.allCases.filter { !priorities.minimise.contains($0) }
        func isBetter(_ one: StrategyFigures, _ other: StrategyFigures) -> Bool {
            for axis in axes where one.value(axis) != other.value(axis) { return one.value(axis) < other.value(axis) }
            return one.survives.count > other.survives.count
        }
        let candidates = fitting
        front = candidates.filter { one in !candidates.contains { $0.dominates(one) } }.sorted(by: isBetter)
        best = front.first
    }
}

extension Advice {
    /// For a terminal of 160 columns.
    public var text: String {
        var lines: [String] = []
        if let best {
            lines.append("advice: \(best.strategy)")
            lines += reasons(for: best).map { "  - \($0)" }
        } else {
            lines.append("no strategy fits")
        }
        for exclusion in exclusions {
            lines.append(
                "out: \(exclusion.strategies.count) \(exclusion.reason): \(Advice.some(of: exclusion.strategies))")
        }
        if !front.isEmpty {
            lines.append("")
            lines.append("the Pareto front, \(front.count) of the \(fittingCount) that fit:")
            lines += table.terminalText(width: 160).split(separator: "\n").map(String.init)
        }
        lines.append("")
        lines.append("from \(sources.joined(separator: ", "))")
        return lines.joined(separator: "\n") + "\n"
    }

    private var table: Table {
        var table = Table(columns: [
            .init("strategy"), .init("size B/entry", .right), .init("encode µs/entry", .right),
            .init("decode µs/entry", .right), .init("files, refs", .right), .init("survives", .right), .init("and not"),
        ])
        for row in front {
            table.append([
                row.strategy, Advice.figure(row.size), Advice.figure(row.encode), Advice.figure(row.decode),
                "\(row.storageFiles), \(row.storageRefs)",
                "\(row.survives.count) of \(row.survives.count + row.loses.count)",
                row.loses.joined(separator: ", "),
            ])
        }
        return table
    }

    private func reasons(for best: StrategyFigures) -> [String] {
        var reasons: [String] = []
        if !mustSurvive.isEmpty {
            reasons.append("in \(mode) it is exact after \(mustSurvive.joined(separator: ", ")), as asked")
        }
        for axis in minimise {
            let others = front.filter { $0.strategy != best.strategy }
            let next = others.min { $0.value(axis) < $1.value(axis) }
            let figure = "\(axis.rawValue): \(Advice.figure(best.value(axis))) \(axis.unit)"
            reasons.append(
                next.map { "\(figure); the best of the others is \($0.strategy) with \(Advice.figure($0.value(axis)))" }
                    ?? figure)
        }
        let beside = Figure.fixed(best.storageBytesPerLayer, decimals: 0)
        reasons.append(
            "the storage takes \(best.storageFiles) files and \(best.storageRefs) refs of its own, and \(beside) bytes for each layer beside the recipe"
        )
        if !best.loses.isEmpty { reasons.append("it does not rebuild after \(best.loses.joined(separator: ", "))") }
        if !best.impossible.isEmpty {
            reasons.append("ostree itself does not do in \(mode): \(best.impossible.joined(separator: ", "))")
        }
        return reasons
    }

    private static func figure(_ value: Double?) -> String {
        value.map { Figure.fixed($0, decimals: $0.magnitude < 1 ? 3 : 2) } ?? "–"
    }

    private static func some(of names: [String]) -> String {
        names.prefix(3).joined(separator: ", ") + (names.count > 3 ? " …" : "")
    }
}
