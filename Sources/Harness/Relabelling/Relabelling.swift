public import Digests
internal import LayerStore
public import OSTree
internal import Strategies

/// What a host does to a layer's commit when it relabels it for SELinux, as bootc does: every file and directory of the
/// tree is written again with a label of its own, the commit's metadata are copied over, and its refs move.
///
/// Paths and contents stay, and every content object has another checksum. Companion commits (orphans, recipes under refs of
/// their own) stay as they are: they are no layers, and no host looks at them. Payloads are streamed.
public struct Relabelling: Sendable {
    /// What becomes of the extended attributes that are no labels.
    public enum Others: Sendable {
        case kept
        /// These stand in their place, on every file, link and directory.
        case replaced(by: [ExtendedAttribute])
    }

    /// What was done.
    public struct Result: Sendable, Equatable {
        public var oldCommit: Digest
        public var newCommit: Digest
        /// The refs that moved.
        public var refs: [String]
        public var fileCount = 0
        public var directoryCount = 0
        /// Files and links whose object has another checksum now.
        public var changedFileCount = 0
    }

    private let others: Others
    private let copiesRecipe: Bool
    private let label: @Sendable (_ path: [UInt8]) -> [UInt8]?

    /// - Parameters:
    ///   - copiesRecipe: whether what a storage keeps beside a commit, a sidecar or detached metadata, is copied to the new
    ///     one. Nothing but layerlab knows of it, so a host has to be told.
    ///   - label: the value of `security.selinux` for a path, names with slashes between them; nil leaves the label out.
    public init(
        others: Others = .kept, copiesRecipe: Bool = true,
        label: @escaping @Sendable ([UInt8]) -> [UInt8]? = Relabelling.usualLabel
    ) {
        (self.others, self.copiesRecipe, self.label) = (others, copiesRecipe, label)
    }

    /// A label such as a policy gives, by the first name of the path, with categories of the path's own: hardly two paths
    /// share one, so that not even two names of one file keep a common object.
    public static func usualLabel(of path: [UInt8]) -> [UInt8] {
        let name = path.prefix { $0 != UInt8(ascii: "/") }
        let type = name.isEmpty || !name.allSatisfy { (0x61...0x7a).contains($0) } ? Array("default".utf8)[...] : name
        let digest = SHA256Stream.digest(of: path).bytes
        let number = digest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        return Array("system_u:object_r:".utf8) + type
            + Array("_t:s0:c\(number & 511),c\(number >> 9 & 511 | 512)\0".utf8)
    }

    /// Relabels a layer that a user names (see `StoredLayers.find`). The old commit stays until the next prune.
    public func relabel(_ name: String, in repository: Repository) throws -> Result {
        let layers = StoredLayers(in: repository)
        let entry = try layers.find(name)
        let old = try repository.commit(entry.layer.commit)
        let shared = try SharedLock(of: repository)
        defer { extendLifetime(shared) }
        let transaction = try Transaction(in: repository)
        defer { transaction.abort() }
        var walk = Walk(relabelling: self, repository: repository, transaction: transaction)
        let root = try walk.write(old.tree, at: [])
        let commit = try transaction.write(CommitDraft(copying: old), root: root)
        try transaction.commit()

        let lock = try PublishingLock.untilInterrupted(of: repository)
        defer { extendLifetime(lock) }
        if copiesRecipe, let envelope = layers.envelope(of: entry) {
            try entry.strategy.storage.finish(envelope, commit: commit, in: repository)
        }
        let refs = try layers.all().filter { $0.layer == entry.layer }.map(\.ref)
        for ref in Set(refs + [entry.ref]).sorted() { try repository.set(ref: ref, to: commit) }
        return Result(
            oldCommit: old.checksum, newCommit: commit, refs: Set(refs + [entry.ref]).sorted(),
            fileCount: walk.fileCount, directoryCount: walk.directoryCount, changedFileCount: walk.changedFileCount)
    }

    /// The attributes that a path has afterwards.
    private func attributes(_ present: [ExtendedAttribute], at path: [UInt8]) -> [ExtendedAttribute] {
        var result: [ExtendedAttribute]
        switch others {
        case .kept: result = FileAttributes(mode: 0, extendedAttributes: present).withoutLabel.extendedAttributes
        case .replaced(let attributes): result = attributes
        }
        if let label = label(path) { result.append(.init(name: Array("security.selinux".utf8), value: label)) }
        return result
    }

    /// Writes a tree again, from the root down; a layer's is no deeper than the importer lets it be.
    private struct Walk {
        let relabelling: Relabelling
        let repository: Repository
        let transaction: Transaction
        var fileCount = 0
        var directoryCount = 0
        var changedFileCount = 0

        mutating func write(_ directory: DirectoryReference, at path: [UInt8]) throws -> DirectoryReference {
            try Interruption.check()
            var attributes = try repository.directoryAttributes(directory.metadata)
            attributes.extendedAttributes = relabelling.attributes(attributes.extendedAttributes, at: path)
            var tree = try repository.directoryTree(directory.contents)
            let prefix = path.isEmpty ? [] : path + [UInt8(ascii: "/")]
            for index in tree.files.indices {
                let (name, object) = tree.files[index]
                let present = try repository.fileObject(object).attributes.extendedAttributes
                let copy = try transaction.write(
                    copyOf: object, extendedAttributes: relabelling.attributes(present, at: prefix + name))
                if copy != object { changedFileCount += 1 }
                tree.files[index].object = copy
            }
            for index in tree.directories.indices {
                let (name, child) = tree.directories[index]
                tree.directories[index].directory = try write(child, at: prefix + name)
            }
            fileCount += tree.files.count
            directoryCount += 1
            return DirectoryReference(
                contents: try transaction.write(tree), metadata: try transaction.writeDirectoryAttributes(attributes))
        }
    }
}
