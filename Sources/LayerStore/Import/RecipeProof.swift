internal import Digests
internal import OSTree
internal import Strategies
internal import Tar

/// Proves, before a layer is published, that what was stored rebuilds it.
struct RecipeProof {
    let repository: Repository
    let strategy: Strategy
    let proof: Importer.Proof

    /// Reads the stored recipe back and compares it with the splitter's, whose concatenation was hashed to the diff ID.
    func check(
        _ recipe: Recipe, of layer: StoredLayer, tree: LayerTree, policy: PathPolicy,
        dictionaries: ImportedDictionaries
    ) throws {
        let envelope = try strategy.storage.load(layer, in: repository)
        guard envelope.diffID == layer.diffID, envelope.streamLength == recipe.streamLength else {
            throw failure("the envelope names another stream")
        }
        guard envelope.encoding == strategy.encoding.description, envelope.policy == policy.rawValue else {
            throw failure("the envelope names another encoding or policy")
        }
        var context = LayerContext(attachment: envelope.attachment)
        if strategy.encoding.usesTree {
            (context.tree, context.policy) = (tree, policy)
            context.orphans = try layer.orphans(in: repository)
        }
        context.dictionaries = try dictionaries.readBack()
        // One waits for the file system while the other computes.
        let presence = Background { try requireObjects(of: recipe) }
        var comparison = RecipeComparison(with: recipe)
        try strategy.encoding.decode(try envelope.recipe(), against: context, into: &comparison)
        if let difference = comparison.finish() {
            throw failure("segment \(difference.segment), at byte \(difference.offset) of the stream, differs")
        }
        try presence.wait()
        if proof == .full {
            // What was decoded is equal.
            try Rebuilder(recipe, diffID: layer.diffID, repository: repository).rebuild(into: NullSink())
        }
    }

    private func requireObjects(of recipe: Recipe) throws {
        for payload in recipe.distinctPayloads where try !repository.has(.file, payload.object) {
            throw failure("object \(payload.object.hex) is missing")
        }
    }

    private func failure(_ reason: String) -> LayerStoreError {
        LayerStoreError(.check, "the stored recipe does not prove: \(reason) (strategy \(strategy)); nothing was kept")
    }
}
