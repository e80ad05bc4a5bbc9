internal import Digests
internal import LayerStore
internal import OSTree
internal import Strategies
internal import Synchronization

/// What an import has brought into a repository so far, so that it can be taken away again. Several threads tell it.
final class BroughtObjects: Sendable {
    private struct State {
        var layers: [ImportedLayer] = []
        var blobs: [(digest: Digest, commit: Digest)] = []
    }
    private let state = Mutex(State())

    func add(_ layer: ImportedLayer) { state.withLock { $0.layers.append(layer) } }

    /// A commit that holds how a blob is made again.
    func add(_ commit: Digest, ofBlob digest: Digest) { state.withLock { $0.blobs.append((digest, commit)) } }

    /// Takes all away again: refs show what they showed before, and objects go that no other commit has. What another import has
    /// made part of an image meanwhile stays, as does a layer that was there before in another form: in the new one.
    ///
    /// One thing that cannot be taken away keeps no other from it. Returns what is left, for an error to say; nil for nothing.
    func withdraw(by strategy: Strategy, in repository: Repository) -> String? {
        do {
            let commits = try withdrawRefs(by: strategy, in: repository)
            try repository.discard(commits: commits)
            return nil
        } catch {
            return "objects that nothing shows are left, and ostree prune --refs-only removes them (\(error))"
        }
    }

    /// Sets the refs back; the commits that nothing shows any more.
    private func withdrawRefs(by strategy: Strategy, in repository: Repository) throws -> [Digest] {
        let (layers, blobs) = state.withLock { ($0.layers, $0.blobs) }
        let lock = try PublishingLock.untilInterrupted(of: repository)
        defer { extendLifetime(lock) }
        let used = Set(try StoredImages(in: repository).all().flatMap(\.manifest.layers).map(\.digest))
        var commits: [Digest] = []
        for blob in blobs where !used.contains(blob.digest) {
            let ref = LayerRefs.blobForm(blob.digest)
            guard try repository.resolve(ref: ref) == blob.commit else { continue }
            try? repository.remove(ref: ref)
            commits.append(blob.commit)
        }
        for imported in layers where !used.contains(imported.blob) {
            let layer = imported.layer
            for (ref, before) in imported.refsBefore where try repository.resolve(ref: ref) == layer.commit {
                switch before {
                case .nothing: try? repository.remove(ref: ref)
                case .foreign(let commit): try? repository.set(ref: ref, to: commit)
                case .layer: break
                }
            }
            let present = try (StoredLayers(in: repository).all() + StoredLayers(in: repository).elsewhere()).map(
                \.layer)
            guard !present.contains(layer) else { continue }
            commits += [layer.commit] + ((try? LayerRefs.Companion.commits(of: layer, in: repository)) ?? [])
            try? strategy.storage.erase(layer, in: repository)
            try? LayerRefs.Companion.removeStale(
                of: layer.diffID, keeping: present.filter { $0.diffID == layer.diffID }, in: repository)
        }
        return commits
    }
}
