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
            lead: "A layer is imported, the real ostree does something to its repository, and the layer is rebuilt. Exact: bit for bit "
                + "the same. Refuses: the rebuild ends with an error that says why. \(SurvivalReport(records).counts).",
            choice: "Mode", sections: [strategies] + matrices)
    }

    /// For each strategy how many operations it lives through in each mode, of those that ostree does.
    private var strategies: BenchReport.Section {
        let modes = records.map(\.mode).distinct
        var table = Table(columns: [.init("strategy")] + modes.map { .init($0, .right) })
        for strategy in records.map(\.strategy).distinct {
            let cells = modes.map { mode -> Table.Cell in
                let those = records.filter { $0.strategy == strategy && $0.mode == mode }
                guard !those.isEmpty else { return .none }
                if those.allSatisfy({ $0.outcome == .cannot }) { return .init("cannot", tone: .mute) }
                let done = those.filter { [.exact, .refuses, .wrong, .error].contains($0.outcome) }
                let exact = done.count { $0.outcome == .exact }
                let tone: Table.Cell.Tone =
                    done.contains { $0.outcome == .wrong } ? .bad : exact == done.count ? .good : .fair
                return .init("\(exact) of \(done.count)", value: Double(exact), tone: tone)
            }
            table.append(cells: [.init(strategy)] + cells)
        }
        return BenchReport.Section(
            title: "Operations that each strategy survives", table: table,
            notes: [
                "exact rebuilds of the operations that ostree does in that mode; the others end with an error that says why"
            ])
    }
}
