/// Whole images: what they cost beside their own size, and how long programs take.
struct ImageChapter {
    private let results: BenchResults

    init(_ results: BenchResults) { self.results = results }

    /// Nil where no image was measured.
    var chapter: ReportChapter? {
        guard !results.images.isEmpty else { return nil }
        let tables = ImageTables(results)
        let sections = results.images.flatMap { image in
            var sections = tables.sections(of: image)
            sections[sections.count - 1].plots = plot(of: image).map { [$0] } ?? []
            return sections
        }
        return ReportChapter(
            identifier: "images", title: "Whole images",
            lead:
                "What it takes to push an image again with the digests that it was pulled with, next to the image's own size; and "
                + "importing and pushing it beside other programs.",
            choice: "Image", sections: sections)
    }

    private func plot(of image: ImageRecord) -> (any Plot)? {
        let rows = image.processes.compactMap { process -> SpreadPlot.Row? in
            guard let samples = Samples(process.seconds), samples.minimum > 0 else { return nil }
            return .init(
                name: process.name, samples: samples.values, median: samples.median, hasInterval: true,
                figure: "\(Figure.seconds(samples.median)) s", series: process.name.hasPrefix("layerlab") ? 0 : 1)
        }
        guard let fastest = rows.min(by: { $0.median < $1.median }) else { return nil }
        return SpreadPlot(
            title: "Seconds of whole processes, \(image.image)",
            summary:
                "The shortest is \(fastest.name) with \(fastest.figure). Round marks are ours, squares other programs'.",
            axis: "seconds, logarithmic", rows: rows)
    }
}
