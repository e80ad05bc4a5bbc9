/// The records of `survive` as tables: for each layer and mode one row an operation and one column a storage.
public struct SurvivalReport: Sendable {
    private let records: [SurvivalRecord]

    public init(_ records: [SurvivalRecord]) { self.records = records }

    /// Whether some rebuild gave a wrong stream, or something has no result. A refusal is one.
    public var hasFailures: Bool { records.contains { $0.outcome == .wrong || $0.outcome == .error } }

    /// For a terminal of 160 columns; empty without records.
    public var text: String {
        let parts = sections.map { section in
            "\(PlainText.line(section.title))\n\(section.table?.terminalText(width: 160) ?? "")"
                + section.notes.map { "  \(PlainText.line($0))\n" }.joined()
        }
        return parts.joined(separator: "\n") + (records.isEmpty ? "" : "\n\(counts)\n")
    }

    /// The same for a report's page.
    public var markdown: String {
        let parts = sections.map { section in
            "## \(Markdown.escaped(section.title))\n\n\(section.table?.markdown ?? "")\n"
                + section.notes.map { "- \(Markdown.escaped($0))\n" }.joined()
        }
        return parts.joined(separator: "\n") + "\n\(counts)\n"
    }

    /// How often each outcome was.
    public var counts: String {
        SurvivalRecord.Outcome.allCases.compactMap { outcome in
            let count = records.count { $0.outcome == outcome }
            return count > 0 || outcome == .wrong ? "\(Figure.count(count)) \(outcome.rawValue)" : nil
        }.joined(separator: ", ")
    }

    // MARK: Sections

    /// For each layer and mode a table, with notes about which encodings do what in cells where they differ, and why others
    /// refuse; the mode is the option.
    var sections: [BenchReport.Section] {
        records.map(\.layer).distinct.flatMap { layer in
            let rows = records.filter { $0.layer == layer }
            return rows.map(\.mode).distinct.map { mode in section(rows.filter { $0.mode == mode }) }
        }
    }

    private func section(_ rows: [SurvivalRecord]) -> BenchReport.Section {
        let storages = rows.map(\.storage).distinct
        var table = Table(
            columns: [.init("operation"), .init("moved B", .right), .init("removed B", .right)]
                + storages.map { .init($0) })
        var notes = NoteList()
        for operation in rows.map(\.operation).distinct {
            let cells = rows.filter { $0.operation == operation }
            table.append(
                cells: [
                    .init(operation), SurvivalReport.range(cells.map(\.movedBytes)),
                    SurvivalReport.range(cells.map(\.removedBytes)),
                ] + storages.map { storage in SurvivalReport.cell(cells.filter { $0.storage == storage }) })
            for storage in storages {
                for note in SurvivalReport.notes(cells.filter { $0.storage == storage }) {
                    notes.add(note, of: storage, after: operation)
                }
            }
        }
        return .init(title: title(of: rows), table: table, notes: notes.texts, option: rows.first?.mode)
    }

    private func title(of rows: [SurvivalRecord]) -> String {
        // A row that failed early knows less.
        guard let row = rows.first(where: { $0.entries != nil }) ?? rows.first else { return "" }
        let entries = row.entries.map { Figure.count($0) } ?? "?"
        let orphans = row.orphanBytes.map { ", \(Figure.count($0)) B of orphans" } ?? ""
        return "\(row.layer), \(row.mode), \(row.policy): \(entries) entries\(orphans)"
    }

    /// The one outcome of all encodings, or how many have which.
    private static func cell(_ cells: [SurvivalRecord]) -> Table.Cell {
        let able = cells.filter { $0.outcome != .cannot }
        let outcomes = able.map(\.outcome).distinct
        let unable = cells.count == able.count || able.isEmpty ? "" : ", \(cells.count - able.count) cannot"
        guard outcomes.count > 1 else {
            let outcome = outcomes.first ?? .cannot
            return .init(word(outcome) + unable, tone: tone(outcome))
        }
        let text = SurvivalRecord.Outcome.allCases.compactMap { outcome in
            let count = able.count { $0.outcome == outcome }
            return count > 0 ? "\(count) \(word(outcome))" : nil
        }.joined(separator: ", ")
        return .init(text + unable, tone: outcomes.contains(.wrong) || outcomes.contains(.error) ? .bad : .fair)
    }

    private static func tone(_ outcome: SurvivalRecord.Outcome) -> Table.Cell.Tone {
        switch outcome {
        case .exact: .good
        case .refuses, .wrong, .error: .bad
        case .ostreeRefuses, .notApplicable, .notMeasured, .cannot: .mute
        }
    }

    private static func word(_ outcome: SurvivalRecord.Outcome) -> String {
        switch outcome {
        case .wrong: "SILENTLY WRONG"
        case .notApplicable: "–"
        default: outcome.rawValue
        }
    }

    /// Which encodings are exact where others are not, and the reasons.
    private static func notes(_ cells: [SurvivalRecord]) -> [String] {
        var notes: [String] = []
        let exact = cells.filter { $0.outcome == .exact }
        if !exact.isEmpty, exact.count < cells.count(where: { $0.outcome != .cannot }) {
            notes.append("exact by \(exact.map(\.encoding).joined(separator: ", "))")
        }
        for outcome in SurvivalRecord.Outcome.allCases where outcome != .exact {
            let those = cells.filter { $0.outcome == outcome }
            let reasons = those.compactMap { record in record.reason.map { short($0, of: record) } }.distinct
            notes += reasons.prefix(maximumReasons).map { "\(word(outcome)): \($0)" }
            if reasons.count > maximumReasons {
                notes.append("\(word(outcome)), for \(reasons.count - maximumReasons) more reasons")
            }
        }
        return notes + cells.compactMap(\.remark).distinct
    }

    /// Of one outcome in one cell; there are more in the JSON.
    private static let maximumReasons = 3

    /// A reason without what every row repeats, and digests by their first digits.
    private static func short(_ reason: String, of record: SurvivalRecord) -> String {
        let text = record.diffID.map { reason.replacing("cannot rebuild \($0): ", with: "") } ?? reason
        return text.replacing(/[0-9a-f]{64}/) { String($0.output.prefix(8)) + "…" }
    }

    /// The least and the most; `–` without any.
    private static func range(_ values: [Int?]) -> Table.Cell {
        let known = values.compactMap(\.self)
        guard let least = known.min(), let most = known.max() else { return .none }
        return least == most
            ? .count(least) : .init("\(Figure.count(least))–\(Figure.count(most))", value: Double(least))
    }
}

/// Notes about storages after operations; what is said of several is said once.
private struct NoteList {
    private struct Note: Equatable {
        var storages: [String]
        var operations: [String]
        var text: String
    }
    private var notes: [Note] = []

    mutating func add(_ text: String, of storage: String, after operation: String) {
        if let index = notes.firstIndex(where: { $0.text == text && $0.storages == [storage] }) {
            notes[index].operations.append(operation)
        } else {
            notes.append(Note(storages: [storage], operations: [operation], text: text))
        }
    }

    /// `STORAGE, STORAGE after OPERATION, OPERATION: TEXT`.
    var texts: [String] {
        var merged: [Note] = []
        for note in notes {
            if let index = merged.firstIndex(where: { $0.text == note.text && $0.operations == note.operations }) {
                merged[index].storages += note.storages
            } else {
                merged.append(note)
            }
        }
        return merged.map {
            "\($0.storages.joined(separator: ", ")) after \($0.operations.joined(separator: ", ")): \($0.text)"
        }
    }
}
