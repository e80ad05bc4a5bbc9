public import Digests
public import OSTree

/// `separate-ref`: a commit of its own under `layerlab/recipe/…`, with the envelope as a file and the orphans as a tree.
///
/// The layer's commit holds no more than that commit's checksum; whoever pulls the layer must pull this ref too.
public struct SeparateRef: Storage {
    public static let name = "separate-ref"
    public static let summary = "a second commit under its own ref"
    public static let isFloor = false
    private static let fileName = Array("recipe".utf8)
    static let orphansName = Array("orphans".utf8)

    public init() {}

    public func attach(
        _ stored: Envelope, orphans: [Digest], to draft: inout CommitDraft, in transaction: Transaction
    ) throws {
        let source = try stored.source()
        let file = try transaction.writeFile(byteCount: stored.byteCount, FileAttributes(mode: 0o644)) {
            try source.next()
        }
        var root = DirectoryTree(files: [(SeparateRef.fileName, file)])
        if !orphans.isEmpty {
            root.directories = [(SeparateRef.orphansName, try OrphanTree.write(orphans, in: transaction))]
        }
        let reference = DirectoryReference(
            contents: try transaction.write(root),
            metadata: try transaction.writeDirectoryAttributes(FileAttributes(mode: 0o755)))
        let commit = try transaction.write(CommitDraft(subject: "recipe of \(stored.diffID)"), root: reference)
        try LayerRefs.Companion.recipe.attach(commit, of: stored.diffID, to: &draft, in: transaction)
    }

    public func finish(_ stored: Envelope, commit: Digest, in repository: Repository) throws {}

    public func load(_ layer: StoredLayer, in repository: Repository) throws -> Envelope {
        let object = try file(layer, in: repository).object
        guard case .regular(let byteCount) = try repository.fileObject(object).content,
            byteCount <= UInt64(Envelope.maximumBytes)
        else {
            throw StrategyError(.malformed, SeparateRef.name, "object \(object.hex) is no recipe's file")
        }
        return try Envelope(opening: { StoredSource(object, byteCount: Int(byteCount), in: repository) })
    }

    public func erase(_ layer: StoredLayer, in repository: Repository) throws {}

    public func footprint(_ layer: StoredLayer, in repository: Repository) throws -> Footprint {
        let (commit, object) = try file(layer, in: repository)
        let objects: [(Repository.ObjectKind, Digest)] = [
            (.commit, commit.checksum), (.directoryTree, commit.tree.contents),
            (.directoryMetadata, commit.tree.metadata), (.file, object),
        ]
        let bytes = try objects.reduce(0) { try $0 + repository.storedByteCount($1.0, $1.1) }
        return Footprint(bytes: bytes, files: objects.count, refs: 1)
    }

    private func file(_ layer: StoredLayer, in repository: Repository) throws -> (commit: Commit, object: Digest) {
        guard let checksum = try LayerRefs.Companion.recipe.commit(of: layer, in: repository) else {
            throw StrategyError(.absent, SeparateRef.name, "commit \(layer.commit.hex) names no recipe")
        }
        guard try repository.has(.commit, checksum) else {
            throw StrategyError(
                .absent, SeparateRef.name,
                "the recipe's commit \(checksum.hex) is gone; were its ref deleted and pruned?")
        }
        let commit = try repository.commit(checksum)
        let tree = try repository.directoryTree(commit.tree.contents)
        guard let file = tree.files.first(where: { $0.name == SeparateRef.fileName }) else {
            throw StrategyError(.absent, SeparateRef.name, "commit \(checksum.hex) holds no file 'recipe'")
        }
        return (commit, file.object)
    }
}
