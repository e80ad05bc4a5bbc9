/// The encodings in memory: what each makes of all layers and how fast, and the bytes per entry layer by layer.
struct EncodingTable {
    private let results: BenchResults
    private let names: [String]
    private let layers: [String]

    init(_ results: BenchResults) {
        self.results = results
        var (names, layers): ([String], [String]) = ([], [])
        for record in results.encodings {
            if !names.contains(record.encoding) { names.append(record.encoding) }
            if !layers.contains(record.layer) { layers.append(record.layer) }
        }
        (self.names, self.layers) = (names, layers)
    }

    var sections: [BenchReport.Section] {
        let pareto = ParetoSet.encodings(of: results.encodings)
        var notes = [
            "one thread, trees and recipes in memory; entries/s: over the sum of the layers' median times; "
                + "of the layers that the encoding can carry",
            "Pareto set (no other is at least as small and as fast, and better in one): \(pareto.joined(separator: ", "))",
        ]
        notes += results.encodings.compactMap { record in
            record.error.map { "\(record.encoding) on \(record.layer): \(record.outcome.rawValue): \($0)" }
        }
        return [
            BenchReport.Section(title: "Encodings in memory", table: encodings, notes: notes),
            BenchReport.Section(
                title: "Bytes per entry", table: bytesPerEntry,
                notes: [
                    "the encoding's bytes over the layer's tar entries; what others keep beside them is not counted"
                ]),
        ]
    }

    private func done(_ name: String, on layer: String? = nil) -> [EncodingRecord] {
        results.encodings.filter {
            $0.encoding == name && $0.outcome == .exact && (layer == nil || $0.layer == layer)
        }
    }

    /// A row for each encoding.
    private var encodings: Table {
        var table = Table(columns: [
            .init("encoding"), .init("layers", .right), .init("bytes", .right), .init("B/entry", .right),
            .init("encode entries/s", .right), .init("decode entries/s", .right),
        ])
        for name in names {
            let records = done(name)
            let (bytes, entries) = (
                records.reduce(0) { $0 + ($1.recipeBytes ?? 0) }, records.reduce(0) { $0 + $1.entries }
            )
            func rate(_ seconds: (EncodingRecord) -> [Double]) -> Table.Cell {
                let medians = records.compactMap { Samples(seconds($0))?.median }
                guard !medians.isEmpty, medians.count == records.count else { return .none }
                return .fixed(Double(entries) / medians.reduce(0, +), decimals: 0)
            }
            table.append(cells: [
                .init(name), .init("\(records.count) of \(layers.count)", value: Double(records.count)),
                records.isEmpty ? .none : .count(bytes), .bytesPerEntry(bytes: bytes, entries: entries),
                rate(\.encodeSeconds), rate(\.decodeSeconds),
            ])
        }
        return table
    }

    /// A row for each layer, and one for all of them.
    private var bytesPerEntry: Table {
        var table = Table(
            columns: [.init("layer"), .init("entries", .right)] + names.map { Table.Column($0, .right) })
        for layer in layers {
            let entries = results.encodings.first { $0.layer == layer }?.entries ?? 0
            table.append(cells: [.init(layer), .count(entries)] + names.map { cell($0, on: layer) })
        }
        if layers.count > 1 {
            let entries = layers.reduce(0) { sum, layer in
                sum + (results.encodings.first { $0.layer == layer }?.entries ?? 0)
            }
            table.endsWithTotal = true
            table.append(cells: ["all", .count(entries)] + names.map { cell($0) })
        }
        return table
    }

    /// The bytes per entry of a layer, or of all; a word where there are none.
    private func cell(_ name: String, on layer: String? = nil) -> Table.Cell {
        let records = done(name, on: layer)
        guard records.count == (layer == nil ? layers.count : 1) else {
            let outcomes = results.encodings.filter { $0.encoding == name && $0.layer == layer }.map(\.outcome)
            return outcomes.first.map { .init($0.rawValue, tone: .mute) } ?? .none
        }
        return .bytesPerEntry(
            bytes: records.reduce(0) { $0 + ($1.recipeBytes ?? 0) }, entries: records.reduce(0) { $0 + $1.entries })
    }
}
