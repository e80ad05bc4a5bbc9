/// Which recipes still rebuild after what a repository lives through, by strategy and mode.
struct SurvivalChapter {
    private let records: [SurvivalRecord]

    init(_ results: BenchResults) { records = results.survivalRecords }

    /// Nil where nobody has looked.
    var chapter: ReportChapter? {
        guard !records.isEmpty else { return nil }
        let modes = Set(records.map(\.mode)).count
        let matrices = SurvivalReport(records).sections.map { section in
            var section = section
            // With one mode there is nothing to choose.
            if modes < 2 { section.option = nil }
            return section
        }
        return ReportChapter(
            identifier: "survival", title: "What survives what",
            lead:
                "A layer is imported, the real ostree does something to its repository, and the layer is rebuilt. Exact: bit for bit "
                + "the same. Refuses: the rebuild ends with an error that says why. \(SurvivalReport(records).counts).",
            choice: "Mode", sections: [strategies] + matrices)
    }

    /// Strategies that fare alike in every operation of every mode are one row: of each storage some encodings.
    private var strategies: BenchReport.Section {
        let modes = records.map(\.mode).distinct
        var table = Table(
            columns: [.init("storage")] + modes.map { .init($0, .right) } + [.init("encodings that fare alike")])
        let groups = Dictionary(grouping: records, by: \.strategy)
        var rows:
            [(
                fate: [SurvivalRecord.Trial: SurvivalRecord.Outcome], storage: String, encodings: [String],
                cells: [Table.Cell]
            )] = []
        for strategy in records.map(\.strategy).distinct {
            guard let those = groups[strategy], let first = those.first else { continue }
            // By trial: the records of two runs may come in any order.
            let fate = Dictionary(those.map { ($0.trial, $0.outcome) }, uniquingKeysWith: { $1 })
            if let index = rows.firstIndex(where: { $0.fate == fate && $0.storage == first.storage }) {
                rows[index].encodings.append(first.encoding)
            } else {
                rows.append((fate, first.storage, [first.encoding], modes.map { cell(those, in: $0) }))
            }
        }
        for row in rows.sorted(by: { $0.storage < $1.storage }) {
            table.append(cells: [.init(row.storage)] + row.cells + [.init(row.encodings.joined(separator: ", "))])
        }
        return BenchReport.Section(
            title: "Operations that each strategy survives", table: table,
            notes: [
                "exact rebuilds of the operations that ostree does in that mode; the others end with an error that says why"
            ])
    }

    private func cell(_ records: [SurvivalRecord], in mode: String) -> Table.Cell {
        let those = records.filter { $0.mode == mode }
        guard !those.isEmpty else { return .none }
        if those.allSatisfy({ $0.outcome == .cannot }) { return .init("cannot", tone: .mute) }
        let done = those.filter { [.exact, .refuses, .wrong, .error].contains($0.outcome) }
        let exact = done.count { $0.outcome == .exact }
        return .init(
            "\(exact) of \(done.count)", value: Double(exact), tone: done.contains { $0.outcome == .wrong } ? .bad : nil
        )
    }
}
