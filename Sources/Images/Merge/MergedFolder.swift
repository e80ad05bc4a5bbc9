internal import Digests
internal import OSTree

/// A folder of the tree that an image's layers make together.
final class MergedFolder {
    enum Entry {
        case file(Digest)
        case folder(MergedFolder)
    }

    /// The object of its own attributes; nil for one that no layer describes.
    var metadata: Digest?
    var entries: [[UInt8]: Entry] = [:]

    /// Writes the folder and what is below it; attributes that nothing describes are those of implied directories.
    func write(in transaction: Transaction, impliedAttributes: Digest) throws -> DirectoryReference {
        var tree = DirectoryTree()
        for (name, entry) in entries {
            switch entry {
            case .file(let object): tree.files.append((name, object))
            case .folder(let folder):
                tree.directories.append(
                    (name, try folder.write(in: transaction, impliedAttributes: impliedAttributes)))
            }
        }
        return DirectoryReference(contents: try transaction.write(tree), metadata: metadata ?? impliedAttributes)
    }
}
