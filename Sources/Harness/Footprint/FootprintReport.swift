/// Footprint records as tables: one per layer, a row for each storage in each mode.
public struct FootprintReport: Sendable {
    private let records: [FootprintRecord]

    public init(_ records: [FootprintRecord]) { self.records = records }

    /// For a terminal of 160 columns; empty without records.
    public var terminalText: String {
        guard !records.isEmpty else { return "" }
        let parts = layers.map { layer in
            "\(title(of: layer))\n\(table(of: layer).terminalText(width: 160))"
                + remarks(on: layer).map { $0 + "\n" }.joined()
        }
        return parts.joined(separator: "\n") + "\n" + FootprintReport.notes.map { $0 + "\n" }.joined()
    }

    /// Sections of the second level, to be part of a page; empty without records.
    public var markdown: String {
        guard !records.isEmpty else { return "" }
        let parts = layers.map { layer in
            "## Footprint of \(title(of: layer))\n\n\(table(of: layer).markdown)\n"
                + remarks(on: layer).map { "- \($0)\n" }.joined()
        }
        return parts.joined(separator: "\n") + "\n### Columns\n\n"
            + FootprintReport.notes.map { "- \($0)\n" }.joined()
    }

    /// What the columns mean.
    private static let notes = [
        "stored B: the recipe with its envelope; commit B: the layer's commit object, as the repository keeps it",
        "+files, +refs, +bytes, +disk B: what the repository holds more than with discard in the same mode, both pruned; that "
            + "is the recipe, the orphans and the dictionary, where the encoding has one; disk B: blocks of files; +dirs B: blocks of folders",
        "orphans: payloads outside the layer's tree; cost B: bytes of their files, with all that keeps them alive",
        "requests, pull B: of the real ostree pull over HTTP into an empty bare-user repository, the layer's ref and then its "
            + "companions'; bytes of the files moved, without headers; +pull B: more than with discard",
        "rebuilds: exact after the pull of the layer's ref alone; + refs: exact with its companions'",
    ]

    private var layers: [String] {
        var seen: Set<String> = []
        return records.map(\.layer).filter { seen.insert($0).inserted }
    }

    private func records(of layer: String) -> [FootprintRecord] { records.filter { $0.layer == layer } }

    private func title(of layer: String) -> String {
        let records = records(of: layer)
        func first<Value>(_ value: (FootprintRecord) -> Value?) -> Value? { records.lazy.compactMap(value).first }
        var title = layer
        if let bytes = first(\.layerBytes), let entries = first(\.entries) {
            title += ": \(Figure.count(bytes)) bytes, \(Figure.count(entries)) entries"
        }
        if let encoding = first(\.encoding), let policy = first(\.policy) { title += ", \(encoding), policy \(policy)" }
        if let bytes = first(\.recipeBytes) { title += ", recipe \(Figure.count(bytes)) bytes" }
        if let dictionary = records.lazy.filter({ !$0.isFloor }).compactMap(\.dictionary).first {
            title +=
                ", dictionary \(Figure.count(dictionary.bytes)) bytes in \(dictionary.files) files, once in a repository"
        }
        if let orphans = first(\.orphans) { title += ", orphans \(Figure.count(orphans.payloadBytes)) bytes" }
        return title
    }

    private func table(of layer: String) -> Table {
        var table = Table(columns: [
            .init("storage"), .init("mode"), .init("stored B", .right), .init("commit B", .right),
            .init("+files", .right), .init("+refs", .right), .init("+bytes", .right), .init("+disk B", .right),
            .init("+dirs B", .right), .init("orphans", .right), .init("cost B", .right), .init("requests", .right),
            .init("pull B", .right), .init("+pull B", .right), .init("rebuilds"),
        ])
        for record in records(of: layer) { table.append(cells(of: record)) }
        return table
    }

    private func cells(of record: FootprintRecord) -> [String] {
        let over = record.overFloor
        let orphans = record.isFloor ? nil : record.orphans
        return [
            record.storage, record.mode, figure(record.storedBytes), figure(record.commitObjectBytes),
            figure(over?.files), figure(over?.refs), figure(over?.bytes), figure(over?.diskBytes),
            figure(record.foldersOverFloor?.diskBytes), figure(record.orphans?.count), figure(orphans?.cost.bytes),
            figure(record.pull?.requests), figure(record.pull?.bytes), figure(pullOverFloor(record)),
            outcome(of: record),
        ]
    }

    private func figure(_ value: Int?) -> String { value.map { Figure.count($0) } ?? "–" }

    private func pullOverFloor(_ record: FootprintRecord) -> Int? {
        let floor = records.first {
            $0.isFloor && ($0.layer, $0.mode, $0.encoding) == (record.layer, record.mode, record.encoding)
        }
        guard let pull = record.pull, let floor = floor?.pull else { return nil }
        return pull.bytes - floor.bytes
    }

    private func outcome(of record: FootprintRecord) -> String {
        if record.error != nil { return "fails" }
        guard let pull = record.pull else { return record.noPull == nil ? "–" : "no pull" }
        if pull.layer.isExact { return "exact" }
        return pull.companions?.isExact == true ? "+ refs" : "no"
    }

    /// What does not fit into the table: failures, refusals, sums that are wrong. Equal ones of several rows are one line.
    private func remarks(on layer: String) -> [String] {
        var rows: [(text: String, names: [String])] = []
        func add(_ text: String, _ name: String) {
            if let place = rows.firstIndex(where: { $0.text == text }) {
                if !rows[place].names.contains(name) { rows[place].names.append(name) }
            } else {
                rows.append((text, [name]))
            }
        }
        for record in records(of: layer) {
            let name = "\(record.storage) in \(record.mode)"
            if let error = record.error { add("fails: \(error)", name) }
            if record.addsUp == false {
                add("does not add up: over the floor is more than recipe, orphans and dictionary", name)
            }
            if let stray = record.strayDiskBytes, stray != 0 {
                let text = "of +disk B are the layer's own files, in other blocks than the floor's"
                add("\(Figure.count(stray)) \(text)", name)
            }
            if let reason = record.noPull { add("no pull: \(reason)", record.mode == "archive" ? name : record.mode) }
            guard !record.isFloor, let pull = record.pull else { continue }
            if let reason = (pull.companions ?? pull.layer).failure {
                add("does not rebuild after the pull: \(reason)", name)
            } else if let reason = pull.layer.failure {
                add("does not rebuild after the pull of the layer's ref alone: \(reason)", name)
            }
        }
        return rows.map { "\($0.names.joined(separator: ", ")): \($0.text)" }
    }
}
