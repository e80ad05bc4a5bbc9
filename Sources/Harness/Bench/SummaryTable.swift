internal import Foundation

/// All layers at a glance: a line for each, and one for all of them.
struct SummaryTable {
    private let results: BenchResults

    init(_ results: BenchResults) { self.results = results }

    /// Nil where there are not at least two layers to sum up.
    var section: BenchReport.Section? {
        guard layers.count > 1 else { return nil }
        return BenchReport.Section(
            title: "Summary", table: table,
            notes: [
                "B/entry and medians as in the layers' own tables, where their intervals are; × ostree and × asm: how many times as fast in the median, in the "
                    + "same mode; the last line has all bytes over all entries, and geometric means of the ratios above it"
            ])
    }

    private var layers: [String] {
        results.records.map(\.layer).distinct
    }

    /// Strategies and modes, in the order of the first layer that has them.
    private var subjects: [(name: String, mode: String?)] {
        var subjects: [(name: String, mode: String?)] = []
        for record in results.records where record.role == .strategy {
            if !subjects.contains(where: { $0.name == record.name && $0.mode == record.mode }) {
                subjects.append((record.name, record.mode))
            }
        }
        return subjects
    }

    private var table: Table {
        let hasModes = Set(subjects.map(\.mode)).count > 1
        let columns = subjects.flatMap { subject -> [Table.Column] in
            // The storage is the same for all, as a rule, and the tables above name it.
            let encoding = subject.name.prefix { $0 != "@" } + (hasModes ? " \(subject.mode ?? "")" : "")
            return [.init("\(encoding) B/entry", .right), .init("× ostree", .right), .init("× asm", .right)]
        }
        var table = Table(
            columns: [
                .init("layer"), .init("entries", .right), .init("MB", .right), .init("tar-split B/entry", .right),
            ]
                + columns)
        for layer in layers { table.append(cells: row(layer, [layer])) }
        table.append(cells: row("all", layers))
        table.endsWithTotal = true
        return table
    }

    private func row(_ title: String, _ layers: [String]) -> [Table.Cell] {
        let entries = layers.reduce(0) { sum, layer in
            sum + (results.records.first { $0.layer == layer && $0.entries != nil }?.entries ?? 0)
        }
        let bytes = layers.reduce(0) { sum, layer in
            sum + (results.records.first { $0.layer == layer }?.layerBytes ?? 0)
        }
        let cells = subjects.flatMap { subject -> [Table.Cell] in
            let rows = layers.compactMap { layer in record(subject.name, subject.mode, layer) }
            return [
                bytesPerEntry(rows, of: layers), ratio(rows, .import, of: layers.count),
                ratio(rows, .rebuild, of: layers.count),
            ]
        }
        let split = layers.compactMap { record(TarSplitSubject.name, nil, $0) }
        return [
            .init(title), .count(entries), .fixed(Double(bytes) / 1e6, decimals: 1),
            bytesPerEntry(split, of: layers),
        ]
            + cells
    }

    private func record(_ name: String, _ mode: String?, _ layer: String) -> BenchRecord? {
        results.records.first { $0.name == name && $0.mode == mode && $0.layer == layer && $0.error == nil }
    }

    private func bytesPerEntry(_ rows: [BenchRecord], of layers: [String]) -> Table.Cell {
        let sizes = rows.compactMap(\.recipeBytes)
        guard sizes.count == layers.count else { return .none }
        let entries = layers.reduce(0) { sum, layer in
            sum + (results.records.first { $0.layer == layer && $0.entries != nil }?.entries ?? 0)
        }
        return .bytesPerEntry(bytes: sizes.reduce(0, +), entries: entries)
    }

    /// The geometric mean of the rows' ratios, with their number where some have none.
    private func ratio(_ rows: [BenchRecord], _ operation: BenchOperation, of count: Int) -> Table.Cell {
        let cache = results.settings.caches.first ?? .warm
        let ratios = rows.compactMap { record in
            BenchReference.of(operation, for: record, among: results.records)
                .flatMap { record.speed(comparedTo: $0, operation, cache) }?.median
        }
        guard !ratios.isEmpty else { return .none }
        let mean = exp(ratios.reduce(0) { $0 + log($1) } / Double(ratios.count))
        let partial = ratios.count < count ? " of \(ratios.count)" : ""
        return .init(Figure.fixed(mean, decimals: 2) + partial, value: mean)
    }
}
