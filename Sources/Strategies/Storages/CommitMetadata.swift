public import Digests
public import OSTree

/// `commit-metadata`: the envelope under a key of the layer commit's own metadata, as `ay`.
///
/// It travels with the commit on every pull, and copying the metadata copies the recipe. An HTTP pull by ostree before
/// 2023.4 refuses commits over 10 MiB.
public struct CommitMetadata: Storage {
    public static let name = "commit-metadata"
    public static let summary = "a key in the layer commit's metadata"
    public static let isFloor = false
    public static let isMetadata = true
    /// The metadata key.
    static let key = "layerlab.recipe"

    public init() {}

    public func attach(
        _ stored: Envelope, orphans: [Digest], to draft: inout CommitDraft, in transaction: Transaction
    ) throws {
        draft.metadata.append((CommitMetadata.key, .bytes(Array(try stored.source().rest()))))
        try OrphanTree.attachCompanion(orphans, of: stored.diffID, to: &draft, in: transaction)
    }

    public func finish(_ stored: Envelope, commit: Digest, in repository: Repository) throws {}

    public func load(_ layer: StoredLayer, in repository: Repository) throws -> Envelope {
        if let file = try repository.commit(layer.commit).metadataFile(CommitMetadata.key, in: repository) {
            return try Envelope(opening: { StoredSource(file, of: CommitMetadata.name) })
        }
        return try Envelope(bytes: try bytes(layer, in: repository))
    }

    public func erase(_ layer: StoredLayer, in repository: Repository) throws {}

    public func footprint(_ layer: StoredLayer, in repository: Repository) throws -> Footprint {
        Footprint(bytes: UInt64(try load(layer, in: repository).byteCount), files: 0, refs: 0)
    }

    private func bytes(_ layer: StoredLayer, in repository: Repository) throws -> [UInt8] {
        guard let bytes = try repository.commit(layer.commit).metadataBytes(CommitMetadata.key) else {
            throw StrategyError(
                .absent, CommitMetadata.name, "commit \(layer.commit.hex) has no key \(CommitMetadata.key)")
        }
        return bytes
    }
}
