internal import Strategies

/// What each storage costs in a repository.
struct FootprintChapter {
    private let results: BenchResults

    init(_ results: BenchResults) { self.results = results }

    /// Nil where the stage `footprint` did not run.
    var chapter: ReportChapter? {
        guard !results.footprints.isEmpty else { return nil }
        let sections = FootprintReport(results.footprints).sections.map { section in
            var section = section
            section.plots = section.option.flatMap { plot(of: $0) }.map { [$0] } ?? []
            return section
        }
        return ReportChapter(
            identifier: "footprint", title: "Footprint of the storages",
            lead:
                "What a repository holds more than one that keeps no recipe: files, refs and bytes, and what a pull moves.",
            choice: "Layer", sections: sections)
    }

    private func plot(of layer: String) -> (any Plot)? {
        let names = Catalogue.storages.map { $0.name }
        let bars = results.footprints.compactMap { record -> BarPlot.Bar? in
            guard record.layer == layer, !record.isFloor, let over = record.overFloor else { return nil }
            return .init(
                name: "\(record.storage), \(record.mode)", value: Double(over.bytes),
                figure: "\(Figure.count(over.bytes)) B, \(Figure.count(over.files)) files",
                series: (names.firstIndex(of: record.storage) ?? 5) % PlotStyle.count)
        }
        guard let least = bars.min(by: { $0.value < $1.value }), let most = bars.max(by: { $0.value < $1.value }) else {
            return nil
        }
        return BarPlot(
            title: "More than without a recipe, \(layer)",
            summary: "The least is \(least.name) with \(least.figure), the most \(most.name) with \(most.figure).",
            axis: "bytes of files over the floor's, logarithmic; no bar where there are none more", bars: bars)
    }
}
