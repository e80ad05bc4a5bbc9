internal import Digests
internal import OSTree
internal import Strategies

/// Makes one tree out of the trees of an image's layers, as unpacking their tars one over the other would: whiteouts remove
/// what is below, what is in a layer replaces what has its path, and directories that are in both are merged.
///
/// Directories that a layer only implies keep what lower layers say of them; where a symbolic link is in the place of one, it
/// is followed within the tree. Hard links may name files of lower layers.
struct TreeMerge {
    /// Symbolic links that are followed for one path, as many as Linux follows.
    private static let maximumLinks = 40

    private let repository: Repository
    private let policy: PathPolicy
    private let root = MergedFolder(metadata: nil)
    /// What could not be merged as the layers say, a line each.
    private(set) var findings: [String] = []

    init(in repository: Repository, policy: PathPolicy) {
        self.repository = repository
        self.policy = policy
    }

    /// Puts a layer over those so far.
    mutating func add(_ commit: Commit) throws {
        let changeset = try LayerChangeset(of: commit)
        // A link names what is there before this layer takes anything away.
        let links = try changeset.links.map { ($0, try object(at: $0.target)) }
        var layer = Layer(changeset: changeset, isRootDescribed: try describesRoot(commit, changeset))
        for name in changeset.removedNames { try remove(toplevel: name) }
        try merge(commit.tree, into: root, at: [], &layer)
        for (link, object) in links { try place(link, object) }
    }

    /// Writes the tree.
    func write(in transaction: Transaction) throws -> DirectoryReference {
        let implied = try transaction.writeDirectoryAttributes(LayerTree.impliedDirectory.attributes)
        return try root.write(in: transaction, impliedAttributes: implied)
    }

    // MARK: Folders

    /// A layer while its folders are visited.
    private struct Layer {
        let changeset: LayerChangeset
        let isRootDescribed: Bool
        /// The number of the next folder, depth first.
        var nextNumber = 0

        /// Whether an entry of the layer describes the folder that is visited next.
        mutating func describesNext() -> Bool {
            defer { nextNumber += 1 }
            return nextNumber == 0 ? isRootDescribed : !changeset.impliedDirectories.contains(nextNumber)
        }
    }

    private func describesRoot(_ commit: Commit, _ changeset: LayerChangeset) throws -> Bool {
        if changeset.describesPlainRoot { return true }
        return try repository.directoryAttributes(commit.tree.metadata).withoutLabel
            != LayerTree.impliedDirectory.attributes
    }

    private mutating func merge(
        _ source: DirectoryReference, into folder: MergedFolder, at path: [[UInt8]], _ layer: inout Layer
    ) throws {
        if layer.describesNext() { folder.metadata = source.metadata }
        let tree = try repository.directoryTree(source.contents)
        let whiteouts = (tree.files.map(\.name) + tree.directories.map(\.name)).filter(\.isWhiteout)
        if whiteouts.contains(Whiteout.opaque) { folder.removeAll() }
        for name in whiteouts {
            guard let removed = name.removedByWhiteout.map({ Array($0) }) else { continue }
            if path.isEmpty { try remove(toplevel: removed) } else { try folder.set(removed, to: nil, in: repository) }
        }
        for file in tree.files where !file.name.isWhiteout {
            try folder.set(file.name, to: .file(file.object), in: repository)
        }
        for (name, reference) in tree.directories {
            if name.isWhiteout {
                // Its folders have numbers, too.
                try skip(reference, &layer)
                continue
            }
            let path = path + [name]
            let isDescribed = layer.nextNumber == 0 || !layer.changeset.impliedDirectories.contains(layer.nextNumber)
            let target = try self.folder(for: name, in: folder, at: path, isDescribed: isDescribed)
            try merge(reference, into: target, at: path, &layer)
        }
    }

