import Digests
import OSTree

/// Orphans as a tree: files named by their place among the layer's orphans, in stream order.
///
/// The names do not depend on checksums, so that a recipe may refer to an orphan by name whatever becomes of its
/// attributes.
enum OrphanTree {
    private static let attributes = FileAttributes(mode: 0o755)

    /// Writes a directory that holds the orphans.
    static func write(_ orphans: [Digest], in transaction: Transaction) throws(OSTreeError) -> DirectoryReference {
        let names = orphans.indices.map { Array(String($0).utf8) }
        let tree = DirectoryTree(files: zip(names, orphans).map { (name: $0, object: $1) })
        return DirectoryReference(
            contents: try transaction.write(tree), metadata: try transaction.writeDirectoryAttributes(attributes))
    }

    /// Writes the companion commit of a layer whose recipe is kept elsewhere; none where there are no orphans.
    static func attachCompanion(
        _ orphans: [Digest], of diffID: Digest, to draft: inout CommitDraft, in transaction: Transaction
    ) throws {
        guard !orphans.isEmpty else { return }
        let companion = CommitDraft(subject: "orphans of \(diffID)")
        let commit = try transaction.write(companion, root: try write(orphans, in: transaction))
        try LayerRefs.Companion.orphans.attach(commit, of: diffID, to: &draft, in: transaction)
    }
}
