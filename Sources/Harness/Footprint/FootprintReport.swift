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

    /// A section for each layer, and one that says what the columns mean; none without records.
    var sections: [BenchReport.Section] {
        guard !records.isEmpty else { return [] }
        let tables = layers.map { layer in
            BenchReport.Section(
                title: "Footprint of \(title(of: layer))", table: table(of: layer), notes: remarks(on: layer),
                option: layer)
        }
        return tables + [.init(title: "Columns of the footprint", notes: FootprintReport.notes)]
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
        records.map(\.layer).distinct
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
        for record in records(of: layer) { table.append(cells: cells(of: record)) }
        return table
    }

    private func cells(of record: FootprintRecord) -> [Table.Cell] {
        let over = record.overFloor
        let orphans = record.isFloor ? nil : record.orphans
        return [
            .init(record.storage), .init(record.mode), .count(record.storedBytes), .count(record.commitObjectBytes),
            .count(over?.files), .count(over?.refs), .count(over?.bytes), .count(over?.diskBytes),
            .count(record.foldersOverFloor?.diskBytes), .count(record.orphans?.count), .count(orphans?.cost.bytes),
            .count(record.pull?.requests), .count(record.pull?.bytes), .count(pullOverFloor(record)),
            outcome(of: record),
        ]
    }

    private func pullOverFloor(_ record: FootprintRecord) -> Int? {
        let floor = records.first {
            $0.isFloor && ($0.layer, $0.mode, $0.encoding) == (record.layer, record.mode, record.encoding)
        }
        guard let pull = record.pull, let floor = floor?.pull else { return nil }
        return pull.bytes - floor.bytes
    }

    private func outcome(of record: FootprintRecord) -> Table.Cell {
        if record.error != nil { return .init("fails", tone: .bad) }
        guard let pull = record.pull else { return record.noPull == nil ? .none : .init("no pull", tone: .mute) }
        if pull.layer.isExact { return .init("exact", tone: .good) }
        return pull.companions?.isExact == true ? .init("+ refs", tone: .fair) : .init("no", tone: .bad)
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
