public import Digests
public import OSTree

/// `sidecar`: a file `extensions/layerlab/<commit>.recipe` in the repository's folder, which ostree leaves to others.
///
/// Nothing of it is an object or a ref (orphans are, in a commit of their own), and no ostree command carries it anywhere.
public struct Sidecar: Storage {
    public static let name = "sidecar"
    public static let summary = "a file extensions/layerlab/COMMIT.recipe in the repository's folder"
    public static let isFloor = false

    public init() {}

    public func attach(
        _ stored: Envelope, orphans: [Digest], to draft: inout CommitDraft, in transaction: Transaction
    ) throws {
        try OrphanTree.attachCompanion(orphans, of: stored.diffID, to: &draft, in: transaction)
    }

    public func finish(_ stored: Envelope, commit: Digest, in repository: Repository) throws {
        let source = try stored.source()
        try repository.writeExtensionFile(name(of: commit)) { try source.next() }
    }

    public func load(_ layer: StoredLayer, in repository: Repository) throws -> Envelope {
        let file = try file(layer, in: repository)
        return try Envelope(opening: { StoredSource(file, of: Sidecar.name) })
    }

    public func erase(_ layer: StoredLayer, in repository: Repository) throws {
        try repository.removeExtensionFile(name(of: layer.commit))
    }

    public func footprint(_ layer: StoredLayer, in repository: Repository) throws -> Footprint {
        Footprint(bytes: UInt64(try file(layer, in: repository).byteCount), files: 1, refs: 0)
    }

    /// Also recipes of whatever stream whose commits are not there after a day.
    public static func removeStale(of diffID: Digest, shown: Set<Digest>, in repository: Repository) throws {
        for name in repository.extensionFileNames() {
            guard name.hasSuffix(".recipe"), let commit = Digest(hex: name.dropLast(".recipe".count)),
                !shown.contains(commit)
            else { continue }
            let layer = StoredLayer(diffID: diffID, commit: commit)
            let isOurs = (try? Sidecar().load(layer, in: repository).diffID) == diffID
            let isForgotten = try !repository.has(.commit, commit) && repository.isOld(extensionFile: name)
            if isOurs || isForgotten { try repository.removeExtensionFile(name) }
        }
    }

    private func file(_ layer: StoredLayer, in repository: Repository) throws -> StoredFile {
        let name = name(of: layer.commit)
        guard let file = try repository.extensionFile(name, limit: Envelope.maximumBytes) else {
            throw StrategyError(.absent, Sidecar.name, "there is no file extensions/layerlab/\(name)")
        }
        return file
    }

    private func name(of commit: Digest) -> String { "\(commit.hex).recipe" }
}
