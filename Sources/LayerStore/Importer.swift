internal import Digests
public import OSTree
public import Strategies
internal import Tar

/// Imports layers: splits the stream, writes payloads as content objects and the tree as a commit, keeps the recipe by a
/// strategy, proves it, and publishes the layer's ref. All of it happens in one transaction, so that a layer is there
/// as a whole or not at all.
public struct Importer {
    /// How a recipe is proved before its layer is published.
    public enum Proof: String, CaseIterable, Sendable {
        /// The stored bytes are read back and decoded, every segment is compared with the splitter's, and every object
        /// must be there.
        case segments
        /// That, and the whole stream is rebuilt from the objects and compared with the diff ID.
        case full
    }

    private let repository: Repository
    private let strategy: Strategy
    private let policy: PathPolicy
    private let proof: Proof

    public init(
        into repository: Repository, strategy: Strategy = .standard, policy: PathPolicy = .standard,
        proof: Proof = .segments
    ) {
        self.repository = repository
        self.strategy = strategy
        self.policy = policy
        self.proof = proof
    }

    /// Imports one layer. On an error the repository's refs are as they were, and nothing new is reachable.
    ///
    /// - Parameter progress: called now and then with the bytes of the file read so far.
    public func importLayer(
        from source: LayerSource, progress: (UInt64) -> Void = { _ in }
    ) throws -> ImportedLayer {
        let transaction = try Transaction(in: repository)
        do {
            return try importLayer(from: source, in: transaction, progress)
        } catch {
            transaction.abort()
            throw error
        }
    }

    private func importLayer(
        from source: LayerSource, in transaction: Transaction, _ progress: (UInt64) -> Void
    ) throws -> ImportedLayer {
        let writer = try split(source, ContentWriter(repository: repository, transaction: transaction), progress)
        let root = try TreeWriter(transaction: transaction).write(writer.tree)
        let orphans = Orphans(of: writer.recipe, besides: root.objects)

        // A repository keeps one recipe per diff ID: what an earlier import kept goes as this one is published.
        let earlier = try StoredLayers(in: repository).all().filter { $0.layer.diffID == source.diffID }
        for old in earlier { try old.strategy.storage.detach(old.layer, in: transaction) }

        let kept = try keep(writer, root: root.directory, orphans, diffID: source.diffID, in: transaction)
        let ref = LayerRefs.blob(source.blob)
        do {
            if !type(of: strategy.storage).isFloor {
                try RecipeProof(repository: repository, strategy: strategy, proof: proof)
                    .check(writer.recipe, of: kept.layer, tree: writer.tree)
            }
            for name in Set(earlier.map(\.ref)).union([ref]) { transaction.setRef(name, to: kept.layer.commit) }
            try transaction.commit()
        } catch {
            transaction.abort()
            if !earlier.contains(where: { $0.layer == kept.layer }) {
                try? strategy.storage.erase(kept.layer, in: repository)
            }
            throw error
        }
        for old in earlier where old.layer != kept.layer { try old.strategy.storage.erase(old.layer, in: repository) }
        return ImportedLayer(
            ref: ref, layer: kept.layer, blob: source.blob, policy: policy, strategy: strategy.description,
            entryCount: writer.entryCount, layerBytes: writer.recipe.streamLength, recipeBytes: kept.recipeBytes,
            storedBytes: kept.storedBytes, orphanCount: orphans.objects.count, orphanBytes: orphans.byteCount,
            commitBytes: try repository.commit(kept.layer.commit).byteCount, findings: writer.findings, proof: proof)
    }

    /// A layer whose commit and recipe are written and not yet published.
    private struct Kept {
        var layer: StoredLayer
        var recipeBytes: Int
        var storedBytes: Int
    }

    /// Encodes and stores the recipe, and writes the layer's commit. The encoded bytes are let go before the proof reads
    /// them back.
    private func keep(
        _ writer: LayerWriter, root: DirectoryReference, _ orphans: Orphans, diffID: Digest,
        in transaction: Transaction
    ) throws -> Kept {
        let envelope = Envelope(
            diffID: diffID, streamLength: writer.recipe.streamLength, encoding: strategy.encoding.description,
            policy: policy.rawValue, recipe: try strategy.encoding.encode(writer.recipe, against: writer.tree))
        var draft = LayerCommit.draft(diffID: diffID, strategy: strategy)
        try strategy.storage.attach(envelope, orphans: orphans.objects, to: &draft, in: transaction)
        let commit = try transaction.write(draft, root: root)
        try strategy.storage.finish(envelope, commit: commit, in: repository)
        return Kept(
            layer: StoredLayer(diffID: diffID, commit: commit), recipeBytes: envelope.recipe.count,
            storedBytes: type(of: strategy.storage).isFloor ? 0 : envelope.byteCount)
    }

    private func split(
        _ source: LayerSource, _ contents: ContentWriter, _ progress: (UInt64) -> Void
    ) throws -> LayerWriter {
        var writer = LayerWriter(policy: policy, contents: contents)
        var splitter = Splitter()
        while let chunk = try source.next() {
            try splitter.consume(chunk, into: &writer)
            progress(source.fileOffset)
        }
        try splitter.finish(into: &writer)
        try writer.finish()
        return writer
    }
}
