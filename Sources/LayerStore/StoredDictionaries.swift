public import Digests
public import OSTree
public import Strategies

/// The dictionaries that a repository holds for all of its layers: each once, a commit of its own under
/// `layerlab/dictionary/<SHA-256>` whose tree is the one file `dictionary`.
///
/// A layer names its dictionary by digest, in its strategy. The ref keeps the commit through every prune, and no import
/// ever takes it away: other layers may need it.
///
/// Format: `Documentation/formats/storages.md`.
public struct StoredDictionaries {
    static let fileName = Array("dictionary".utf8)
    private let repository: Repository

    public init(in repository: Repository) { self.repository = repository }

    /// The digests of all dictionaries that the repository's own refs name, sorted.
    public func all() throws -> [Digest] {
        let prefix = LayerRefs.dictionaries + "/"
        return try repository.refs(below: LayerRefs.dictionaries).keys
            .compactMap { Digest(hex: $0.dropFirst(prefix.count)) }.sorted()
    }

    /// A dictionary, compared with its digest. An error of kind `absent` where the repository has none of that digest, own
    /// or pulled, and of kind `malformed` where it is another one.
    public func load(_ digest: Digest) throws -> [UInt8] {
        guard let commit = try repository.resolveAnywhere(ref: LayerRefs.dictionary(digest)) else {
            throw StrategyError.absentDictionary(digest)
        }
        return try load(digest, from: commit)
    }

    /// The same from a commit that no ref may show yet.
    func load(_ digest: Digest, from commit: Digest) throws -> [UInt8] {
        guard try repository.has(.commit, commit) else { throw StrategyError.absentDictionary(digest) }
        let tree = try repository.directoryTree(try repository.commit(commit).tree.contents)
        guard let file = tree.files.first(where: { $0.name == StoredDictionaries.fileName }) else {
            throw malformed(digest, "commit \(commit.hex) holds no file 'dictionary'")
        }
        let stream = try PayloadStream(file.object, in: repository)
        let bytes = try stream.readAll(limit: ZstdDictionary.maximumBytes + 1)
        guard SHA256Stream.digest(of: bytes) == digest else {
            throw malformed(digest, "what the repository holds under its name has another digest")
        }
        return try ZstdDictionary(bytes).bytes
    }

    /// What an encoding requires: from `given` where it is there, else from the repository.
    public func load(
        _ digests: Set<Digest>, given: [ZstdDictionary] = []
    ) throws -> [Digest: [UInt8]] {
        var found: [Digest: [UInt8]] = [:]
        for digest in digests.sorted() {
            found[digest] = try given.first { $0.digest == digest }?.bytes ?? load(digest)
        }
        return found
    }

    /// Writes a dictionary's commit. No ref shows it yet.
    func write(_ dictionary: ZstdDictionary, in transaction: Transaction) throws -> Digest {
        let file = try transaction.writeFile(dictionary.bytes[...], FileAttributes(mode: 0o644))
        let root = DirectoryReference(
            contents: try transaction.write(DirectoryTree(files: [(StoredDictionaries.fileName, file)])),
            metadata: try transaction.writeDirectoryAttributes(FileAttributes(mode: 0o755)))
        return try transaction.write(CommitDraft(subject: "dictionary sha256:\(dictionary.digest.hex)"), root: root)
    }

    private func malformed(_ digest: Digest, _ reason: String) -> StrategyError {
        StrategyError(.malformed, "dictionary \(digest.hex)", reason)
    }
}

/// The dictionaries of one import: those that its encoding needs, loaded, and those of them that it adds to the repository.
struct ImportedDictionaries {
    /// For the encoding's context.
    private(set) var loaded: [Digest: [UInt8]] = [:]
    /// The commits of those that are new, by their digests.
    private(set) var added: [Digest: Digest] = [:]
    private let repository: Repository

    /// Loads what the encoding requires, and writes those of `given` that the repository lacks; to be called while the
    /// publishing lock is held. A floor adds nothing: it keeps no recipe that would need them.
    init(
        for strategy: Strategy, given: [ZstdDictionary], in repository: Repository, _ transaction: Transaction
    ) throws {
        self.repository = repository
        let stored = StoredDictionaries(in: repository)
        for digest in strategy.encoding.requiredDictionaries.sorted() {
            if let dictionary = given.first(where: { $0.digest == digest }) {
                loaded[digest] = dictionary.bytes
                guard !type(of: strategy.storage).isFloor,
                    try repository.resolveAnywhere(ref: LayerRefs.dictionary(digest)) == nil
                else { continue }
                added[digest] = try stored.write(dictionary, in: transaction)
            } else {
                loaded[digest] = try stored.load(digest)
            }
        }
    }

    /// What the repository gives for the encoding's context, read back.
    func readBack() throws -> [Digest: [UInt8]] {
        let stored = StoredDictionaries(in: repository)
        var found: [Digest: [UInt8]] = [:]
        for digest in loaded.keys {
            found[digest] = try added[digest].map { try stored.load(digest, from: $0) } ?? stored.load(digest)
        }
        return found
    }

    /// Shows the new ones, before any layer that needs them is shown.
    func publish() throws {
        for (digest, commit) in added { try repository.set(ref: LayerRefs.dictionary(digest), to: commit) }
        try repository.sync(refs: added.keys.map(LayerRefs.dictionary))
    }

    /// Hides them again after a failure; the publishing lock has been held all the time, so that nobody else needs them yet.
    func withdraw() throws {
        for digest in added.keys where try repository.resolve(ref: LayerRefs.dictionary(digest)) != nil {
            try repository.remove(ref: LayerRefs.dictionary(digest))
        }
    }
}
