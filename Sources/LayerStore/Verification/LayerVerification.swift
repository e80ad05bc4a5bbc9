internal import Digests
public import OSTree
internal import Strategies
internal import Tar

/// Checks what a repository keeps for its layers, and goes on where something is wrong.
public final class LayerVerification {
    private let repository: Repository
    private let objects: ObjectCheck

    /// Checks layers of a repository; `progress` is called with the number of objects that have been compared.
    public init(in repository: Repository, progress: @escaping (Int) -> Void = { _ in }) {
        self.repository = repository
        objects = ObjectCheck(in: repository, progress: progress)
    }

    /// How many objects were compared with their checksums, each once.
    public var objectCount: Int { objects.count }

    /// Rebuilds a layer and compares it with its diff ID, as a rebuild does: the first damage ends it. Nil where the commit
    /// is none that layerlab imported.
    ///
    /// - Parameters:
    ///   - name: the layer's ref and commit.
    ///   - progress: called now and then with the bytes of the stream so far.
    public func verify(
        _ name: StoredLayers.Name, progress: @escaping (UInt64) -> Void = { _ in }
    ) throws -> LayerVerdict? {
        var verdict = LayerVerdict(ref: name.ref, commit: name.commit)
        let entry: StoredLayers.Entry
        do {
            guard let found = try StoredLayers(in: repository).entry(name) else { return nil }
            entry = found
        } catch let error as OSTreeError {
            verdict.damages = [commitDamage(name.commit, error)]
            return verdict
        }
        (verdict.diffID, verdict.strategy) = (entry.layer.diffID, entry.strategy.description)
        guard !type(of: entry.strategy.storage).isFloor else {
            verdict.unchecked = [LayerVerification.noRecipe]
            return verdict
        }
        do {
            let rebuilder = try Rebuilder(entry.layer, keptBy: entry.strategy.storage, in: repository)
            verdict.streamLength = rebuilder.streamLength
            verdict.isExact = false
            try rebuilder.rebuild(into: NullSink(), progress: progress)
            verdict.isExact = true
        } catch let error as LayerStoreError where error.kind == .check {
            var damage = LayerDamage(.stream, .changed, object: error.object, reason: error.message)
            damage.streamOffset = error.streamOffset
            verdict.damages = [damage]
        }
        return verdict
    }

    private func commitDamage(_ commit: Digest, _ error: OSTreeError) -> LayerDamage {
        let kind: LayerDamage.Kind = (try? repository.has(.commit, commit)) == true ? .changed : .missing
        return LayerDamage(.commit, kind, object: commit, reason: error.reason)
    }

    static let noRecipe = "the stream: the layer was imported by a strategy that keeps no recipe"

    /// Names everything that is wrong with a layer. Nil where the commit is sound and none that layerlab imported.
    ///
    /// - Parameters:
    ///   - name: the layer's ref and commit.
    ///   - progress: called now and then with the bytes of the stream so far, once all objects are compared.
    public func verifyDeeply(
        _ name: StoredLayers.Name, progress: @escaping (UInt64) -> Void = { _ in }
    ) throws -> LayerVerdict? {
        var check = LayerCheck(name, objects, in: repository)
        guard let commit = try check.commit() else { return check.verdict }
        guard let diffID = check.verdict.diffID, let strategy = commit.metadataText(LayerCommit.strategyKey) else {
            // A sound commit of somebody else.
            if check.verdict.isSound { return nil }
            check.verdict.unchecked.append("the recipe: the damaged commit does not say what layer it is")
            try check.tree(of: commit, .layer)
            return check.verdict
        }
        check.verdict.strategy = strategy
        try check.tree(of: commit, .layer)
        try check.companions(of: commit, diffID)
        guard let storage = (try? Strategy(parsing: strategy))?.storage else {
            check.add(
                LayerDamage(
                    .commit, .malformed, object: commit.checksum, reason: "its strategy '\(strategy)' is unknown"))
            return check.verdict
        }
        if type(of: storage).isFloor {
            check.verdict.unchecked.append(LayerVerification.noRecipe)
        } else {
            try check.recipe(of: StoredLayer(diffID: diffID, commit: commit.checksum), keptBy: storage, progress)
        }
        return check.verdict
    }

    /// The same for a commit that is no layer: an image's, a blob's, a dictionary's. Its objects are all that is compared.
    public func verifyObjects(of name: StoredLayers.Name) throws -> LayerVerdict {
        var check = LayerCheck(name, objects, in: repository)
        if let commit = try check.commit() { try check.tree(of: commit, .layer) }
        return check.verdict
    }
}
