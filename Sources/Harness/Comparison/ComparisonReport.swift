/// A comparison for people: what changed first, and how many did not.
public struct ComparisonReport: Sendable {
    private static let terminalWidth = 150

    private let comparison: Comparison
    private let showsAll: Bool

    /// - Parameter showsAll: whether unchanged rows are listed too.
    public init(_ comparison: Comparison, showsAll: Bool = false) {
        self.comparison = comparison
        self.showsAll = showsAll
    }

    /// What a reader should know, line by line.
    public var warnings: [String] { comparison.warnings }

    /// For a terminal.
    public var terminalText: String {
        let table = listed.isEmpty ? "" : self.table.terminalText(width: ComparisonReport.terminalWidth) + "\n"
        return table + ([headline] + notes).map { $0 + "\n" }.joined()
    }

    /// A part of a page.
    public var markdown: String {
        let all = ComparisonReport(comparison, showsAll: true)
        return "**\(headline)**\n\n\(all.table.markdown)\n" + notes.map { "- \($0)\n" }.joined()
    }

    /// `1 regressed, 2 inconclusive, 35 unchanged`, and who was compared.
    public var headline: String {
        let counts = Comparison.Verdict.allCases.compactMap { verdict in
            let count = comparison.count(verdict)
            return count == 0 ? nil : "\(count) \(verdict.rawValue)"
        }
        let what = counts.isEmpty ? "nothing to compare" : counts.joined(separator: ", ")
        return "\(comparison.newName) against \(comparison.baseName): \(what)"
    }

    private var listed: [Comparison.Row] {
        comparison.rows.filter { showsAll || $0.verdict != .unchanged }.sorted { one, other in
            ComparisonReport.rank(one.verdict) < ComparisonReport.rank(other.verdict)
        }
    }

    private static func rank(_ verdict: Comparison.Verdict) -> Int {
        Comparison.Verdict.allCases.firstIndex(of: verdict) ?? 0
    }

    private var table: Table {
        var table = Table(columns: [
            .init("verdict"), .init("layer"), .init("what"), .init("by"), .init("mode"), .init("base", .right),
            .init("new", .right), .init("new ÷ base", .right), .init("chance", .right), .init("note"),
        ])
        for row in listed {
            let metric = row.metric
            table.append([
                row.verdict.rawValue, metric.layer ?? "", metric.quantity, metric.subject, metric.mode ?? "",
                figure(row.base, row.unit), figure(row.new, row.unit), ratio(row),
                row.adjustedChance.map { $0 < 0.001 ? "< 0.001" : Figure.fixed($0, decimals: 3) } ?? "", row.note ?? "",
            ])
        }
        return table
    }

    private func figure(_ value: Double?, _ unit: String) -> String {
        guard let value else { return "–" }
        if unit == "s" {
            return value < 0.1 ? "\(Figure.fixed(value * 1e3, decimals: 2)) ms" : "\(Figure.seconds(value)) s"
        }
        if unit.hasPrefix("×") { return Figure.fixed(value, decimals: 3) + " \(unit)" }
        let isWhole = value == value.rounded() && abs(value) < 1e15
        return (isWhole ? Figure.count(Int64(value)) : Figure.fixed(value, decimals: 2))
            + (unit.isEmpty ? "" : " \(unit)")
    }

    private func ratio(_ row: Comparison.Row) -> String {
        if let effect = row.effect {
            let figures = [effect.ratio, effect.low, effect.high].map { Figure.fixed($0, decimals: 3) }
            return "\(figures[0]) (\(figures[1])–\(figures[2]))"
        }
        guard let base = row.base, let new = row.new, base != 0, base != new else { return "" }
        return Figure.fixed(new / base, decimals: 3)
    }

    private var notes: [String] {
        let rules = comparison.rules
        let samples = comparison.rows.compactMap { $0.effect?.samples }
        guard let fewest = samples.min(), let most = samples.max() else { return comparison.warnings }
        let (effect, chance) = (Figure.percent(rules.minimumEffect), Figure.percent(rules.significance))
        let how =
            comparison.isInterleaved
            ? "\(fewest) to \(most) pairs, taken in turn"
            : "\(fewest) to \(most) samples a side, as shares of a floor of the same run"
        let trust =
            comparison.isInterleaved
            ? "chance alone shows such a thing in \(chance) of comparisons like this at most"
            : "by chance in \(chance) of comparisons at most, if the two runs met the same machine in the same state; "
                + "bench --against need not suppose that"
        return comparison.warnings + [
            "times: \(how); ratio by Hodges and Lehmann with its 95 % bootstrap interval; regressed or improved: by \(effect) "
                + "or more, and \(trust) (rank test, Holm's correction for \(samples.count) times); unchanged: the whole "
                + "interval is within that; inconclusive: neither"
        ]
    }
}
