public import Digests
public import LayerStore
public import Strategies

/// What importing an image did.
public struct ImportedImage: Sendable {
    /// The name by which it can be pushed.
    public var name: String
    public var ref: String
    public var commit: Digest
    public var manifest: ImageManifest
    /// Whether the manifest is the one that the image was published with.
    public var isOriginal: Bool
    public var policy: PathPolicy
    public var strategy: String
    public var blobPolicy: BlobPolicy
    /// One for each layer of the manifest, the lowest first.
    public var layers: [Layer]
    /// Bytes of the image's commit object, documents included.
    public var commitBytes: Int
    /// What could not be merged as the layers say, a line each.
    public var findings: [String]

    public struct Layer: Sendable {
        public var descriptor: Descriptor
        public var diffID: Digest
        public var ref: String
        /// What the import did; nil where the repository held the layer already.
        public var imported: ImportedLayer?
        public var blob: BlobForm
        /// Bytes that the repository takes for the blob, besides the layer: a commit with its recipe, or with all of it.
        public var blobStoredBytes: UInt64
    }

    /// How a blob is made again.
    public enum BlobForm: Sendable, Equatable {
        /// It is the layer's stream.
        case stream
        /// By a compressor that is known, and a recipe of so many bytes.
        case recipe(compressor: String, byteCount: Int)
        /// It is stored, and why.
        case kept(reason: String)
        /// It is not: its digest will be another one, and why.
        case lost(reason: String)
    }

    /// Whether a push has every digest that the manifest has.
    public var keepsDigests: Bool {
        layers.allSatisfy { if case .lost = $0.blob { false } else { true } }
    }
}
