internal import Digests
public import Images

/// What the push of an image did, for people and for scripts.
public struct PushReport: Reportable, Codable, Sendable {
    public var schemaVersion = LayerResult.currentSchemaVersion
    public var image: String
    public var commit: String
    public var destination: String
    /// The manifest's digest as it was pulled, and as it was pushed.
    public var pulledManifestDigest: String
    public var manifestDigest: String
    /// Whether these are the same, so that signatures hold.
    public var keepsDigests: Bool
    public var layers: [Layer]

    /// A layer of the image, the lowest first.
    public struct Layer: Codable, Sendable {
        public var diffID: String
        public var pulledBlob: String
        public var blob: String
        public var blobBytes: UInt64
        /// How the blob was made.
        public var method: String
    }

    public init(_ pushed: PushedImage) {
        image = pushed.image.name
        commit = pushed.image.commit.hex
        destination = pushed.destination.description
        pulledManifestDigest = pushed.image.manifest.digest.description
        manifestDigest = pushed.manifestDigest.description
        keepsDigests = pushed.keepsDigests
        layers = pushed.layers.map {
            Layer(
                diffID: $0.diffID.description, pulledBlob: $0.pulled.description, blob: $0.pushed.description,
                blobBytes: $0.byteCount, method: $0.method)
        }
    }

    private var digestText: String {
        if keepsDigests { return "all as they were pulled" }
        if manifestDigest != pulledManifestDigest { return "others: the image was pulled as \(pulledManifestDigest)" }
        return "the destination makes a manifest of its own, of what it keeps of this one"
    }

    public var text: String {
        var lines = [
            "image     \(image)", "pushed to \(destination)", "manifest  \(manifestDigest)",
            "digests   \(digestText)",
        ]
        for (number, layer) in layers.enumerated() {
            let lost = layer.blob == layer.pulledBlob ? "" : ", was \(layer.pulledBlob)"
            lines.append(
                "layer \(number + 1)   \(layer.blob), \(Figure.count(layer.blobBytes)) bytes, \(layer.method)\(lost)")
        }
        return lines.joined(separator: "\n")
    }
}
