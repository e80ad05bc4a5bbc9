internal import Digests
internal import OSTree
internal import Strategies

/// A folder of the tree that an image's layers make together. It is read from the repository when somebody looks into it, so
/// that what only one layer has costs nothing.
final class MergedFolder {
    enum Entry {
        case file(Digest)
        case folder(MergedFolder)
    }

    /// The object of its own attributes; nil for one that is only there for what is below it.
    var metadata: Digest?
    private var content: Content

    private enum Content {
        /// As the repository has it; nobody has looked into it.
        case stored(Digest)
        case open([[UInt8]: Entry])
    }

    /// A folder of the repository.
    init(_ reference: DirectoryReference) {
        metadata = reference.metadata
        content = .stored(reference.contents)
    }

    /// An empty folder.
    init(metadata: Digest?) {
        self.metadata = metadata
        content = .open([:])
    }

    private func entries(in repository: Repository) throws -> [[UInt8]: Entry] {
        switch content {
        case .open(let entries): return entries
        case .stored(let contents):
            let tree = try repository.directoryTree(contents)
            var entries: [[UInt8]: Entry] = [:]
            entries.reserveCapacity(tree.files.count + tree.directories.count)
            for file in tree.files { entries[file.name] = .file(file.object) }
            for folder in tree.directories { entries[folder.name] = .folder(MergedFolder(folder.directory)) }
            content = .open(entries)
            return entries
        }
    }

    func entry(_ name: [UInt8], in repository: Repository) throws -> Entry? { try entries(in: repository)[name] }

    /// Puts something at a name, or takes away what is there.
    func set(_ name: [UInt8], to entry: Entry?, in repository: Repository) throws {
        var entries = try entries(in: repository)
        // Only one copy of the table, so that setting a name costs the same however many there are.
        content = .open([:])
        entries[name] = entry
        content = .open(entries)
    }

    func removeAll() { content = .open([:]) }

    /// Writes the folder and what is new below it; attributes that nothing describes are those of implied directories.
    func write(in transaction: Transaction, impliedAttributes: Digest) throws -> DirectoryReference {
        let metadata = metadata ?? impliedAttributes
        guard case .open(let entries) = content else {
            guard case .stored(let contents) = content else { preconditionFailure("there are two cases") }
            return DirectoryReference(contents: contents, metadata: metadata)
        }
        var tree = DirectoryTree()
        for (name, entry) in entries {
            switch entry {
            case .file(let object): tree.files.append((name, object))
            case .folder(let folder):
                tree.directories.append(
                    (name, try folder.write(in: transaction, impliedAttributes: impliedAttributes)))
            }
        }
        return DirectoryReference(contents: try transaction.write(tree), metadata: metadata)
    }
}
