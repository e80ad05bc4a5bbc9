/// Each process beside a program that does the same work, against its target.
struct SpeedChapter {
    private let results: BenchResults

    init(_ results: BenchResults) { self.results = results }

    /// Nil where the stage `speed` did not run.
    var chapter: ReportChapter? {
        guard !results.speed.isEmpty else { return nil }
        var sections = SpeedTables(results).sections
        // What is over all layers stands first in this chapter, beside its figures.
        let overall = sections.firstIndex { $0.option == nil }.map { sections.remove(at: $0) }
        var first =
            overall ?? BenchReport.Section(title: "Speed against targets", notes: [])
        first.plots = [plot(isCeiling: false), plot(isCeiling: true)].compactMap(\.self)
        return ReportChapter(
            identifier: "speed", title: "Speed against targets",
            lead:
                "Each process beside a program that does the same work with the same files, interleaved in one run. A dot is "
                + "a layer, the mark the median of all layers, the upright stroke the target.",
            choice: "Layer", sections: [first] + sections)
    }

    private func plot(isCeiling: Bool) -> (any Plot)? {
        let speed = results.speed.filter { $0.isCeiling == isCeiling }
        let rows = speed.map(\.row).distinct.compactMap { identifier -> SpreadPlot.Row? in
            let those = speed.filter { $0.row == identifier }
            guard let first = those.first, let ratios = Samples(those.compactMap(\.ratio).filter { $0 > 0 }) else {
                return nil
            }
            let isMet = isCeiling ? ratios.median <= first.target : ratios.median >= first.target
            return .init(
                name: first.what, detail: first.peer, samples: ratios.values, median: ratios.median,
                figure: "\(Figure.fixed(ratios.median, decimals: 2)) \(isMet ? "✓ met" : "✗ missed")",
                series: isMet ? 2 : 1, target: first.target)
        }
        guard !rows.isEmpty else { return nil }
        let met = rows.count { $0.series == 2 }
        return SpreadPlot(
            title: isCeiling
                ? "Our time or memory over the peer's: small is good" : "Times as fast as the peer: large is good",
            summary: "\(met) of \(rows.count) medians are on the good side of their targets. The table has every row.",
            axis: isCeiling ? "ratio, to stay left of the stroke" : "times as fast, to reach the stroke", rows: rows,
            divide: 1)
    }
}
