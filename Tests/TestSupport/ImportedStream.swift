import LayerStore
import OSTree
public import Strategies
public import Tar

/// A stream that the real importer took into a repository of its own, and all that the layer's commit, its companion and
/// its objects then tell of it.
public struct ImportedStream: Sendable {
    public let recipe: Recipe
    /// The commit's tree, the policy and the orphans, with the digests of all payloads.
    public let context: LayerContext

    /// - Parameter inlineLimit: payloads up to so many bytes are literals.
    public init(_ stream: [UInt8], policy: PathPolicy = .standard, inlineLimit: UInt64 = 0) throws {
        let repository = try TemporaryRepository(.archive)
        let encoding = try Strategy.encoding(Raw.name, inlineLimit: inlineLimit)
        let layer = try repository.importing(
            stream, strategy: Strategy(encoding: encoding, storage: Sidecar()), policy: policy)
        let stored = try StoredRecipe(layer.ref, in: repository.repository)
        recipe = stored.recipe
        var context = stored.context
        context.payloadDigests = try stored.payloadDigests(Set(PayloadDigest.allCases), in: repository.repository)
        self.context = context
    }
}
