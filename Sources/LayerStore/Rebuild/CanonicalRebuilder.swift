public import Digests
public import OSTree
internal import Strategies
internal import Tar

/// Writes the canonical tar of a stored layer's tree: the same for all layers that hold the same files, whoever wrote them.
///
/// It needs the commit's tree, and of what is stored for the layer only the name of its path policy; the form is in `Documentation/formats/canonical.md`.
public struct CanonicalRebuilder {
    public let streamLength: UInt64
    private let rebuilder: Rebuilder

    /// The layer that a user names (see `StoredLayers.find`), under the path policy that it was imported with.
    public init(_ name: String, in repository: Repository) throws {
        let entry = try StoredLayers(in: repository).find(name)
        let context = try StoredRecipe.context(of: entry, in: repository)
        let recipe = CanonicalTar.recipe(of: context, withAttributes: true)
        streamLength = recipe.streamLength
        rebuilder = Rebuilder(recipe, diffID: entry.layer.diffID, repository: repository)
    }

    /// Writes the stream; its digest.
    public func rebuild(
        into sink: some ByteSink, progress: @escaping (UInt64) -> Void = { _ in }
    ) throws -> Digest {
        guard let digest = try rebuilder.run(into: sink, hashing: true, progress: progress) else {
            preconditionFailure("a digest was asked for")
        }
        return digest
    }
}
