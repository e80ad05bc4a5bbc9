internal import Digests
public import Images
public import OSTree
internal import Strategies

/// What the import of an image did, for people and for scripts.
public struct ImageReport: Reportable, Codable, Sendable {
    public var schemaVersion = LayerResult.currentSchemaVersion
    public var image: String
    public var ref: String
    public var commit: String
    public var manifestDigest: String
    /// Whether the manifest is the one that the image was published with; some transports make their own.
    public var isOriginalManifest: Bool
    /// Whether a push has the same digests.
    public var keepsDigests: Bool
    public var policy: String
    public var mode: String
    public var strategy: String
    public var blobPolicy: String
    /// Bytes of the image's commit object, its documents included.
    public var commitBytes: Int
    /// Bytes of the layers' blobs, each once.
    public var blobBytes: UInt64
    /// Bytes that the repository takes so that blobs can be made again, each once.
    public var blobStoredBytes: UInt64
    public var layers: [Layer]
    /// What could not be merged as the layers say.
    public var findings: [String]

    /// A layer of the image, the lowest first.
    public struct Layer: Codable, Sendable {
        public var ref: String
        public var blob: String
        public var diffID: String
        public var mediaType: String
        public var blobBytes: UInt64
        /// `stream` (not compressed), `recipe`, `kept` or `lost`.
        public var blobForm: String
        /// Who writes the blob again, or why nobody does.
        public var blobDetail: String
        /// Bytes of the blob recipe; nil where there is none.
        public var blobRecipeBytes: Int?
        public var blobStoredBytes: UInt64
        /// What the import did; nil where the repository held the layer already.
        public var imported: ImportReport?
    }

    public init(_ image: ImportedImage, mode: RepositoryMode) {
        self.image = image.name
        ref = image.ref
        commit = image.commit.hex
        manifestDigest = image.manifest.digest.description
        isOriginalManifest = image.isOriginal
        keepsDigests = image.keepsDigests
        policy = image.policy.rawValue
        self.mode = mode.rawValue
        strategy = image.strategy
        blobPolicy = image.blobPolicy.rawValue
        commitBytes = image.commitBytes
        layers = image.layers.map { Layer($0, mode) }
        findings = image.findings
        let distinct = Dictionary(layers.map { ($0.blob, $0) }) { first, _ in first }.values
        blobBytes = distinct.reduce(0) { $0 + $1.blobBytes }
        blobStoredBytes = distinct.reduce(0) { $0 + $1.blobStoredBytes }
    }

    public var text: String {
        let kept = layers.filter { $0.blobForm == "kept" }.count
        let lost = layers.filter { $0.blobForm == "lost" }.count
        let digests =
            keepsDigests
            ? "a push has the same manifest, digest for digest"
                + (isOriginalManifest ? "" : " (this transport's own manifest)")
            : "a push has other digests: \(Figure.count(lost)) of the blobs cannot be made again, and --blobs rewrite keeps none"
        return """
            image     \(image)
            ref       \(ref)
            commit    \(commit)
            manifest  \(manifestDigest)
            kept by   \(strategy), policy \(policy), mode \(mode)
            layers    \(layers.count), \(layers.filter { $0.imported != nil }.count) imported, \(Figure.count(blobBytes)) bytes as distributed
            blobs     \(Figure.count(blobStoredBytes)) bytes stored to make them again, \(Figure.count(kept)) blobs kept whole
            digests   \(digests)

            """ + layerTable
    }

    private var layerTable: String {
        var table = Table(columns: [
            .init("layer", .right), .init("diff ID"), .init("entries", .right), .init("bytes", .right),
            .init("recipe", .right), .init("blob bytes", .right), .init("stored for it", .right), .init("the blob"),
        ])
        for (number, layer) in layers.enumerated() {
            table.append([
                String(number + 1), String(layer.diffID.dropFirst("sha256:".count).prefix(12)),
                layer.imported.map { Figure.count($0.entries) } ?? "held",
                layer.imported.map { Figure.count($0.layerBytes) } ?? "",
                layer.imported.map { Figure.count($0.recipeBytes) } ?? "",
                Figure.count(layer.blobBytes), Figure.count(layer.blobStoredBytes), layer.blobText,
            ])
        }
        var details: [String] = []
        let withDetail = layers.enumerated().filter { !$0.element.blobDetail.isEmpty }
        for (number, layer) in withDetail where !details.contains(where: { $0.hasSuffix(": \(layer.blobDetail)\n") }) {
            let same = withDetail.filter { $0.element.blobDetail == layer.blobDetail }.map { String($0.offset + 1) }
            let what = same.count == 1 ? "layer \(number + 1)" : "layers \(same.joined(separator: ", "))"
            details.append("\(what), \(layer.blobText): \(layer.blobDetail)\n")
        }
        return String((table.terminalText() + details.joined()).dropLast())
    }
}

extension ImageReport.Layer {
    init(_ layer: ImportedImage.Layer, _ mode: RepositoryMode) {
        ref = layer.ref
        blob = layer.descriptor.digest.description
        diffID = layer.diffID.description
        mediaType = layer.descriptor.mediaType
        blobBytes = layer.descriptor.byteCount
        blobStoredBytes = layer.blobStoredBytes
        imported = layer.imported.map { ImportReport($0, mode: mode) }
        (blobForm, blobDetail, blobRecipeBytes) = layer.blob.described
    }

    fileprivate var blobText: String {
        switch blobForm {
        case "stream": "is the layer"
        case "recipe": "is made again"
        case "kept": "is kept"
        default: "is lost"
        }
    }
}

extension ImportedImage.BlobForm {
    /// As reports say it.
    var described: (form: String, detail: String, recipeBytes: Int?) {
        switch self {
        case .stream: ("stream", "", nil)
        case .recipe(let compressor, let byteCount): ("recipe", compressor, byteCount)
        case .kept(let reason): ("kept", reason, nil)
        case .lost(let reason): ("lost", reason, nil)
        }
    }
}
