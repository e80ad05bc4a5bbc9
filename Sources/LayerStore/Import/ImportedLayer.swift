public import Digests
public import Strategies

/// What an import did: the layer, and what it costs.
public struct ImportedLayer: Sendable {
    /// The ref under which the layer is published.
    public var ref: String
    public var layer: StoredLayer
    /// The digest of the file as it was read.
    public var blob: Digest
    public var policy: PathPolicy
    /// The strategy in its canonical form.
    public var strategy: String
    public var entryCount: Int
    /// Bytes of the stream.
    public var layerBytes: UInt64
    /// The encoding's bytes alone.
    public var recipeBytes: Int
    /// The recipe with its envelope, as the storage keeps it.
    public var storedBytes: Int
    public var orphanCount: Int
    /// Payload bytes of the orphans, each object once.
    public var orphanBytes: UInt64
    /// Bytes of the layer's commit object.
    public var commitBytes: Int
    /// What the storage took, besides the layer's own objects.
    public var footprint: Footprint
    /// Bytes of the dictionaries that the recipe needs. The repository has them once, for all of its layers.
    public var dictionaryBytes: Int
    public var findings: FindingLog
    /// The proof that ran.
    public var proof: Importer.Proof
    /// All refs that show the layer now, each with what it showed before.
    public var refsBefore: [String: RefBefore] = [:]

    /// What a ref showed before an import.
    public enum RefBefore: Sendable, Equatable {
        /// There was no such ref.
        case nothing
        /// The same stream, imported by this program.
        case layer
        /// A commit by somebody else.
        case foreign(Digest)
    }
}
