public import Digests
public import OSTree
public import Strategies

/// `text-metadata`: the envelope in base64 under a key of the layer commit's metadata, as a text (`s`).
///
/// A third longer than `commit-metadata`, and for people: `ostree show --print-metadata-key=example.recipe` prints one line
/// that can be copied.
public struct TextMetadata: Storage {
    public static let name = "text-metadata"
    public static let summary = "a text in the layer commit's metadata"
    public static let isFloor = false
    public static let isMetadata = true
    private static let key = "example.recipe"

    public init() {}

    public func attach(
        _ stored: Envelope, orphans: [Digest], to draft: inout CommitDraft, in transaction: Transaction
    ) throws {
        let text = try Base64().wrap(Array(try stored.source().rest()))
        draft.metadata.append((TextMetadata.key, .text(String(decoding: text, as: UTF8.self))))
        // What the layer's tree does not hold would go with the next prune.
        try OrphanTree.attachCompanion(orphans, of: stored.diffID, to: &draft, in: transaction)
    }

    /// All is in the commit already.
    public func finish(_ stored: Envelope, commit: Digest, in repository: Repository) throws {}

    public func load(_ layer: StoredLayer, in repository: Repository) throws -> Envelope {
        try Envelope(bytes: try Base64().unwrap(Array(try text(of: layer, in: repository).utf8)[...]))
    }

    /// The commit takes it along when it goes.
    public func erase(_ layer: StoredLayer, in repository: Repository) throws {}

    public func footprint(_ layer: StoredLayer, in repository: Repository) throws -> Footprint {
        Footprint(bytes: UInt64(try text(of: layer, in: repository).utf8.count), files: 0, refs: 0)
    }

    private func text(of layer: StoredLayer, in repository: Repository) throws -> String {
        guard let text = try repository.commit(layer.commit).metadataText(TextMetadata.key) else {
            throw StrategyError(
                .absent, TextMetadata.name, "commit \(layer.commit.hex) has no text \(TextMetadata.key)")
        }
        return text
    }
}
