public import Digests
public import OSTree
public import Strategies

/// The layers that a repository holds.
public struct StoredLayers {
    /// A layer with the strategy that its commit names.
    public struct Entry: Sendable {
        public var ref: String
        public var layer: StoredLayer
        public var strategy: Strategy
    }

    private let repository: Repository

    public init(in repository: Repository) { self.repository = repository }

    /// All layers that layerlab imported, by ref. A ref whose commit cannot be read is nobody's layer.
    public func all() throws -> [Entry] {
        try repository.refs(below: LayerRefs.blobs).sorted { $0.key < $1.key }
            .compactMap { try? entry(ref: $0.key, commit: $0.value) }
    }

    /// The layer that a user names: a ref as import printed it, or the digest of a blob or stream.
    public func find(_ name: String) throws -> Entry {
        if let digest = Digest(oci: name) ?? Digest(hex: name) {
            let ref = LayerRefs.blob(digest)
            if let commit = try repository.resolveAnywhere(ref: ref) { return try require(ref, commit) }
            if let entry = try everywhere().first(where: { $0.layer.diffID == digest }) { return entry }
        } else if let commit = try? repository.resolve(ref: name) {
            return try require(name, commit)
        }
        let known = try all()
        let hint =
            known.isEmpty
            ? "it holds no layers yet; layerlab import adds one"
            : "it holds \(known.count): \(known.prefix(3).map(\.ref).joined(separator: ", "))\(known.count > 3 ? " …" : "")"
        throw LayerStoreError(.input, "\(repository.path) has no layer '\(name)'; \(hint)")
    }

    /// The layer of a blob, by its digest as it was distributed; nil where there is none that layerlab imported.
    public func layer(ofBlob digest: Digest) throws -> Entry? {
        let ref = LayerRefs.blob(digest)
        return try repository.resolveAnywhere(ref: ref).flatMap { try entry(ref: ref, commit: $0) }
    }

    /// What a layer's recipe is kept in; nil where it is not there, or is another layer's.
    public func envelope(of entry: Entry) -> Envelope? {
        guard let envelope = try? entry.strategy.storage.load(entry.layer, in: repository),
            envelope.diffID == entry.layer.diffID
        else { return nil }
        return envelope
    }

    /// As `all`, and what was pulled under remotes' names besides.
    public func everywhere() throws -> [Entry] {
        try repository.refsEverywhere(below: LayerRefs.blobs).sorted { $0.key < $1.key }
            .compactMap { try? entry(ref: $0.key, commit: $0.value) }
    }

    /// Layers that refs show which no import of ours sets: those pulled under remotes' names, and others that somebody has made.
    public func elsewhere() throws -> [Entry] {
        try repository.refsEverywhere(below: nil).sorted { $0.key < $1.key }
            .filter { !$0.key.hasPrefix(LayerRefs.blobs + "/") && !$0.key.hasPrefix("layerlab/") }
            .compactMap { try? entry(ref: $0.key, commit: $0.value) }
    }

    /// Removes files and refs that a process has left half written which was killed; to be called while the publishing lock is held.
    public func removeUnfinished() throws {
        try repository.removeUnfinishedExtensionFiles()
        repository.removeUnfinishedRefs(below: ["ostree/container", "layerlab"])
    }

    /// All commits that some ref shows, but for notes of what is being removed.
    public func commitsShown() throws -> Set<Digest> {
        Set(
            try repository.refsEverywhere(below: nil).lazy
                .filter { !$0.key.hasPrefix(LayerRefs.removals + "/") }.map(\.value))
    }

    /// The layer whose commit this is, with its strategy; nil where it is not one that this program knows.
    public func entry(of commit: Digest) throws -> Entry? { try entry(ref: commit.hex, commit: commit) }

    private func require(_ ref: String, _ commit: Digest) throws -> Entry {
        let found: Entry?
        do {
            found = try entry(ref: ref, commit: commit)
        } catch {
            throw LayerStoreError(.check, "the layer \(ref) is damaged: \(error)")
        }
        guard let found else {
            throw LayerStoreError(
                .input,
                "commit \(commit.hex) of \(ref) names no strategy that this program knows: it was not imported by layerlab, or by a newer one"
            )
        }
        return found
    }

    private func entry(ref: String, commit checksum: Digest) throws -> Entry? {
        let commit = try repository.commit(checksum)
        guard let diffID = commit.metadataText(LayerCommit.diffIDKey).flatMap({ Digest(oci: $0) }),
            let name = commit.metadataText(LayerCommit.strategyKey), let strategy = try? Strategy(parsing: name)
        else { return nil }
        return Entry(ref: ref, layer: StoredLayer(diffID: diffID, commit: checksum), strategy: strategy)
    }
}
