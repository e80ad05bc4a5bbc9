/// The stage `speed` as tables: one for each layer, and one over all layers.
struct SpeedTables {
    private let results: BenchResults

    init(_ results: BenchResults) { self.results = results }

    var sections: [BenchReport.Section] {
        let layers = results.speed.map(\.layer).distinct
        let tables = layers.map { layer in
            let rows = results.speed.filter { $0.layer == layer }
            return BenchReport.Section(
                title: title(of: layer), table: SpeedTables.table(rows),
                notes: SpeedTables.failures(rows), option: layer)
        }
        guard layers.count > 1 else { return tables }
        return tables + [
            BenchReport.Section(
                title: "Speed, all layers", table: summary,
                notes: [
                    "median over layers of the layers' ratios; met counts layers whose whole interval is on the good side"
                ])
        ]
    }

    private func title(of layer: String) -> String {
        guard let layer = results.layers.first(where: { $0.name == layer }) else { return "speed, \(layer)" }
        return "speed, \(layer.name): \(Figure.count(layer.bytes)) bytes, \(Figure.count(layer.entries)) entries"
    }

    /// A line for each reason, with the rows that have no ratio for it.
    static func failures(_ rows: [SpeedComparison]) -> [String] {
        rows.compactMap(\.reason).distinct.map { reason in
            "\(rows.filter { $0.reason == reason }.map(\.what).joined(separator: "; ")): \(reason)"
        }
    }

    static func table(_ rows: [SpeedComparison]) -> Table {
        var table = Table(columns: [
            .init("what"), .init("beside"), .init("ours", .right), .init("theirs", .right), .init("ratio", .right),
            .init("target", .right), .init("verdict"),
        ])
        for row in rows {
            table.append(cells: [
                .init(row.what), .init(row.peer), figure(row.ours, row.unit), figure(row.theirs, row.unit), ratio(row),
                target(row), .init(row.verdict.rawValue, tone: tone(row.verdict)),
            ])
        }
        return table
    }

    /// A line for each row, over all layers that it was measured on.
    var summary: Table {
        var table = Table(columns: [
            .init("what"), .init("beside"), .init("median", .right), .init("lowest", .right), .init("highest", .right),
            .init("target", .right), .init("verdict"), .init("met", .right), .init("fails", .right),
        ])
        for identifier in results.speed.map(\.row).distinct {
            let rows = results.speed.filter { $0.row == identifier }
            let ratios = Samples(rows.compactMap(\.ratio))
            guard let first = rows.first else { continue }
            let verdict = ratios.map {
                SpeedComparison.verdict(
                    low: $0.median, high: $0.median, target: first.target, isCeiling: first.isCeiling)
            }
            let bounds = [ratios?.median, ratios?.minimum, ratios?.maximum].map { Table.Cell.fixed($0, decimals: 2) }
            let met = rows.count { $0.verdict == .met }
            table.append(
                cells: [.init(first.what), .init(first.peer)] + bounds + [
                    SpeedTables.target(first),
                    verdict.map { .init($0.rawValue, tone: SpeedTables.tone($0)) } ?? .none,
                    .init("\(met) of \(ratios?.count ?? 0)", value: Double(met)),
                    .count(rows.count { $0.verdict == .fails }),
                ])
        }
        return table
    }

    private static func figure(_ value: Double?, _ unit: String) -> Table.Cell {
        guard let value else { return .none }
        let text =
            unit == "B" ? Figure.fixed(value / Double(1 << 20), decimals: 1) + " MiB" : Figure.seconds(value) + " s"
        return .init(text, value: value)
    }

    private static func tone(_ verdict: SpeedComparison.Verdict) -> Table.Cell.Tone {
        switch verdict {
        case .met: .good
        case .missed, .fails: .bad
        case .open: .fair
        case .unmeasured: .mute
        }
    }

    private static func ratio(_ row: SpeedComparison) -> Table.Cell {
        guard let ratio = row.ratio else { return .none }
        guard let low = row.low, let high = row.high else { return .fixed(ratio, decimals: 2) }
        let text =
            [ratio, low, high].map { Figure.fixed($0, decimals: 2) }.enumerated()
            .map { ["", " (", "–"][$0.offset] + $0.element }.joined() + ")"
        return .init(text, value: ratio)
    }

    private static func target(_ row: SpeedComparison) -> Table.Cell {
        // 0.9 and 1.25 as they are, 7 without decimals.
        let isWhole = row.target == row.target.rounded()
        let text = Figure.fixed(row.target, decimals: isWhole ? 0 : row.isCeiling ? 2 : 1)
        return .init((row.isCeiling ? "≤ " : "≥ ") + text, value: row.target)
    }

    /// What the columns mean, and where a peer does other work than ours.
    var footnotes: [String] {
        guard !results.speed.isEmpty else { return [] }
        let counts = results.speed.filter { $0.low != nil }.map(\.samples)
        let notes = [
            "ours, theirs: median seconds of whole processes, start included; ratio with ≥: how many times as fast as the peer, "
                + "with ≤: our time over the peer's, or our peak memory over the limit; median of \(counts.min() ?? 0) to "
                + "\(counts.max() ?? 0) pairs, 95 % bootstrap interval",
            "met and missed: the whole interval lies on that side of the target; open: the target lies within it; fails: one of the "
                + "two programs does not do it on this layer",
            "big files: layers with \(Figure.count(Int(SpeedRow.Layers.bigBytesPerEntry))) bytes an entry or more; the others "
                + "are compared with tar-split instead of the hash",
            "all by \(results.speedRecords.first { $0.role == .strategy }?.name ?? "–"), "
                + "unless a row names another; rebuilds into /dev/null unless a row says so, ours and theirs alike",
        ]
        let remarks = results.speedRecords.compactMap { record in record.note.map { "\(record.name): \($0)" } }
        return notes + remarks.distinct
    }
}
