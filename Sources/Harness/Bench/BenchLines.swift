internal import Foundation
internal import Strategies

extension BenchResults {
    /// Whether nothing has been measured.
    public var isEmpty: Bool {
        encodings.isEmpty && records.isEmpty && speedRecords.isEmpty && footprints.isEmpty
            && images.isEmpty && survivalRecords.isEmpty
    }

    /// The results for scripts: one JSON object a line, each with `kind` and `schemaVersion`. The objects of kind `row` that
    /// are strategies have the keys of a `LayerResult`, too.
    public var jsonLines: [String] {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            func line(_ kind: String, _ value: some Encodable, _ more: [String: String] = [:]) throws -> String {
                String(decoding: try encoder.encode(KindedLine(kind: kind, value: value, more: more)), as: UTF8.self)
            }
            return try layers.map { try line("layer", $0) } + encodings.map { try line("encoding", $0) }
                + records.map { try line("row", $0, more(about: $0)) } + footprints.map { try line("footprint", $0) }
                + speedRecords.map { try line("process", $0) } + speed.map { try line("comparison", $0) }
                + images.map { try line("image", $0) } + survivalRecords.map { try line("survival", $0) }
        }
    }

    private func more(about record: BenchRecord) -> [String: String] {
        guard record.role != .peer, let strategy = try? Strategy(parsing: record.name) else { return [:] }
        var more = [
            "encoding": strategy.encoding.description, "storage": type(of: strategy.storage).name,
            "diffID": layers.first { $0.name == record.layer }?.diffID ?? "",
        ]
        // A floor rebuilds nothing, and a row that was stopped before its first rebuild has not done so yet.
        more["outcome"] = record.outcome?.rawValue
        return more
    }
}

/// A value's own keys, with some more beside them.
private struct KindedLine<Value: Encodable>: Encodable {
    let kind: String
    let value: Value
    let more: [String: String]

    func encode(to encoder: any Encoder) throws {
        try value.encode(to: encoder)
        var container = encoder.container(keyedBy: AnyCodingKey.self)
        try container.encode(kind, forKey: AnyCodingKey(stringValue: "kind"))
        try container.encode(BenchResults.currentSchemaVersion, forKey: AnyCodingKey(stringValue: "schemaVersion"))
        for (key, text) in more { try container.encode(text, forKey: AnyCodingKey(stringValue: key)) }
    }
}
