public import Digests
public import OSTree

/// `discard`: keeps nothing. The floor that shows what an import costs without a recipe; it cannot be rebuilt.
public struct Discard: Storage {
    public static let name = "discard"
    public static let summary = "keeps nothing; the floor that others are compared to"
    public static let isFloor = true

    public init() {}

    public func attach(
        _ stored: Envelope, orphans: [Digest], to draft: inout CommitDraft, in transaction: Transaction
    ) throws {}

    public func finish(_ stored: Envelope, commit: Digest, in repository: Repository) throws {}

    public func load(_ layer: StoredLayer, in repository: Repository) throws -> Envelope {
        throw StrategyError(.absent, Discard.name, "this layer was imported without keeping its recipe")
    }

    public func erase(_ layer: StoredLayer, in repository: Repository) throws {}

    public func footprint(_ layer: StoredLayer, in repository: Repository) throws -> Footprint {
        Footprint(bytes: 0, files: 0, refs: 0)
    }
}
