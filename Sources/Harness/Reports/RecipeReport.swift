internal import Digests
public import Foundation
internal import LayerStore
public import OSTree
public import Strategies

/// Where the bytes of a layer's recipe go, stream by stream, for people and for scripts.
public struct RecipeReport: Codable, Sendable {
    public struct Stream: Codable, Sendable {
        public var stream: String
        public var bytes: Int
        /// nil where the layer has no entries.
        public var bytesPerEntry: Double?

        init(_ name: String, bytes: Int, entries: Int) {
            (stream, self.bytes) = (name, bytes)
            bytesPerEntry = entries == 0 ? nil : Double(bytes) / Double(entries)
        }
    }

    public var schemaVersion = LayerResult.currentSchemaVersion
    public var layer: String
    public var diffID: String
    public var encoding: String
    public var policy: String
    public var mode: String
    public var entries: Int
    public var layerBytes: UInt64
    public var recipeBytes: Int
    /// Bytes of the recipe that are checksums of payloads' objects; nil where the encoding does not tell them apart.
    public var checksumBytes: Int?
    /// In their order; all together are the recipe's bytes.
    public var streams: [Stream]

    /// Imports a layer into a temporary repository, keeps its recipe by an encoding, and reads it back.
    ///
    /// - Parameters:
    ///   - folder: where the temporary repository is made; it exists.
    ///   - progress: given the file's bytes, where they are known, what is called now and then with those read so far.
    public init(
        importing file: String, by encoding: any Encoding, policy: PathPolicy, mode: RepositoryMode, in folder: URL,
        progress: (UInt64?) -> (UInt64) -> Void = { _ in { _ in } }
    ) throws {
        let source = try LayerSource(file)
        let path = folder.appending(component: "layerlab-inspect-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: path) }
        let repository = try Repository.create(at: path.path, mode: mode)
        repository.isDurable = false
        let imported = try Importer(
            into: repository, strategy: Strategy(encoding: encoding, storage: Sidecar()), policy: policy
        ).importLayer(from: source, progress: progress(source.fileByteCount))
        let streams = try StoredRecipe.streams(imported.ref, in: repository)
        layer = file
        diffID = imported.layer.diffID.description
        self.encoding = encoding.description
        self.policy = policy.rawValue
        self.mode = mode.rawValue
        entries = imported.entryCount
        layerBytes = imported.layerBytes
        recipeBytes = imported.recipeBytes
        checksumBytes = streams.first { $0.name == RecipeStream.checksums }?.byteCount
        self.streams = streams.map { Stream($0.name, bytes: $0.byteCount, entries: imported.entryCount) }
    }

    public var text: String {
        var table = Table(columns: [
            .init("stream"), .init("bytes", .right), .init("per entry", .right), .init("share", .right),
        ])
        func append(_ name: String, _ bytes: Int) {
            let share = recipeBytes == 0 ? "–" : Figure.percent(Double(bytes) / Double(recipeBytes))
            table.append([name, Figure.count(bytes), Figure.bytesPerEntry(bytes: bytes, entries: entries), share])
        }
        for stream in streams where stream.bytes > 0 { append(stream.stream, stream.bytes) }
        if let checksumBytes { append("all but checksums", recipeBytes - checksumBytes) }
        append("all", recipeBytes)
        let lines = [
            "diff ID   \(diffID)",
            "layer     \(Figure.count(layerBytes)) bytes, \(Figure.count(entries)) entries",
            "recipe    \(Figure.count(recipeBytes)) bytes in \(encoding), under \(policy), in \(mode)",
        ]
        return (lines + [String(table.terminalText().dropLast())]).joined(separator: "\n")
    }
}
