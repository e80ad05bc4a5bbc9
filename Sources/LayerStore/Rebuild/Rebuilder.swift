public import Digests
public import OSTree
public import Strategies
internal import Tar

/// Streams a layer out of its recipe and the repository's objects, and checks on the way that it is the same layer.
public struct Rebuilder {
    public let diffID: Digest
    public let streamLength: UInt64
    private let recipe: Recipe
    private let repository: Repository

    init(recipe: Recipe, diffID: Digest, repository: Repository) {
        self.recipe = recipe
        self.diffID = diffID
        self.repository = repository
        streamLength = recipe.streamLength
    }

    /// Loads and decodes the recipe of a layer that a user names (see `StoredLayers.find`).
    public init(_ name: String, in repository: Repository) throws {
        let entry = try StoredLayers(in: repository).find(name)
        try self.init(entry.layer, keptBy: entry.strategy.storage, in: repository)
    }

    /// Loads and decodes a layer's recipe. Whatever is missing or damaged is an error of kind `check`.
    public init(_ layer: StoredLayer, keptBy storage: any Storage, in repository: Repository) throws {
        guard !type(of: storage).isFloor else {
            throw LayerStoreError(
                .input, "\(layer.diffID) was imported by a strategy that keeps no recipe: import it again")
        }
        do {
            let recipe = try StoredRecipe.recipe(of: layer, keptBy: storage, in: repository)
            self.init(recipe: recipe, diffID: layer.diffID, repository: repository)
        } catch let error where error is StrategyError || error is OSTreeError {
            throw LayerStoreError(.check, "cannot rebuild \(layer.diffID): \(error)")
        }
    }

    /// Rebuilds the stream. An error of kind `check` says at which segment it went wrong, as far as can be told; the
    /// sink has bytes by then, and they are not the layer.
    ///
    /// - Parameters:
    ///   - verify: whether to compare the stream's SHA-256 with the diff ID. Without it damaged objects go unseen.
    ///   - progress: called now and then with the bytes written so far.
    public func rebuild(
        into sink: some ByteSink, verify: Bool = true, progress: @escaping (UInt64) -> Void = { _ in }
    ) throws {
        let digest = try run(into: sink, hashing: verify, progress: progress)
        if let digest, digest != diffID { throw diagnosis(found: digest) }
    }

    /// Rebuilds the stream without comparing it; its digest, where that is asked for.
    func run(into sink: any ByteSink, hashing: Bool, progress: @escaping (UInt64) -> Void) throws -> Digest? {
        try RebuildPipeline(recipe, diffID: diffID, in: repository)
            .run(into: sink, hashing: hashing, progress: progress)
    }

    /// What can be told of a stream that is not the layer: the first object that is not what its checksum says.
    private func diagnosis(found: Digest) -> LayerStoreError {
        var offset: UInt64 = 0
        var sound: Set<Digest> = []
        for (index, segment) in recipe.segments.enumerated() {
            if Interruption.pending != nil { return mismatch(found, "interrupted while looking for the damage") }
            if case .payload(let payload) = segment, sound.insert(payload.object).inserted {
                do throws(OSTreeError) {
                    try repository.verify(.file, payload.object)
                } catch {
                    return mismatch(found, "segment \(index), at byte \(offset), is damaged: \(error.reason)")
                }
            }
            offset += segment.byteCount
        }
        return mismatch(found, "all objects are sound, so the stored recipe's own bytes are damaged")
    }

    private func mismatch(_ found: Digest, _ reason: String) -> LayerStoreError {
        LayerStoreError(.check, "the rebuilt stream is \(found) instead of \(diffID): \(reason)")
    }
}
