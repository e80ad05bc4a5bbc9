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

    /// A ref at which a layer is, or should be, with the commit that it shows.
    public struct Name: Sendable {
        public var ref: String
        public var commit: Digest
    }

    private let repository: Repository

    public init(in repository: Repository) { self.repository = repository }

    /// All layers that layerlab imported, by ref. A ref whose commit cannot be read is nobody's layer.
    public func all() throws -> [Entry] {
        try repository.refs(below: LayerRefs.blobs).sorted { $0.key < $1.key }
            .compactMap { try? entry(ref: $0.key, commit: $0.value) }
    }

    /// The layer that a user names: a ref as import printed it, or the digest of a blob or stream.
    public func find(_ name: String) throws -> Entry { try require(try locate(name)) }

    /// The same without a look at what its commit holds: that may be damaged, or not be there.
    public func locate(_ name: String) throws -> Name {
        if let digest = Digest(oci: name) ?? Digest(hex: name) {
            let ref = LayerRefs.blob(digest)
            if let commit = try repository.resolveAnywhere(ref: ref) { return Name(ref: ref, commit: commit) }
            if let entry = try everywhere().first(where: { $0.layer.diffID == digest }) {
                return Name(ref: entry.ref, commit: entry.layer.commit)
            }
        } else if let commit = try? repository.resolve(ref: name) {
            return Name(ref: name, commit: commit)
        }
        if let commit = try? repository.resolveAnywhere(ref: LayerRefs.image(name)) {
            throw LayerStoreError(
                .input,
                "'\(name)' is an image (commit \(commit.hex)) and no layer; layerlab push writes it out as a whole")
        }
        let known = try all()
        let hint =
            known.isEmpty
            ? "it holds no layers yet; layerlab import adds one"
            : (StoredLayers.hint(of: name, known.map(\.ref)) ?? "")
                + "it holds \(known.count): \(known.prefix(3).map(\.ref).joined(separator: ", "))\(known.count > 3 ? " …" : "")"
        let unreadable = try names().count { (try? repository.commit($0.commit)) == nil }
        let damage =
            unreadable == 0
            ? "" : "; \(unreadable) more cannot be read, layerlab verify --repo \(repository.path) --deep names them"
        throw LayerStoreError(.input, "\(repository.path) has no layer '\(name)'; \(hint)\(damage)")
    }

    /// The layer that was meant, perhaps: one whose digest or ref is close to the name.
    private static func hint(of name: String, _ refs: [String]) -> String? {
        // A digest that was cut short, as lists do.
        let digits = name.hasPrefix("sha256:") ? name.dropFirst("sha256:".count) : name[...]
        let begun = digits.count > 3 ? refs.filter { $0.hasSuffix(digits) || $0.contains("_3A_\(digits)") } : []
        let close = begun.count == 1 ? begun[0] : nearest(to: name, among: refs)
        return close.map { "did you mean '\($0)'? " }
    }

    /// Every ref at which a layer may be, remotes' too, by ref. Whose commits they show, and whether these are there, is not
    /// known yet.
    public func names() throws -> [Name] {
        try repository.refsEverywhere(below: LayerRefs.blobs).sorted { $0.key < $1.key }
            .map { Name(ref: $0.key, commit: $0.value) }
    }

    /// Every ref, remotes' too, of an image, of what makes a blob again, and of a dictionary, by ref.
    public func otherNames() throws -> [Name] {
        try [LayerRefs.images, LayerRefs.blobForms, LayerRefs.dictionaries].flatMap { prefix in
            try repository.refsEverywhere(below: prefix).sorted { $0.key < $1.key }
                .map { Name(ref: $0.key, commit: $0.value) }
        }
    }

    /// The layer of a blob, by its digest as it was distributed; nil where there is none that layerlab imported.
    public func layer(ofBlob digest: Digest) throws -> Entry? {
        let ref = LayerRefs.blob(digest)
        return try repository.resolveAnywhere(ref: ref).flatMap { try entry(Name(ref: ref, commit: $0)) }
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
        try names().compactMap { try? entry(ref: $0.ref, commit: $0.commit) }
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
        repository.removeUnfinishedRefs(below: [LayerRefs.blobs, "layerlab"])
    }

    /// All commits that some ref shows, but for notes of what is being removed.
    public func commitsShown() throws -> Set<Digest> {
        Set(
            try repository.refsEverywhere(below: nil).lazy
                .filter { !$0.key.hasPrefix(LayerRefs.removals + "/") }.map(\.value))
    }

    /// The layer whose commit this is, with its strategy; nil where it is not one that this program knows.
    public func entry(of commit: Digest) throws -> Entry? { try entry(Name(ref: commit.hex, commit: commit)) }

    private func require(_ name: Name) throws -> Entry {
        let found: Entry?
        do {
            found = try entry(name)
        } catch {
            throw LayerStoreError(.check, "the layer \(name.ref) is damaged: \(error)", object: name.commit)
        }
        guard let found else { throw StoredLayers.notImported(name) }
        return found
    }

    /// Why a sound commit is no layer.
    public static func notImported(_ name: Name) -> LayerStoreError {
        LayerStoreError(
            .input,
            "commit \(name.commit.hex) of \(name.ref) names no strategy that this program knows: it was not imported by layerlab, or by a newer one"
        )
    }

    /// The layer at a ref, by a commit that was compared with its checksum: one that is not the ref's would name another
    /// layer, by its own diff ID. Nil where layerlab did not import it.
    func entry(_ name: Name) throws -> Entry? {
        try repository.requireSound(commit: name.commit)
        return try entry(ref: name.ref, commit: name.commit)
    }

    private func entry(ref: String, commit checksum: Digest) throws -> Entry? {
        let commit = try repository.commit(checksum)
        guard let diffID = commit.metadataText(LayerCommit.diffIDKey).flatMap({ Digest(oci: $0) }),
            let name = commit.metadataText(LayerCommit.strategyKey), let strategy = try? Strategy(parsing: name)
        else { return nil }
        return Entry(ref: ref, layer: StoredLayer(diffID: diffID, commit: checksum), strategy: strategy)
    }
}
