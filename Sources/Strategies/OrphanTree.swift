public import Digests
public import OSTree

/// Orphans as a tree: files named by their place among the layer's orphans, in stream order.
///
/// The names do not depend on checksums, so that a recipe may refer to an orphan by name whatever becomes of its
/// attributes.
public enum OrphanTree {
    private static let attributes = FileAttributes(mode: 0o755)

    /// Writes a directory that holds the orphans.
    static func write(_ orphans: [Digest], in transaction: Transaction) throws(OSTreeError) -> DirectoryReference {
        let names = orphans.indices.map { Array(String($0).utf8) }
        let tree = DirectoryTree(files: zip(names, orphans).map { (name: $0, object: $1) })
        return DirectoryReference(
            contents: try transaction.write(tree), metadata: try transaction.writeDirectoryAttributes(attributes))
    }

    /// The orphans of a layer, by their numbers.
    static func read(_ layer: StoredLayer, in repository: Repository) throws -> [Digest] {
        for companion in LayerRefs.Companion.allCases {
            guard let checksum = try companion.commit(of: layer, in: repository) else { continue }
            var tree = try repository.directoryTree(try repository.commit(checksum).tree.contents)
            if companion == .recipe {
                guard let orphans = tree.directories.first(where: { $0.name == SeparateRef.orphansName }) else {
                    continue
                }
                tree = try repository.directoryTree(orphans.directory.contents)
            }
            return try order(tree.files, of: checksum)
        }
        return []
    }

    private static func order(_ files: [(name: [UInt8], object: Digest)], of commit: Digest) throws -> [Digest] {
        let numbered = files.compactMap { file in
            Int(String(decoding: file.name, as: UTF8.self)).map { ($0, file.object) }
        }
        .sorted { $0.0 < $1.0 }
        guard numbered.map(\.0) == Array(files.indices) else {
            throw StrategyError(.malformed, "orphans", "commit \(commit.hex) does not hold them by their numbers")
        }
        return numbered.map(\.1)
    }

    /// Writes the companion commit of a layer whose recipe is kept elsewhere, has the transaction set its ref, and names it
    /// in the layer's draft; nothing where there are no orphans. A storage without a place of its own for orphans calls it
    /// in `attach`.
    public static func attachCompanion(
        _ orphans: [Digest], of diffID: Digest, to draft: inout CommitDraft, in transaction: Transaction
    ) throws {
        guard !orphans.isEmpty else { return }
        let companion = CommitDraft(subject: "orphans of \(diffID)")
        let commit = try transaction.write(companion, root: try write(orphans, in: transaction))
        try LayerRefs.Companion.orphans.attach(commit, of: diffID, to: &draft, in: transaction)
    }
}
