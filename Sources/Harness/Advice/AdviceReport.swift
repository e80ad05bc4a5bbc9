internal import Strategies

/// An advice for a terminal of 160 columns.
public struct AdviceReport: Sendable {
    private let advice: Advice

    public init(_ advice: Advice) { self.advice = advice }

    public var text: String {
        var lines: [String] = []
        if let best = advice.best {
            lines.append("advice: \(best.strategy)")
            lines += reasons(for: best).map { "  - \($0)" }
        } else {
            lines.append("no strategy fits")
        }
        for exclusion in advice.exclusions {
            lines.append(
                "out: \(exclusion.strategies.count) \(exclusion.reason): \(AdviceReport.some(of: exclusion.strategies))"
            )
        }
        if !advice.front.isEmpty {
            lines += ["", "the Pareto front, \(advice.front.count) of the \(advice.fitting.count) that fit:"]
            lines += table.terminalText(width: 160).split(separator: "\n").map(String.init)
        }
        lines += ["", "survival of \(AdviceReport.some(of: advice.survivors))"]
        lines.append("from \(advice.sources.joined(separator: ", "))")
        return lines.joined(separator: "\n") + "\n"
    }

    private var table: Table {
        var table = Table(columns: [
            .init("strategy"), .init("size B/entry", .right), .init("encode µs/entry", .right),
            .init("decode µs/entry", .right), .init("files, refs", .right), .init("survives", .right),
            .init("and not"),
        ])
        for row in advice.front {
            table.append([
                row.strategy, AdviceReport.figure(row.size), AdviceReport.figure(row.encode),
                AdviceReport.figure(row.decode), "\(row.storageFiles), \(row.storageRefs)",
                "\(row.survives.count) of \(row.survives.count + row.loses.count)", row.loses.joined(separator: ", "),
            ])
        }
        return table
    }

    private func reasons(for best: StrategyFigures) -> [String] {
        var reasons: [String] = []
        if !advice.mustSurvive.isEmpty {
            reasons.append(
                "in \(advice.mode) it is exact after \(advice.mustSurvive.joined(separator: ", ")), as asked")
        }
        for axis in advice.minimise {
            let others = advice.fitting.filter { $0.encoding != best.encoding }
            let next = others.min { $0.value(axis) < $1.value(axis) }
            let figure = "\(axis.rawValue): \(AdviceReport.figure(best.value(axis))) \(axis.unit)"
            let other = next.map {
                "; the least of other encodings is \(AdviceReport.figure($0.value(axis))) by \($0.strategy)"
            }
            reasons.append(figure + (other ?? ""))
        }
        let beside = Figure.fixed(best.storageBytesPerLayer, decimals: 0)
        reasons.append(
            "the storage takes \(best.storageFiles) files and \(best.storageRefs) refs of its own, and \(beside) bytes for each layer beside the recipe"
        )
        reasons += advice.fitting.filter { $0.encoding == best.encoding && $0.storage != best.storage }.map { other in
            compare(best, other)
        }
        if !best.loses.isEmpty { reasons.append("it does not rebuild after \(best.loses.joined(separator: ", "))") }
        if !best.impossible.isEmpty {
            reasons.append("ostree itself does not do in \(advice.mode): \(best.impossible.joined(separator: ", "))")
        }
        let isMetadata = Catalogue.storages.first { $0.name == best.storage }?.isMetadata ?? false
        if isMetadata, best.longestRecipeBytes > ImportReport.pullLimit {
            reasons.append(
                "caution: the longest recipe has \(Figure.count(best.longestRecipeBytes)) bytes, and ostree before 2023.4 pulls no more than 10 MiB of a commit's metadata over HTTP"
            )
        }
        return reasons
    }

    /// The same encoding in another storage.
    private func compare(_ best: StrategyFigures, _ other: StrategyFigures) -> String {
        let (own, others) = (Set(best.survives), Set(other.survives))
        let more = other.survives.filter { !own.contains($0) }
        let less = best.survives.filter { !others.contains($0) }
        let bytes = Figure.fixed(other.storageBytesPerLayer, decimals: 0)
        var text = "\(other.storage) fits too: \(other.storageFiles) files, \(other.storageRefs) refs, \(bytes) bytes"
        if !less.isEmpty { text += "; it does not survive \(less.joined(separator: ", "))" }
        if !more.isEmpty { text += "; it survives \(more.joined(separator: ", ")) besides" }
        return text
    }

    private static func figure(_ value: Double?) -> String {
        value.map { Figure.fixed($0, decimals: $0.magnitude < 1 ? 3 : 2) } ?? "–"
    }

    private static func some(of names: [String]) -> String {
        names.prefix(3).joined(separator: ", ") + (names.count > 3 ? " …" : "")
    }
}
