public import Digests

/// What is known of a layer besides its recipe, and encodings may refer to: what its repository holds in any case.
///
/// While a layer is imported this comes from the importer, later from the layer's commit and its companion.
public struct LayerContext: Sendable {
    /// What the layer's commit holds.
    public var tree: LayerTree
    /// How the tar's paths became the tree's.
    public var policy: PathPolicy
    /// Payload objects that the tree does not hold, each once, in stream order. They are kept under their numbers, so that a
    /// recipe may refer to them by number.
    public var orphans: [Digest]
    /// Other digests of payloads by their objects, as the encoding required them. Known while encoding only.
    public var payloadDigests: [Digest: [PayloadDigest: [UInt8]]]
    /// What the encoding kept beside its bytes (`Encoding.attachment`). Known while decoding only.
    public var attachment: [UInt8]
    /// The dictionaries that the encoding required, by their SHA-256, which whoever puts them here has checked.
    public var dictionaries: [Digest: [UInt8]]

    public init(
        tree: LayerTree = LayerTree(), policy: PathPolicy = .standard, orphans: [Digest] = [],
        payloadDigests: [Digest: [PayloadDigest: [UInt8]]] = [:], attachment: [UInt8] = [],
        dictionaries: [Digest: [UInt8]] = [:]
    ) {
        self.tree = tree
        self.policy = policy
        self.orphans = orphans
        self.payloadDigests = payloadDigests
        self.attachment = attachment
        self.dictionaries = dictionaries
    }

    /// Nothing is known.
    public static let empty = LayerContext()
}

/// A digest of a payload's bytes that foreign formats name it by.
public enum PayloadDigest: String, Hashable, Sendable, CaseIterable {
    /// CRC-64/ISO (polynomial 0xD800000000000000, reflected), 8 bytes, the most significant first: `tar-split`.
    case crc64
    /// The fs-verity digest of the bytes: SHA-256, blocks of 4096 bytes, no salt. 32 bytes: composefs.
    case fsVerity
}
