public import Digests
public import OSTree

/// `detached-metadata`: the envelope under a key of the layer commit's detached metadata, as `ay`; signatures are its
/// neighbours.
///
/// The commit's checksum does not cover it. Every pull of the commit brings it, and puts the remote's in the place of what
/// is there; over HTTP ostree before 2023.4 refuses more than 10 MiB. Nothing that makes a new commit of the layer takes it
/// along.
public struct DetachedMetadata: Storage {
    public static let name = "detached-metadata"
    public static let summary = "a key in the layer commit's detached metadata"
    public static let isFloor = false
    public static let isMetadata = true
    /// The metadata key.
    private static let key = "layerlab.recipe"

    public init() {}

    public func attach(
        _ stored: Envelope, orphans: [Digest], to draft: inout CommitDraft, in transaction: Transaction
    ) throws {
        try OrphanTree.attachCompanion(orphans, of: stored.diffID, to: &draft, in: transaction)
    }

    public func finish(_ stored: Envelope, commit: Digest, in repository: Repository) throws {
        try repository.setDetached(DetachedMetadata.key, to: Array(try stored.source().rest()), of: commit)
    }

    public func load(_ layer: StoredLayer, in repository: Repository) throws -> Envelope {
        if let file = try repository.detachedFile(DetachedMetadata.key, of: layer.commit) {
            return try Envelope(opening: { StoredSource(file, of: DetachedMetadata.name) })
        }
        guard let bytes = try repository.detachedBytes(DetachedMetadata.key, of: layer.commit) else {
            throw StrategyError(
                .absent, DetachedMetadata.name,
                "commit \(layer.commit.hex) has no detached metadata with the key \(DetachedMetadata.key)")
        }
        return try Envelope(bytes: bytes)
    }

    public func erase(_ layer: StoredLayer, in repository: Repository) throws {
        try repository.setDetached(DetachedMetadata.key, to: nil, of: layer.commit)
    }

    public func footprint(_ layer: StoredLayer, in repository: Repository) throws -> Footprint {
        let envelope = try load(layer, in: repository)
        let (bytes, isAlone) = try repository.detachedByteCount(of: layer.commit, besides: DetachedMetadata.key)
        return isAlone
            ? Footprint(bytes: UInt64(bytes), files: 1, refs: 0)
            : Footprint(bytes: UInt64(envelope.byteCount), files: 0, refs: 0)
    }
}
