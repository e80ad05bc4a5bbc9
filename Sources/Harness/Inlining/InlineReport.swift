/// The rows of a sweep as tables, one for each layer.
public struct InlineReport: Sendable {
    private let records: [InlineRecord]

    public init(_ records: [InlineRecord]) { self.records = records }

    /// For a terminal of 160 columns; empty without records.
    public var text: String {
        guard !records.isEmpty else { return "" }
        var layers: [String] = []
        for record in records where !layers.contains(record.layer) { layers.append(record.layer) }
        return layers.map(section).joined(separator: "\n") + "\n" + InlineReport.notes.map { $0 + "\n" }.joined()
    }

    private static let notes = [
        "inlined: payloads up to the limit, which are literals of the recipe; in tree: those of them whose file the commit's "
            + "tree holds, and so needs its object in any case: only orphans' objects can be saved",
        "object B: blocks of the objects' files, an inode and a name for each; total B: that and the recipe",
        "if no object: computed, not stored: a store in which an inlined file needs no object, as composefs does it",
    ]

    private func section(_ layer: String) -> String {
        let rows = records.filter { $0.layer == layer }
        var table = Table(columns: [
            .init("mode"), .init("limit", .right), .init("recipe B", .right), .init("inlined", .right),
            .init("in tree", .right), .init("inlined B", .right), .init("objects", .right), .init("object B", .right),
            .init("total B", .right), .init("if no object: objects", .right), .init("total B", .right),
        ])
        for row in rows {
            table.append([
                row.mode, Figure.count(row.limit), figure(row.recipeBytes), Figure.count(row.inlinedPayloads),
                Figure.count(row.inlinedInTree), Figure.count(row.inlinedBytes), Figure.count(row.objects.count),
                Figure.count(row.objects.total), figure(row.totalBytes), Figure.count(row.hypotheticalObjects.count),
                figure(row.hypotheticalTotalBytes),
            ])
        }
        let title = rows.first.map { "\(layer): \(Figure.count($0.entries)) entries, \(base(of: $0))" } ?? layer
        let errors = rows.compactMap { row in row.error.map { "\(row.mode), \(row.limit): \($0)\n" } }
        return "\(title)\n\(table.terminalText(width: 160))\(best(of: rows))\(errors.joined())"
    }

    private func base(of row: InlineRecord) -> String {
        ["inline=\(row.limit),", ",inline=\(row.limit)", ":inline=\(row.limit)"]
            .reduce(row.encoding) { $0.replacing($1, with: "") }
    }

    /// Which limit gives the least.
    private func best(of rows: [InlineRecord]) -> String {
        var modes: [String] = []
        for row in rows where !modes.contains(row.mode) { modes.append(row.mode) }
        return modes.map { mode in
            let own = rows.filter { $0.mode == mode }
            func least(_ total: (InlineRecord) -> Int?) -> String {
                own.filter { total($0) != nil }.min { (total($0) ?? 0) < (total($1) ?? 0) }
                    .map { Figure.count($0.limit) } ?? "–"
            }
            return
                "\(mode): least at the limit \(least(\.totalBytes)); if no object, at \(least(\.hypotheticalTotalBytes))\n"
        }.joined()
    }

    private func figure(_ value: Int?) -> String { value.map { Figure.count($0) } ?? "–" }
}
