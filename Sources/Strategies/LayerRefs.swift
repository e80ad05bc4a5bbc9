public import Digests
import OSTree

/// The refs under which a repository keeps layers. A digest is escaped as ostree-ext does it: `:` becomes `_3A_`.
public enum LayerRefs {
    /// Where ostree-ext keeps one commit per layer.
    public static let blobs = "ostree/container/blob"

    /// The ref of a layer, by the digest of its blob as it was distributed.
    public static func blob(_ digest: Digest) -> String { "\(blobs)/\(escape(digest))" }

    /// The ref of the commit that keeps a layer's orphans alive.
    static func orphans(_ diffID: Digest) -> String { "layerlab/orphans/\(escape(diffID))" }

    /// The ref of the commit that holds a layer's recipe, for the storage `separate-ref`.
    static func recipe(_ diffID: Digest) -> String { "layerlab/recipe/\(escape(diffID))" }

    private static func escape(_ digest: Digest) -> String { "sha256_3A_\(digest.hex)" }
}

/// Orphans as a tree: files named by their place among the layer's orphans, in stream order.
///
/// The names do not depend on checksums, so that a recipe may refer to an orphan by name whatever becomes of its
/// attributes.
enum OrphanTree {
    private static let attributes = FileAttributes(mode: 0o755)

    /// Writes a directory that holds the orphans.
    static func write(
        _ orphans: [Digest], files: [(name: [UInt8], object: Digest)] = [], in transaction: Transaction
    ) throws(OSTreeError) -> DirectoryReference {
        let names = orphans.indices.map { Array(String($0).utf8) }
        let tree = DirectoryTree(files: files + zip(names, orphans).map { (name: $0, object: $1) })
        return DirectoryReference(
            contents: try transaction.write(tree), metadata: try transaction.writeDirectoryAttributes(attributes))
    }

    /// Writes the companion commit of a layer whose recipe is kept elsewhere; none where there are no orphans.
    static func writeCompanion(
        _ orphans: [Digest], of diffID: Digest, in transaction: Transaction
    ) throws(OSTreeError) {
        guard !orphans.isEmpty else { return }
        let draft = CommitDraft(subject: "orphans of \(diffID)")
        let commit = try transaction.write(draft, root: try write(orphans, in: transaction))
        transaction.setRef(LayerRefs.orphans(diffID), to: commit)
    }

    /// Takes the companion commit's ref away with the transaction.
    static func removeCompanion(of diffID: Digest, in transaction: Transaction) {
        transaction.setRef(LayerRefs.orphans(diffID), to: nil)
    }
}
