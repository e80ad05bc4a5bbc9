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
        try repository.writeExtensionFile(file(of: commit), stored.bytes)
    }

    public func load(_ layer: StoredLayer, in repository: Repository) throws -> Envelope {
        try Envelope(bytes: try bytes(layer, in: repository))
    }

    public func erase(_ layer: StoredLayer, in repository: Repository) throws {
        try repository.removeExtensionFile(file(of: layer.commit))
    }

    public func footprint(_ layer: StoredLayer, in repository: Repository) throws -> Footprint {
        Footprint(bytes: UInt64(try bytes(layer, in: repository).count), files: 1, refs: 0)
    }

    private func bytes(_ layer: StoredLayer, in repository: Repository) throws -> [UInt8] {
        guard let bytes = try repository.readExtensionFile(file(of: layer.commit), limit: Envelope.maximumBytes) else {
            throw StrategyError(.absent, Sidecar.name, "there is no file extensions/layerlab/\(file(of: layer.commit))")
        }
        return bytes
    }

    private func file(of commit: Digest) -> String { "\(commit.hex).recipe" }
}
