public import OSTree
public import Strategies
public import Tar

/// A layer's recipe as a repository keeps it, decoded.
public struct StoredRecipe: Sendable {
    public let recipe: Recipe
    /// What the layer's commit knows.
    public let tree: LayerTree

    /// Loads the recipe of a layer that a user names (see `StoredLayers.find`), with its commit's tree in any case.
    public init(_ name: String, in repository: Repository) throws {
        let entry = try StoredLayers(in: repository).find(name)
        recipe = try StoredRecipe.recipe(of: entry.layer, keptBy: entry.strategy.storage, in: repository)
        tree = try LayerTree(of: repository.commit(entry.layer.commit), in: repository)
    }

    /// Loads and decodes a recipe; what is missing or does not fit is an error.
    static func recipe(
        of layer: StoredLayer, keptBy storage: any Storage, in repository: Repository
    ) throws -> Recipe {
        let envelope = try storage.load(layer, in: repository)
        guard envelope.diffID == layer.diffID else {
            throw LayerStoreError(
                .check, "the recipe stored for \(layer.diffID) is that of \(envelope.diffID): the repository is damaged"
            )
        }
        let encoding = try Strategy.encoding(envelope.encoding)
        let tree =
            encoding.usesTree ? try LayerTree(of: repository.commit(layer.commit), in: repository) : LayerTree()
        let recipe = try encoding.decode(envelope.recipe[...], against: tree)
        guard recipe.streamLength == envelope.streamLength else {
            throw LayerStoreError(
                .check,
                "the recipe of \(layer.diffID) rebuilds \(recipe.streamLength) bytes instead of \(envelope.streamLength)"
            )
        }
        return recipe
    }
}
