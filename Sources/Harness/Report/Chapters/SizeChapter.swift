/// How small each encoding is, in all and layer by layer, and how fast it is read again.
struct SizeChapter {
    private let results: BenchResults
    private let totals: EncodingTotals

    init(_ results: BenchResults) {
        self.results = results
        totals = EncodingTotals(results.encodings)
    }

    /// Nil where no encoding was measured.
    var chapter: ReportChapter? {
        guard !results.encodings.isEmpty else { return nil }
        var sections = EncodingTable(results).sections
        sections[0].plots = [sizes].compactMap(\.self) + [front].compactMap(\.self)
        let layers = totals.layers.count > 1 ? totals.layers.map(section) : []
        return ReportChapter(
            identifier: "sizes", title: "Size of the recipes",
            lead:
                "What is left to keep so that the exact tar comes back, by encoding. The axes are logarithmic: a bar that is a "
                + "little longer may be ten times as many bytes, and its figure says how many.",
            choice: "Layer", sections: sections + layers)
    }

    /// Bytes per entry over all layers.
    private var sizes: (any Plot)? {
        let bars = totals.all.filter { $0.layerCount > 0 && $0.entries > 0 }.map { total in
            let part = total.layerCount < totals.layers.count ? ", \(total.layerCount) of \(totals.layers.count)" : ""
            return BarPlot.Bar(
                name: total.encoding, value: total.bytesPerEntry ?? 0,
                figure: Figure.bytesPerEntry(bytes: total.bytes, entries: total.entries) + part,
                series: PlotStyle.series(ofEncoding: total.encoding))
        }.sorted { $0.value < $1.value }
        guard let first = bars.first, let last = bars.last else { return nil }
        return BarPlot(
            title: totals.layers.count > 1
                ? "Bytes per entry, all \(totals.layers.count) layers" : "Bytes per entry, \(totals.layers[0])",
            summary:
                "The smallest is \(first.name) with \(first.figure) bytes per entry, the largest \(last.name) with "
                + "\(last.figure). Where an encoding cannot carry every layer, its figure says how many it carries.",
            axis: "bytes per tar entry, logarithmic", bars: bars)
    }

    /// Size against the speed of reading a recipe again.
    private var front: (any Plot)? {
        let points = totals.all.compactMap { total -> ScatterPlot.Point? in
            guard let size = total.bytesPerEntry, size > 0, let rate = total.decodeRate,
                rate.isFinite
            else { return nil }
            let figures =
                "\(Figure.bytesPerEntry(bytes: total.bytes, entries: total.entries)) B/entry, "
                + "\(Figure.fixed(rate, decimals: 0)) entries/s"
            return .init(
                name: total.encoding, x: size, y: rate, figure: figures,
                series: PlotStyle.series(ofEncoding: total.encoding),
                isComparable: total.layerCount == totals.layers.count)
        }
        guard points.count > 1 else { return nil }
        let plot = ScatterPlot(
            title: "Size against the speed of reading it again", summary: "", x: "bytes per tar entry, logarithmic",
            y: "entries decoded per second", points: points)
        let names = plot.front.map { "\($0.name) (\($0.figure))" }.joined(separator: "; ")
        return ScatterPlot(
            title: plot.title,
            summary:
                "To the left is small, to the top is fast. Filled marks on the dashed line are the Pareto front: no other "
                + "encoding is both smaller and faster. It is \(names). Hollow marks are beaten by another, or do not carry every layer.",
            x: plot.x, y: plot.y, points: points)
    }

    private func section(of layer: String) -> BenchReport.Section {
        let records = results.encodings.filter { $0.layer == layer && $0.outcome == .exact }
        let entries = results.encodings.first { $0.layer == layer }?.entries ?? 0
        let bars = records.compactMap { record -> BarPlot.Bar? in
            guard let bytes = record.recipeBytes, record.entries > 0 else { return nil }
            return .init(
                name: record.encoding, value: Double(bytes) / Double(record.entries),
                figure: "\(Figure.bytesPerEntry(bytes: bytes, entries: record.entries)) · \(Figure.count(bytes)) B",
                series: PlotStyle.series(ofEncoding: record.encoding))
        }.sorted { $0.value < $1.value }
        let least = bars.first.map { "The smallest is \($0.name): \($0.figure)." } ?? ""
        var section = BenchReport.Section(title: "\(layer): \(Figure.count(entries)) entries", option: layer)
        guard !bars.isEmpty else {
            section.notes = [
                records.isEmpty
                    ? "no encoding carries this layer; the notes of the encodings say why"
                    : "this layer has no tar entries, and so no bytes per entry; its recipes are "
                        + records.map { "\($0.encoding) \(Figure.count($0.recipeBytes ?? 0)) B" }.joined(
                            separator: ", ")
            ]
            return section
        }
        section.plots = [
            BarPlot(
                title: "Bytes per entry, \(layer)",
                summary: "\(least) The table of bytes per entry has this layer's row.",
                axis: "bytes per tar entry, logarithmic", bars: bars)
        ]
        return section
    }
}
