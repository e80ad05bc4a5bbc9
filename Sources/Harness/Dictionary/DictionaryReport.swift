internal import Digests
internal import Strategies

/// A dictionary that was trained, and what it gains on each layer.
public struct DictionaryReport: Codable, Sendable, Equatable {
    public struct Layer: Codable, Sendable, Equatable {
        public var layer: String
        public var entries: Int
        /// The encoding's bytes, before zstd.
        public var encodedBytes: Int
        /// By zstd alone.
        public var plainBytes: Int
        /// By zstd with the dictionary.
        public var dictionaryBytes: Int
        /// Whether the dictionary was trained on this layer: if so, `dictionaryBytes` flatter it.
        public var isTrainedOn: Bool
        /// By zstd with a dictionary that was trained without this layer and its relatives; nil where none was trained.
        public var heldOutBytes: Int?
        /// The layers that were left out for that.
        public var heldOut: [String]?
    }

    public var schemaVersion = LayerResult.currentSchemaVersion
    /// `sha256:…`
    public var digest: String
    public var bytes: Int
    public var encoding: String
    public var level: Int
    /// What it was trained on.
    public var samples: Int
    public var sampleBytes: Int
    /// What naming it adds to what a repository keeps of each layer: in the envelope, and in the layer's commit.
    public var nameBytes: Int
    public var layers: [Layer] = []

    init(_ dictionary: ZstdDictionary, encoding: String, level: Int, samples: Int, sampleBytes: Int) {
        digest = dictionary.digest.description
        bytes = dictionary.bytes.count
        (self.encoding, self.level) = (encoding, level)
        (self.samples, self.sampleBytes) = (samples, sampleBytes)
        nameBytes = 2 * ",dictionary=\(dictionary.digest.hex)".utf8.count
    }

    public var text: String {
        """
        digest    \(digest)
        size      \(Figure.count(bytes)) bytes, once in a repository
        samples   \(Figure.count(samples)), \(Figure.count(sampleBytes)) bytes, of \(encoding) on \(Figure.count(layers.count(where: \.isTrainedOn))) layers
        name      \(nameBytes) bytes for each layer that uses it, not counted below

        \(table.terminalText(width: 140))trained on: yes where the dictionary has seen this layer, so that its gain is flattered
        held out: with a dictionary trained without this layer and its relatives (layers of its image, its base, what is built on it)
        """
    }

    private var table: Table {
        var table = Table(columns: [
            .init("layer"), .init("entries", .right), .init("\(encoding) B", .right), .init("+zstd:\(level) B", .right),
            .init("+dictionary B", .right), .init("gain", .right), .init("trained on"), .init("held out B", .right),
            .init("gain", .right),
        ])
        for row in layers {
            table.append([
                row.layer, Figure.count(row.entries), Figure.count(row.encodedBytes), Figure.count(row.plainBytes),
                Figure.count(row.dictionaryBytes), gain(row.dictionaryBytes, row), row.isTrainedOn ? "yes" : "no",
                row.heldOutBytes.map { Figure.count($0) } ?? "–", row.heldOutBytes.map { gain($0, row) } ?? "–",
            ])
        }
        return table
    }

    private func gain(_ bytes: Int, _ row: Layer) -> String {
        guard row.plainBytes > 0 else { return "–" }
        return Figure.percent(1 - Double(bytes) / Double(row.plainBytes))
    }
}
