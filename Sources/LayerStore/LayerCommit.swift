internal import Digests
internal import OSTree
internal import Strategies

/// The keys by which a layer's commit tells what it is.
enum LayerCommit {
    /// `s`: the diff ID, `sha256:…`.
    static let diffIDKey = "layerlab.diff-id"
    /// `s`: the strategy that kept the recipe.
    static let strategyKey = "layerlab.strategy"

    /// The draft of a layer's commit. Nothing in it depends on when or where it was made.
    static func draft(diffID: Digest, strategy: Strategy, _ changeset: LayerChangeset) -> CommitDraft {
        var draft = CommitDraft(
            subject: "layer \(diffID)",
            metadata: [(diffIDKey, .text(diffID.description)), (strategyKey, .text(strategy.description))])
        if !changeset.isEmpty { draft.metadata.append((LayerChangeset.metadataKey, .bytes(changeset.encoded))) }
        return draft
    }
}
