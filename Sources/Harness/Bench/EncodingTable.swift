/// The encodings in memory: bytes per entry, layer by layer and in all, and what encoding and decoding take.
struct EncodingTable {
    private let results: BenchResults
    private let names: [String]

    init(_ results: BenchResults) {
        self.results = results
        var names: [String] = []
        for record in results.encodings where !names.contains(record.encoding) { names.append(record.encoding) }
        self.names = names
    }

    var section: BenchReport.Section {
        let pareto = ParetoSet.encodings(of: results.encodings)
        var notes = [
            "B/entry: the encoding's bytes over the layer's tar entries; ms: median of encoding and of decoding, in memory, one "
                + "thread",
            "Pareto set (no other is at least as small and as fast, and better in one): \(pareto.joined(separator: ", "))",
        ]
        notes += results.encodings.compactMap { record in
            record.error.map { "\(record.encoding) on \(record.layer): \(record.outcome.rawValue): \($0)" }
        }
        return BenchReport.Section(title: "Encodings in memory", table: table, notes: notes)
    }

    private var table: Table {
        let columns = names.flatMap { name in
            [Table.Column("\(name) B/entry", .right), Table.Column("ms", .right)]
        }
        var table = Table(columns: [.init("layer"), .init("entries", .right)] + columns)
        var layers: [String] = []
        for record in results.encodings where !layers.contains(record.layer) { layers.append(record.layer) }
        for layer in layers { table.append(row(layer, results.encodings.filter { $0.layer == layer })) }
        if layers.count > 1 { table.append(row("all", results.encodings)) }
        return table
    }

    private func row(_ title: String, _ records: [EncodingRecord]) -> [String] {
        let layers = Set(records.map(\.layer)).count
        let entries = records.filter { $0.encoding == names.first }.reduce(0) { $0 + $1.entries }
        let cells = names.flatMap { name -> [String] in
            let done = records.filter { $0.encoding == name && $0.outcome == .exact }
            guard done.count == layers, !done.isEmpty else { return ["–", "–"] }
            let bytes = done.reduce(0) { $0 + ($1.recipeBytes ?? 0) }
            func milliseconds(_ seconds: (EncodingRecord) -> [Double]) -> String {
                let sum = done.reduce(0) { $0 + (Samples(seconds($1))?.median ?? .nan) }
                return Figure.fixed(sum * 1e3, decimals: sum < 0.1 ? 1 : 0)
            }
            return [
                Figure.bytesPerEntry(bytes: bytes, entries: entries),
                "\(milliseconds(\.encodeSeconds))/\(milliseconds(\.decodeSeconds))",
            ]
        }
        return [title, Figure.count(entries)] + cells
    }
}