    /// The folder that a layer's folder is merged into; one is made where there is none.
    private mutating func folder(
        for name: [UInt8], in parent: MergedFolder, at path: [[UInt8]], isDescribed: Bool
    ) throws -> MergedFolder {
        switch try parent.entry(name, in: repository) {
        case .folder(let existing): return existing
        case .file(let object) where !isDescribed:
            // Unpacking would follow a link here.
            if case .symbolicLink(let target) = try repository.fileObject(object).content {
                if let found = try follow(target, from: Array(path.dropLast())) { return found }
                findings.append(
                    "'\(text(path))' is a link to '\(text([target]))', where there is no folder to put a layer's files into; it is replaced"
                )
            }
        case .file, nil: break
        }
        let made = MergedFolder(metadata: nil)
        try parent.set(name, to: .folder(made), in: repository)
        return made
    }

    private mutating func skip(_ reference: DirectoryReference, _ layer: inout Layer) throws {
        layer.nextNumber += 1
        for entry in try repository.directoryTree(reference.contents).directories { try skip(entry.directory, &layer) }
    }

    // MARK: Paths

    /// Removes a toplevel name from where the policy puts it.
    private func remove(toplevel name: [UInt8]) throws {
        guard case .path(let path) = policy.place(name), let last = path.last else { return }
        var folder = root
        for component in path.dropLast() {
            guard case .folder(let next) = try folder.entry(component, in: repository) else { return }
            folder = next
        }
        try folder.set(last, to: nil, in: repository)
    }

    /// The folder that a link leads to, within the tree.
    private func follow(_ target: [UInt8], from folder: [[UInt8]]) throws -> MergedFolder? {
        var rest = TreeMerge.names(target)
        var path = target.first == UInt8(ascii: "/") ? [] : folder
        if target.first == UInt8(ascii: "/") { rest = placed(rest) }
        var links = 1
        rest.reverse()
        while let name = rest.popLast() {
            if name.elementsEqual("..".utf8) {
                _ = path.popLast()
                continue
            }
            guard case .folder(let parent) = try find(path) else { return nil }
            switch try parent.entry(name, in: repository) {
            case .folder: path.append(name)
            case .file(let object):
                guard links < TreeMerge.maximumLinks,
                    case .symbolicLink(let next) = try repository.fileObject(object).content
                else { return nil }
                links += 1
                var names = TreeMerge.names(next)
                if next.first == UInt8(ascii: "/") {
                    path = []
                    names = placed(names)
                }
                rest += names.reversed()
            case nil: return nil
            }
        }
        guard case .folder(let found) = try find(path) else { return nil }
        return found
    }

    /// Where an absolute path of the system is in the tree.
    private func placed(_ names: [[UInt8]]) -> [[UInt8]] {
        guard !names.contains(where: { $0.elementsEqual("..".utf8) }),
            case .path(let path) = policy.place(Array(names.joined(separator: [UInt8(ascii: "/")])))
        else { return names }
        return path
    }

    private static func names(_ path: [UInt8]) -> [[UInt8]] {
        path.split(separator: UInt8(ascii: "/")).map { Array($0) }.filter { !$0.elementsEqual(".".utf8) }
    }

    private func find(_ path: [[UInt8]]) throws -> MergedFolder.Entry? {
        var entry = MergedFolder.Entry.folder(root)
        for name in path {
            guard case .folder(let folder) = entry, let next = try folder.entry(name, in: repository) else {
                return nil
            }
            entry = next
        }
        return entry
    }

    // MARK: Links

    private func object(at path: [[UInt8]]) throws -> Digest? {
        guard case .file(let object) = try find(path) else { return nil }
        return object
    }

    private mutating func place(_ link: LayerChangeset.Link, _ object: Digest?) throws {
        guard let object else {
            findings.append(
                "the hard link '\(text(link.path))' names '\(text(link.target))', which no layer has; it is left out")
            return
        }
        guard let name = link.path.last else { return }
        var folder = root
        var path: [[UInt8]] = []
        for component in link.path.dropLast() {
            path.append(component)
            folder = try self.folder(for: component, in: folder, at: path, isDescribed: false)
        }
        try folder.set(name, to: .file(object), in: repository)
    }

    private func text(_ path: [[UInt8]]) -> String {
        String(decoding: Array(path.joined(separator: [UInt8(ascii: "/")])).prefix(200), as: UTF8.self)
    }
}
