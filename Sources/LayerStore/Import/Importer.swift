internal import Digests
public import OSTree
public import Strategies
internal import Tar

/// Imports layers: splits the stream, writes payloads as content objects and the tree as a commit, keeps the recipe by a
/// strategy, proves it, and publishes the layer's ref. Objects are written in one transaction; the ref is set when all else
/// is there, so that a layer is there as a whole or not at all.
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
    private let dictionaries: [ZstdDictionary]
    private let route: ObjectRoute

    /// Imports that all go into one repository, in one way.
    ///
    /// - Parameters:
    ///   - repository: where the layers go.
    ///   - strategy: how the recipe is encoded, and where it is kept.
    ///   - policy: where paths of the tar go in the commit's tree.
    ///   - proof: how the recipe is proved before the layer shows.
    ///   - dictionaries: at hand for the strategy. Those that it names are added to the repository where they are
    ///     missing; what it names besides must be there.
    ///   - route: how objects get into the repository.
    public init(
        into repository: Repository, strategy: Strategy = .standard, policy: PathPolicy = .standard,
        proof: Proof = .segments, dictionaries: [ZstdDictionary] = [], route: ObjectRoute = .direct
    ) {
        self.repository = repository
        self.strategy = strategy
        self.policy = policy
        self.proof = proof
        self.dictionaries = dictionaries
        self.route = route
    }

    /// Imports one layer. On an error the repository's refs are as they were, and nothing new is reachable; but where no more
    /// than the recipe of a layer that it replaces could not be removed, the new layer is there, and the error says of what.
    ///
    /// - Parameters:
    ///   - source: the layer; it is read to its end.
    ///   - expectation: what the layer has to be; where it turns out to be something else, that is an error.
    ///   - progress: called now and then with the bytes of the file read so far; what it throws ends the import.
    public func importLayer(
        from source: LayerSource, expecting expectation: LayerExpectation? = nil,
        progress: (UInt64) throws -> Void = { _ in }
    ) throws -> ImportedLayer {
        try expectation?.check(source)
        // A transaction gives its own up before the refs are set.
        let shared = try SharedLock(of: repository)
        defer { extendLifetime(shared) }
        let transaction = try Transaction(in: repository)
        do {
            return try importLayer(from: source, expectation, in: transaction, progress)
        } catch {
            transaction.abort()
            throw error
        }
    }

    private func importLayer(
        from source: LayerSource, _ expectation: LayerExpectation?, in transaction: Transaction,
        _ progress: (UInt64) throws -> Void
    ) throws -> ImportedLayer {
        let stage = try transaction.stage(by: route)
        let (writer, root) = try writeObjects(of: source, expectation, to: stage, progress)
        try expectation?.checkRead(source)
        let orphans = Orphans(of: writer.recipe, besides: writer.tree)

        let lock = try PublishingLock.untilInterrupted(of: repository)
        defer { extendLifetime(lock) }
        try StoredLayers(in: repository).removeUnfinished()
        let used = try ImportedDictionaries(for: strategy, given: dictionaries, in: repository, transaction)
        // The disk is busy meanwhile, and the processor is not.
        let syncing = Background { try stage.sync() }
        let envelope = Result { try encode(writer, orphans, used, diffID: source.diffID) }
        try syncing.wait()
        var written: StoredLayer?
        var imported: ImportedLayer
        let replaced: [StoredLayers.Entry]
        do {
            let draft = LayerCommit.draft(diffID: source.diffID, strategy: strategy, writer.changeset)
            let kept = try keep(envelope.get(), draft, root: root, orphans, in: transaction) { written = $0 }
            try stage.publish()
            if !type(of: strategy.storage).isFloor {
                try RecipeProof(repository: repository, strategy: strategy, proof: proof)
                    .check(writer.recipe, of: kept.layer, tree: writer.tree, policy: policy, dictionaries: used)
            }
            try transaction.commit()
            imported = ImportedLayer(
                ref: LayerRefs.blob(source.blob), layer: kept.layer, blob: source.blob, policy: policy,
                strategy: strategy.description, entryCount: writer.entryCount,
                layerBytes: writer.recipe.streamLength, recipeBytes: kept.recipeBytes,
                storedBytes: kept.storedBytes, orphanCount: orphans.objects.count, orphanBytes: orphans.byteCount,
                commitBytes: try repository.commit(kept.layer.commit).byteCount,
                footprint: try strategy.storage.footprint(kept.layer, in: repository),
                dictionaryBytes: used.loaded.values.reduce(0) { $0 + $1.count }, findings: writer.findings,
                proof: proof)
            try used.publish()
            for commit in try [kept.layer.commit] + LayerRefs.Companion.commits(of: kept.layer, in: repository) {
                try repository.markWhole(commit)
            }
            try LayerRefs.Companion.sync(of: source.diffID, in: repository)
            (replaced, imported.refsBefore) = try show(kept.layer, as: imported.ref)
        } catch {
            transaction.abort()
            if let written { withdraw(written, used) } else { try? used.withdraw() }
            throw error
        }
        // Whatever becomes of what nobody needs any more, the layer is there.
        try takeAway(replaced, by: imported.layer)
        return imported
    }

    /// Shows a layer whose objects, recipe and companions are there; what it replaces.
    ///
    /// A repository keeps one recipe per diff ID, so all refs of the stream move to the new commit, one by one. Wherever
    /// this is cut short, each ref names a commit, old or new, whose recipe and payloads are there. Where one cannot be set,
    /// those that were go back.
    private func show(
        _ layer: StoredLayer, as ref: String
    ) throws -> (replaced: [StoredLayers.Entry], refsBefore: [String: ImportedLayer.RefBefore]) {
        let earlier = try StoredLayers(in: repository).all().filter { $0.layer.diffID == layer.diffID }
        var moved: [(ref: String, commit: Digest?)] = []
        do {
            for name in Set(earlier.map(\.ref)).union([ref]).sorted() {
                moved.append((name, try repository.resolve(ref: name)))
                try repository.set(ref: name, to: layer.commit)
            }
            // Only then may what is replaced go.
            try repository.sync(refs: moved.map(\.ref))
            for (name, _) in moved { try keep(ref: name) }
        } catch {
            for (name, commit) in moved {
                if let commit { try? repository.set(ref: name, to: commit) } else { try? repository.remove(ref: name) }
            }
            throw error
        }
        let replaced = earlier.filter { $0.layer != layer }
        var before: [String: ImportedLayer.RefBefore] = [:]
        for (name, commit) in moved {
            let isLayer = earlier.contains { $0.ref == name }
            before[name] = isLayer ? .layer : commit.map { .foreign($0) } ?? .nothing
        }
        return (replaced, before)
    }

    /// A layer that was being removed under this ref is there again.
    private func keep(ref: String) throws {
        guard let note = LayerRefs.digest(ofBlob: ref).map(LayerRefs.removal) else { return }
        if try repository.resolve(ref: note) != nil { try repository.remove(ref: note) }
    }

    /// Takes away the recipes and companions of layers that no ref shows any more, and what killed imports have left.
    private func takeAway(_ replaced: [StoredLayers.Entry], by layer: StoredLayer) throws {
        let layers = StoredLayers(in: repository)
        // What somebody else's ref shows is nobody's to take away.
        let shown = try layers.commitsShown()
        for old in replaced where !shown.contains(old.layer.commit) {
            try old.strategy.storage.erase(old.layer, in: repository)
        }
        let others = try layers.elsewhere().map(\.layer).filter { $0.diffID == layer.diffID }
        try LayerRefs.Companion.removeStale(of: layer.diffID, keeping: [layer] + others, in: repository)
        for storage in Catalogue.knownStorages {
            try storage.removeStale(of: layer.diffID, shown: shown, in: repository)
        }
    }

    /// Takes away what an import has left that failed before all refs showed its layer. A layer that was there before stays,
    /// as does one whose ref could not be set back. One thing that cannot be taken away keeps no other from it: the error
    /// that there was is the one to tell.
    private func withdraw(_ layer: StoredLayer, _ used: ImportedDictionaries) {
        let layers = StoredLayers(in: repository)
        guard let all = try? layers.all() + layers.elsewhere() else { return }
        let present = all.map(\.layer).filter { $0.diffID == layer.diffID }
        if !present.contains(layer) {
            try? strategy.storage.erase(layer, in: repository)
            try? used.withdraw()
        }
        try? LayerRefs.Companion.removeStale(of: layer.diffID, keeping: present, in: repository)
    }

    /// A layer whose commit and recipe are written and not yet published.
    private struct Kept {
        var layer: StoredLayer
        var recipeBytes: Int
        var storedBytes: Int
    }

    /// The encoded recipe with its envelope.
    private func encode(
        _ writer: LayerWriter, _ orphans: Orphans, _ used: ImportedDictionaries, diffID: Digest
    ) throws -> Envelope {
        var context = LayerContext.empty
        if strategy.encoding.usesTree {
            context = LayerContext(tree: writer.tree, policy: policy, orphans: orphans.objects)
        }
        context.payloadDigests = writer.payloadDigests
        context.dictionaries = used.loaded
        let (encoding, recipe) = (strategy.encoding, writer.recipe)
        let attachment = try encoding.attachment(of: recipe, against: context)
        if encoding.isPiecewise {
            return Envelope(
                diffID: diffID, streamLength: recipe.streamLength, encoding: encoding.description,
                policy: policy.rawValue, attachment: attachment,
                recipeByteCount: try encoding.source(of: recipe, against: context).byteCount,
                opening: { [context] () throws(StrategyError) in try encoding.source(of: recipe, against: context) })
        }
        return Envelope(
            diffID: diffID, streamLength: recipe.streamLength, encoding: encoding.description, policy: policy.rawValue,
            attachment: attachment, recipe: try encoding.encode(recipe, against: context))
    }

    /// Stores the recipe, and writes the layer's commit. The encoded bytes are let go before the proof reads them back.
    ///
    /// - Parameter written: called when there is a commit, and before anything is stored besides the transaction.
    private func keep(
        _ envelope: consuming Envelope, _ draft: CommitDraft, root: TreeWriter.Root, _ orphans: Orphans,
        in transaction: Transaction, _ written: (StoredLayer) -> Void
    ) throws -> Kept {
        let diffID = envelope.diffID
        var draft = draft
        try strategy.storage.attach(envelope, orphans: orphans.objects, to: &draft, in: transaction)
        // libostree looks at the root, which is still in our stage.
        try transaction.write(root.contents)
        try transaction.write(root.metadata)
        let commit = try transaction.write(draft, root: root.reference)
        let layer = StoredLayer(diffID: diffID, commit: commit)
        written(layer)
        try strategy.storage.finish(envelope, commit: commit, in: repository)
        return Kept(
            layer: layer, recipeBytes: envelope.recipeByteCount,
            storedBytes: type(of: strategy.storage).isFloor ? 0 : envelope.byteCount)
    }

    /// Splits the stream and has its objects written, payloads and directories.
    private func writeObjects(
        of source: LayerSource, _ expectation: LayerExpectation?, to stage: any ObjectStage,
        _ progress: (UInt64) throws -> Void
    ) throws -> (LayerWriter, TreeWriter.Root) {
        let objects = try ObjectPool(stage, of: repository, requiredDigests: strategy.encoding.requiredDigests)
        defer { objects.stop() }
        var writer = LayerWriter(policy: policy, inlineLimit: strategy.encoding.inlineLimit, objects: objects)
        try split(source, into: &writer, objects) { byteCount in
            try expectation?.check(byteCount, of: source)
            try progress(source.fileOffset)
        }
        return (writer, try TreeWriter(objects: objects).write(writer.tree))
    }

    private func split(
        _ source: LayerSource, into writer: inout LayerWriter, _ objects: ObjectPool,
        _ progress: (UInt64) throws -> Void
    ) throws {
        var splitter = Splitter()
        var byteCount: UInt64 = 0
        while true {
            let loan = try objects.takeBuffer()
            let count = try source.next(into: &loan.bytes)
            if count == 0 { break }
            objects.begin(loan)
            try objects.hash(loan.bytes[0..<count])
            try splitter.consume(loan.bytes[0..<count], into: &writer)
            try objects.endBuffer(keeping: writer.waitingBuffers)
            try objects.check()
            byteCount += UInt64(count)
            try progress(byteCount)
        }
        try splitter.finish(into: &writer)
        try writer.finish()
        source.take(objects.hashedStream)
    }
}
