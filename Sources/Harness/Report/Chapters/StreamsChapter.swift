/// Where the bytes of each recipe go, by the parts that its encoding tells apart.
struct StreamsChapter {
    private let results: BenchResults

    init(_ results: BenchResults) { self.results = results }

    /// Nil where nobody has looked, as in files of earlier releases.
    var chapter: ReportChapter? {
        let records = results.encodings.filter { $0.streams?.isEmpty == false && $0.outcome == .exact }
        guard !records.isEmpty else { return nil }
        let layers = records.map(\.layer).distinct
        let all = section(records, title: "Parts of the recipes, \(layers.count == 1 ? layers[0] : "all layers")")
        let each =
            layers.count > 1
            ? layers.map { layer in
                section(records.filter { $0.layer == layer }, title: "Parts of the recipes, \(layer)", option: layer)
            } : []
        return ReportChapter(
            identifier: "parts", title: "Where the bytes go",
            lead:
                "Every bar is a whole recipe, its size behind it, divided into the parts that its encoding tells apart; the "
                + "largest part comes first. A compressed or foreign recipe is one part.",
            choice: "Layer", sections: [all] + each)
    }

    private func section(_ records: [EncodingRecord], title: String, option: String? = nil) -> BenchReport.Section {
        var table = Table(columns: [
            .init("encoding"), .init("part"), .init("bytes", .right), .init("B/entry", .right),
            .init("share %", .right),
        ])
        var bars: [SharePlot.Bar] = []
        for encoding in records.map(\.encoding).distinct {
            let those = records.filter { $0.encoding == encoding }
            let entries = those.reduce(0) { $0 + $1.entries }
            let whole = those.reduce(0) { $0 + ($1.recipeBytes ?? 0) }
            let streams = those.flatMap { $0.streams ?? [] }
            let parts = streams.map(\.stream).distinct.map { name in
                (name: name, bytes: streams.reduce(0) { $0 + ($1.stream == name ? $1.bytes : 0) })
            }
            for part in parts.sorted(by: { $0.bytes > $1.bytes }) {
                let share = whole > 0 ? 100 * Double(part.bytes) / Double(whole) : nil
                table.append(cells: [
                    .init(encoding), .init(part.name), .count(part.bytes),
                    .bytesPerEntry(bytes: part.bytes, entries: entries), .fixed(share, decimals: 1),
                ])
            }
            // One part is no division.
            guard parts.count > 1 else { continue }
            bars.append(
                .init(
                    name: encoding, figure: "\(Figure.count(whole)) B",
                    parts: parts.map { .init(name: $0.name, value: Double($0.bytes)) }))
        }
        var section = BenchReport.Section(title: title, table: table, option: option)
        guard !bars.isEmpty else { return section }
        let largest = bars.map { bar in
            let part = bar.parts.max { $0.value < $1.value }
            return "\(bar.name): mostly \(part?.name ?? "")"
        }
        section.plots = [
            SharePlot(
                title: title, summary: largest.joined(separator: "; ") + ". The table has every part.", bars: bars)
        ]
        return section
    }
}
