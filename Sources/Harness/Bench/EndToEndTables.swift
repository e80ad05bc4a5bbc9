import Processes

/// Whole processes: a table for each layer, and one more for each kind of cache but the warm.
struct EndToEndTables {
    private let results: BenchResults

    init(_ results: BenchResults) { self.results = results }

    var sections: [BenchReport.Section] {
        layers.flatMap { layer in
            results.settings.caches.map { cache in
                BenchReport.Section(
                    title: title(of: layer, cache), table: table(of: layer, cache),
                    notes: cache == results.settings.caches.first ? errors(of: layer) : [], option: layer, cache: cache)
            }
        }
    }

    private var layers: [String] {
        results.records.map(\.layer).distinct
    }

    private func records(of layer: String) -> [BenchRecord] { results.records.filter { $0.layer == layer } }

    private func title(of layer: String, _ cache: CacheState) -> String {
        let records = records(of: layer)
        let entries = records.lazy.compactMap(\.entries).first.map { "\(Figure.count($0)) entries" } ?? "no entries"
        let policy = records.lazy.compactMap(\.policy).first.map { ", policy \($0)" } ?? ""
        let bytes = Figure.count(records.first?.layerBytes ?? 0)
        let modes = modes(of: records)
        let mode = modes.count == 1 ? ", \(modes[0])" : ""
        return
            "\(layer): \(bytes) bytes, \(entries)\(policy)\(mode)\(cache == .warm ? "" : ", \(cache.rawValue) cache")"
    }

    private func modes(of records: [BenchRecord]) -> [String] { Set(records.compactMap(\.mode)).sorted() }

    private func name(of record: BenchRecord, amongModes count: Int) -> String {
        count > 1 ? record.name + (record.mode.map { ", \($0)" } ?? "") : record.name
    }

    private func table(of layer: String, _ cache: CacheState) -> Table {
        var table = Table(columns: [
            .init("strategy, peer or floor"), .init("recipe B", .right), .init("B/entry", .right),
            .init("import MB/s", .right), .init("× ostree", .right), .init("rebuild MB/s", .right),
            .init("× asm", .right), .init("peak MiB", .right), .init("result"),
        ])
        let records = records(of: layer)
        let entries = records.lazy.compactMap(\.entries).first ?? 0
        let modeCount = modes(of: records).count
        for record in records {
            // What does not depend on a cache stands in the first table.
            let isShown = cache == results.settings.caches.first || record.measurements.contains { $0.cache == cache }
            guard isShown else { continue }
            table.append(cells: [
                .init(name(of: record, amongModes: modeCount)), .count(record.recipeBytes),
                .bytesPerEntry(bytes: record.recipeBytes, entries: entries),
                rate(record, .import, cache), ratio(record, .import, cache), rate(record, .rebuild, cache),
                ratio(record, .rebuild, cache), memory(record, cache), outcome(of: record),
            ])
        }
        return table
    }

    private func outcome(of record: BenchRecord) -> Table.Cell {
        if record.error != nil { return .init("fails", tone: .bad) }
        return switch (record.role, record.exact) {
        case (_, true?): .init("exact", tone: .good)
        case (_, false?): .init("NOT EXACT", tone: .bad)
        case (.floor, nil): "floor"
        case (_, nil): .init(record.samples(.rebuild) == nil ? "no rebuild" : "other tar")
        }
    }

    /// The median's rate, and the lowest and highest: `212 (190–230)`.
    private func rate(_ record: BenchRecord, _ operation: BenchOperation, _ cache: CacheState) -> Table.Cell {
        guard let samples = record.samples(operation, cache) else { return .none }
        let rates = [samples.median, samples.maximum, samples.minimum].map {
            Figure.megabytesPerSecond(bytes: record.layerBytes, seconds: $0)
        }
        let median = samples.median > 0 ? Double(record.layerBytes) / 1e6 / samples.median : nil
        return .init("\(rates[0]) (\(rates[1])–\(rates[2]))", value: median)
    }

    /// How many times as fast as the peer of this operation, with the 95 % interval: `1.89 (1.80–1.97)`.
    private func ratio(_ record: BenchRecord, _ operation: BenchOperation, _ cache: CacheState) -> Table.Cell {
        guard
            let peer = BenchReference.of(operation, for: record, among: results.records),
            peer.name != record.name, let ratio = record.speed(comparedTo: peer, operation, cache)
        else { return .none }
        return .init(Figure.interval(ratio), value: ratio.median)
    }

    /// The peaks of import and rebuild: `58/44`, `≤ 25` where the kernel tells no more.
    private func memory(_ record: BenchRecord, _ cache: CacheState) -> Table.Cell {
        let peaks = BenchOperation.allCases.compactMap { record.measurement($0, cache)?.peakMemory }
        guard let most = peaks.map(\.bytes).max() else { return .none }
        let texts = peaks.map { ($0.isUpperBound ? "≤" : "") + String(($0.bytes + (1 << 19)) >> 20) }
        return .init(texts.joined(separator: "/"), value: Double(most) / Double(1 << 20))
    }

    private func errors(of layer: String) -> [String] {
        records(of: layer).compactMap { record in
            record.error.map { "\(record.name)\(record.mode.map { " in \($0)" } ?? "") fails: \($0)" }
        }
    }

    /// What the columns mean, and where a row does other work than ours.
    var footnotes: [String] {
        guard !results.records.isEmpty else { return [] }
        let settings = results.settings
        let counts = results.records.flatMap { $0.measurements.map(\.seconds.count) }
        let rounds = [counts.min() ?? 0, counts.max() ?? 0]
        let range = rounds[0] == rounds[1] ? "\(rounds[0])" : "\(rounds[0]) to \(rounds[1])"
        let notes = [
            "MB/s: 10⁶ bytes of the layer per second of a whole process, start included; median of \(range) rounds after a warm-up, "
                + "lowest and highest in brackets; rebuilds go to /dev/null",
            "× ostree: how many times as fast as `ostree commit --tree=tar`; × asm: as `tar-split asm`; median of pairs, 95 % "
                + "bootstrap interval",
            "peak MiB: largest resident set of import/rebuild; ≤ where it is below what the benchmark itself took meanwhile",
            "a layer was done when its intervals were within ±\(Figure.percent(settings.precision)), after "
                + "\(settings.maximumSamples) rounds at the latest, or when its share of a budget was used up",
        ]
        return notes + results.records.compactMap { record in record.note.map { "\(record.name): \($0)" } }.distinct
    }
}
