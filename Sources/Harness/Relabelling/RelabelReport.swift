/// The rows of `measure relabel` as tables, one for each layer.
public struct RelabelReport: Sendable {
    private let records: [RelabelRecord]

    public init(_ records: [RelabelRecord]) { self.records = records }

    /// For a terminal of 160 columns; empty without records.
    public var text: String {
        var layers: [String] = []
        for record in records where !layers.contains(record.layer) { layers.append(record.layer) }
        return layers.map { layer in section(records.filter { $0.layer == layer }) }.joined(separator: "\n")
    }

    /// Whether some rebuild gave a wrong stream, or some row has no result. A refusal is one.
    public var hasFailures: Bool { records.contains { $0.outcome == .inexact || $0.outcome == .error } }

    private func section(_ rows: [RelabelRecord]) -> String {
        var table = Table(columns: [
            .init("strategy"), .init("recipe B", .right), .init("outcome"), .init("reason"),
        ])
        for row in rows {
            let bytes = row.recipeBytes.map { Figure.count($0) } ?? "–"
            table.append([row.strategy, bytes, row.outcome.rawValue, RelabelReport.short(row)])
        }
        return "\(title(of: rows))\n\(table.terminalText(width: 160))"
    }

    private func title(of rows: [RelabelRecord]) -> String {
        // A row that failed early knows less.
        guard let row = rows.first(where: { $0.files != nil }) ?? rows.first else { return "" }
        let files =
            row.files.map { ", \(Figure.count(row.relabelledFiles ?? 0)) of \(Figure.count($0)) files relabelled" }
            ?? ""
        return
            "\(row.layer): \(row.entries.map { Figure.count($0) } ?? "?") entries\(files), \(row.mode), \(row.policy)"
    }

    /// The reason without what every row repeats, and digests by their first digits.
    private static func short(_ row: RelabelRecord) -> String {
        var reason = row.reason ?? ""
        if let diffID = row.diffID { reason = reason.replacing("cannot rebuild \(diffID): ", with: "") }
        reason = reason.replacing(#/Opening content object [0-9a-f]{64}: /#, with: "")
        return reason.replacing(/[0-9a-f]{64}/) { String($0.output.prefix(8)) + "…" }
    }
}
