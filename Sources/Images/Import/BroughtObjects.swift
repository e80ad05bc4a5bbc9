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

    /// Takes all away, with the objects that nobody else has. One thing that cannot be taken away keeps no other from it.
    ///
    /// - Parameter before: diff IDs of layers that were there before in another form; they stay in the new one.
    func withdraw(besides before: Set<Digest>, by strategy: Strategy, in repository: Repository) {
        let (layers, blobs) = state.withLock { ($0.layers, $0.blobs) }
        // Nobody else is between having written objects and showing them.
        let lock = try? PublishingLock(of: repository)
        defer { extendLifetime(lock) }
        var commits = blobs.map(\.commit)
        for blob in blobs { try? repository.remove(ref: LayerRefs.blobForm(blob.digest)) }
        for imported in layers where !before.contains(imported.layer.diffID) {
            let layer = imported.layer
            commits += [layer.commit] + ((try? LayerRefs.Companion.commits(of: layer, in: repository)) ?? [])
            try? repository.remove(ref: imported.ref)
            try? strategy.storage.erase(layer, in: repository)
            try? LayerRefs.Companion.removeStale(of: layer.diffID, keeping: [], in: repository)
        }
        try? repository.discard(commits: commits)
    }
}
