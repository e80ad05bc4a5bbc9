/// A benchmark's results as tables.
public struct BenchReport: Sendable {
    private let results: BenchResults

    public init(_ results: BenchResults) { self.results = results }

    /// For a terminal: one table per layer.
    public var terminalText: String {
        let parts = layers.map { layer in
            "\(title(of: layer))\n\(table(of: layer).terminalText(width: 160))"
                + errors(of: layer).joined(separator: "\n")
        }
        return (parts + [footnotes.joined(separator: "\n")]).joined(separator: "\n")
    }

    /// A page: machine, tables, notes and the command to redo it.
    public var markdown: String {
        let machine = results.machine
        let head = """
            # layerlab bench, \(results.date)

            \(machine.processor), \(machine.cores) cores, \(Figure.count(machine.memoryBytes / 1_000_000)) MB, \
            \(machine.fileSystem), \(machine.operatingSystem), kernel \(machine.kernel)\\
            peers: \(machine.peers.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: "; "))\\
            commits \(results.durable ? "durable (fsync)" : "not synced"), \(machine.buildConfiguration) build


            """
        let parts = layers.map { layer in
            "## \(title(of: layer))\n\n\(table(of: layer).markdown)\n"
                + errors(of: layer).map { "- \($0)\n" }.joined()
        }
        let notes = footnotes.map { "- \($0)" }.joined(separator: "\n")
        return head + parts.joined(separator: "\n") + "\n## Notes\n\(notes)\n\nAgain: `\(results.command)`\n"
    }

    private var layers: [String] {
        var seen: Set<String> = []
        return results.records.map(\.layer).filter { seen.insert($0).inserted }
    }

    private func records(of layer: String) -> [BenchRecord] { results.records.filter { $0.layer == layer } }

    private func title(of layer: String) -> String {
        let records = records(of: layer)
        let entries = records.lazy.compactMap(\.entries).first.map { "\(Figure.count($0)) entries" } ?? "no entries"
        let policy = records.lazy.compactMap(\.policy).first ?? ""
        return "\(layer): \(Figure.count(records.first?.layerBytes ?? 0)) bytes, \(entries), policy \(policy)"
    }

    private func table(of layer: String) -> Table {
        var table = Table(columns: [
            .init("strategy or peer"), .init("mode"), .init("recipe B", .right), .init("B/entry", .right),
            .init("stored B", .right), .init("import MB/s", .right), .init("× ostree", .right),
            .init("rebuild MB/s", .right), .init("× asm", .right), .init("result"),
        ])
        let records = records(of: layer)
        let entries = records.lazy.compactMap(\.entries).first ?? 0
        for record in records {
            table.append([
                record.name, record.mode ?? "–", record.recipeBytes.map(Figure.count) ?? "–",
                record.recipeBytes.map { Figure.bytesPerEntry(bytes: $0, entries: entries) } ?? "–",
                record.storedBytes.map(Figure.count) ?? "–", rate(record.importSeconds, record),
                ratio(of: record, to: OSTreeSubject.name, by: \.importSeconds), rate(record.rebuildSeconds, record),
                ratio(of: record, to: TarSplitSubject.name, by: \.rebuildSeconds), outcome(of: record),
            ])
        }
        return table
    }

    private func outcome(of record: BenchRecord) -> String {
        if record.error != nil { return "fails" }
        return switch (record.role, record.exact) {
        case (_, true?): "exact"
        case (_, false?): "NOT EXACT"
        case (.floor, nil): "floor"
        case (_, nil): "no rebuild"
        }
    }

    /// The median's rate, and the lowest and highest: `212 (190–230)`.
    private func rate(_ seconds: [Double], _ record: BenchRecord) -> String {
        guard let samples = Samples(seconds) else { return "–" }
        let rates = [samples.median, samples.maximum, samples.minimum].map {
            Figure.megabytesPerSecond(bytes: record.layerBytes, seconds: $0)
        }
        return "\(rates[0]) (\(rates[1])–\(rates[2]))"
    }

    /// How many times as fast as a peer on the same layer, pair by pair, with the interval that holds 95 % of resampled
    /// medians: `1.89 (1.80–1.97)`. For our own rows only.
    private func ratio(of record: BenchRecord, to peer: String, by seconds: (BenchRecord) -> [Double]) -> String {
        let other = records(of: record.layer).first {
            $0.role == .peer && $0.name == peer && ($0.mode == nil || $0.mode == record.mode)
        }
        guard record.role != .peer, let theirs = other.flatMap({ Samples(seconds($0)) }),
            let ours = Samples(seconds(record)),
            let ratio = PairedRatio(of: theirs, to: ours)
        else { return "–" }
        let bounds = [ratio.interval.lowerBound, ratio.interval.upperBound].map { Figure.fixed($0, decimals: 2) }
        return "\(Figure.fixed(ratio.median, decimals: 2)) (\(bounds[0])–\(bounds[1]))"
    }

    private func errors(of layer: String) -> [String] {
        records(of: layer).compactMap { record in
            record.error.map { "\(record.name)\(record.mode.map { " in \($0)" } ?? "") fails: \($0)" }
        }
    }

    private var footnotes: [String] {
        var notes = [
            "MB/s: 10⁶ bytes of the layer per second of a whole process, start included; median of \(results.sampleCount), "
                + "lowest and highest in brackets; warm cache; rebuilds go to /dev/null",
            "× ostree: how many times as fast as `ostree commit --tree=tar`; × asm: as `tar-split asm`; median of pairs, 95 % "
                + "bootstrap interval",
            "recipe B: the encoding's bytes alone; stored B: with the storage's envelope",
        ]
        var seen: Set<String> = []
        notes += results.records.compactMap { record in record.note.map { "\(record.name): \($0)" } }
            .filter { seen.insert($0).inserted }
        return notes + results.leftOut.map { "left out: \($0)" }
    }
}
