/// Whole processes: how fast each strategy, peer and floor takes a layer in and gives it back.
struct ThroughputChapter {
    private let results: BenchResults

    init(_ results: BenchResults) { self.results = results }

    /// Nil where no process was timed.
    var chapter: ReportChapter? {
        guard !results.records.isEmpty else { return nil }
        var sections = EndToEndTables(results).sections
        for index in sections.indices {
            guard let layer = sections[index].option, let cache = sections[index].cache else { continue }
            sections[index].plots = BenchOperation.allCases.compactMap { plot(of: layer, $0, cache) }
        }
        return ReportChapter(
            identifier: "throughput", title: "Throughput of whole processes",
            lead:
                "Megabytes of the layer per second, a process's start included. Each dot is one run, the mark their median, the "
                + "line its 95 % interval. Round marks are strategies, squares other programs, wedges floors that nobody gets below.",
            choice: "Layer", sections: (SummaryTable(results).section.map { [$0] } ?? []) + sections)
    }

    private func plot(of layer: String, _ operation: BenchOperation, _ cache: CacheState) -> (any Plot)? {
        let records = results.records.filter { $0.layer == layer }
        let modes = records.compactMap(\.mode).distinct
        let rows = records.compactMap { record -> SpreadPlot.Row? in
            guard let seconds = record.samples(operation, cache), seconds.minimum > 0,
                let rates = Samples(seconds.values.map { Double(record.layerBytes) / 1e6 / $0 })
            else { return nil }
            let mode = modes.count > 1 ? record.mode.map { ", \($0)" } ?? "" : ""
            return .init(
                name: record.name + mode, samples: rates.values, median: rates.median, hasInterval: true,
                figure: Figure.megabytesPerSecond(bytes: record.layerBytes, seconds: seconds.median),
                series: PlotStyle.series(of: record.role))
        }.sorted { $0.median > $1.median }
        guard let fastest = rows.first, let slowest = rows.last else { return nil }
        let what = operation == .import ? "Import" : "Rebuild"
        return SpreadPlot(
            title: "\(what) of \(layer)\(cache == .warm ? "" : ", cold cache")",
            summary: "The fastest is \(fastest.name) with \(fastest.figure) MB/s, the slowest \(slowest.name) with "
                + "\(slowest.figure) MB/s. The table has medians, extremes and ratios.",
            axis: "MB/s, logarithmic", rows: rows)
    }
}
