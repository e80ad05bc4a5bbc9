internal import Digests
internal import LayerStore
internal import OSTree
internal import Strategies

/// Makes one tree out of the trees of an image's layers, as unpacking their tars one over the other would: whiteouts remove
/// what is below, what is in a layer replaces what has its path, and directories that are in both are merged.
///
/// Directories that a layer only implies keep what lower layers say of them; where a symbolic link is in the place of one, it
/// is followed within the image. Hard links may name files of lower layers.
struct TreeMerge {
    /// Symbolic links that are followed for one path, as many as Linux follows.
    private static let maximumLinks = 40
    /// Deeper folders are refused, as ostree's pull refuses them. No layer has them, but links may put one layer below another.
    private static let maximumDepth = 255

    private let image: String
    private let repository: Repository
    private let policy: PathPolicy
    private let root = MergedFolder()
    /// What could not be merged as the layers say, a line each.
    private(set) var findings: [String] = []

    /// - Parameter image: what errors call it.
    init(of image: String, in repository: Repository, policy: PathPolicy) {
        self.image = image
        self.repository = repository
        self.policy = policy
    }

    /// Puts a layer over those so far.
    mutating func add(_ commit: Commit) throws {
        let changeset = try LayerChangeset(of: commit)
        // A link names what is there before this layer takes anything away.
        let links = try changeset.links.map { ($0, try object(at: $0.target)) }
        var layer = Layer(changeset: changeset, isRootDescribed: try describesRoot(commit, changeset))
        if changeset.removesAll { root.entries = [:] }
        for name in changeset.removedNames { remove(toplevel: name) }
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
        var describesNext: Bool {
            nextNumber == 0 ? isRootDescribed : !changeset.impliedDirectories.contains(nextNumber)
        }
    }

    private func describesRoot(_ commit: Commit, _ changeset: LayerChangeset) throws -> Bool {
        if changeset.describesPlainRoot { return true }
        return try repository.directoryAttributes(commit.tree.metadata).withoutLabel
            != LayerTree.impliedDirectory.attributes
    }

    /// - Parameter path: the folder's, where it is in the merged tree.
    private mutating func merge(
        _ source: DirectoryReference, into folder: MergedFolder, at path: [[UInt8]], _ layer: inout Layer
    ) throws {
        try Interruption.check()
        if layer.describesNext { folder.metadata = source.metadata }
        layer.nextNumber += 1
        let tree = try repository.directoryTree(source.contents)
        // A whiteout is a file. Folders with such names are those that aufs keeps for itself.
        let whiteouts = tree.files.map(\.name).filter(\.isWhiteout)
        if whiteouts.contains(Whiteout.opaque) { clear(folder, at: path) }
        for name in whiteouts {
            guard let removed = name.removedByWhiteout.map({ Array($0) }) else { continue }
            if path.isEmpty { remove(toplevel: removed) } else { remove(removed, from: folder, at: path) }
        }
        for file in tree.files where !file.name.isWhiteout { folder.entries[file.name] = .file(file.object) }
        for (name, reference) in tree.directories {
            let isDescribed = layer.describesNext
            if !name.isWhiteout,
                let place = try self.folder(for: name, in: folder, at: path, isDescribed: isDescribed)
            {
                try merge(reference, into: place.folder, at: place.path, &layer)
                // It was implied by nothing but whiteouts.
                if place.isNew, !isDescribed, place.folder.entries.isEmpty { folder.entries[name] = nil }
            } else {
                // Its folders have numbers, too.
                try skip(reference, &layer)
            }
        }
    }

    /// A folder, and where it is in the merged tree.
    private struct Place {
        var folder: MergedFolder
        var path: [[UInt8]]
        var isNew = false
    }

    /// The folder that a layer's folder is merged into; one is made where there is none. Nil where a link leads to what the
    /// policy leaves out.
    private mutating func folder(
        for name: [UInt8], in parent: MergedFolder, at path: [[UInt8]], isDescribed: Bool
    ) throws -> Place? {
        switch parent.entries[name] {
        case .folder(let existing): return Place(folder: existing, path: path + [name])
        case .file(let object) where !isDescribed:
            // Unpacking would follow a link here.
            if case .symbolicLink(let target) = try repository.fileObject(object).content {
                switch try follow(target, from: policy.origin(of: path)) {
                case .folder(let found): return found
                case .dropped: return nil
                case .nothing: break
                }
                findings.append(
                    "'\(text(path + [name]))' is a link to '\(text([target]))', where there is no folder to put a layer's files into; it is replaced"
                )
            }
        case .file, nil: break
        }
        guard path.count < TreeMerge.maximumDepth else {
            throw LayerStoreError(
                .input,
                "\(image): its layers make folders that are more than \(TreeMerge.maximumDepth) deep, below '\(text(Array(path.prefix(3))))'"
            )
        }
        let made = MergedFolder()
        parent.entries[name] = .folder(made)
        return Place(folder: made, path: path + [name], isNew: true)
    }

    private func skip(_ reference: DirectoryReference, _ layer: inout Layer) throws {
        layer.nextNumber += 1
        for entry in try repository.directoryTree(reference.contents).directories { try skip(entry.directory, &layer) }
    }

    // MARK: Removing

    /// Removes all that is in a folder of the image. What the policy has put there from elsewhere stays.
    private func clear(_ folder: MergedFolder, at path: [[UInt8]]) {
        guard !path.isEmpty, policy.movesBelow(path) else { return folder.entries = [:] }
        for name in folder.entries.keys { remove(name, from: folder, at: path) }
    }

    /// Removes a name from a folder of the image. What the policy has put there, or below, from elsewhere stays.
    private func remove(_ name: [UInt8], from folder: MergedFolder, at path: [[UInt8]]) {
        let path = path + [name]
        if case .folder(let inner) = folder.entries[name], policy.movesBelow(path) {
            // The path itself is no more than what leads there.
            inner.metadata = nil
            clear(inner, at: path)
            if !inner.entries.isEmpty { return }
        } else if policy.isMovedToplevel(path) {
            return
        }
        folder.entries[name] = nil
    }

    /// Removes a toplevel name of the image from where the policy puts it.
    private func remove(toplevel name: [UInt8]) {
        guard case .path(let path) = policy.place(name), let last = path.last else { return }
        guard path.count > 1 else { return remove(name, from: root, at: []) }
        var folders = [root]
        for component in path.dropLast() {
            guard case .folder(let next) = folders.last?.entries[component] else { return }
            folders.append(next)
        }
        folders.last?.entries[last] = nil
        // Folders that were there for nothing else go, too.
        for (folder, component) in zip(folders.dropLast(), path).reversed() {
            guard case .folder(let inner) = folder.entries[component], inner.entries.isEmpty, inner.metadata == nil
            else { return }
            folder.entries[component] = nil
        }
    }

    // MARK: Paths

    private enum Followed {
        case folder(Place)
        /// The policy leaves out what is there.
        case dropped
        case nothing
    }

    /// The folder that a link leads to, within the image.
    ///
    /// - Parameter folder: where the link is, as a path of the image and not of the tree.
    private func follow(_ target: [UInt8], from folder: [[UInt8]]) throws -> Followed {
        guard target.count <= PathPolicy.maximumPathBytes else { return .dropped }
        var path = target.first == UInt8(ascii: "/") ? [] : folder
        var rest: [[UInt8]] = TreeMerge.names(target).reversed()
        var links = 1
        while let name = rest.popLast() {
            if name.elementsEqual("..".utf8) {
                _ = path.popLast()
                continue
            }
            guard let placed = placed(path + [name]) else { return .dropped }
            switch find(placed) {
            case .folder: path.append(name)
            case .file(let object):
                guard links < TreeMerge.maximumLinks,
                    case .symbolicLink(let next) = try repository.fileObject(object).content
                else { return .nothing }
                links += 1
                if next.first == UInt8(ascii: "/") { path = [] }
                rest += TreeMerge.names(next).reversed()
            case nil: return .nothing
            }
        }
        // Of some toplevels only they themselves stay.
        guard let placed = placed(path), self.placed(path + [[UInt8(ascii: "x")]]) != nil else { return .dropped }
        guard case .folder(let found) = find(placed) else { return .nothing }
        return .folder(Place(folder: found, path: placed))
    }

    /// Where the policy puts a path of the image; nil where it leaves it out.
    private func placed(_ path: [[UInt8]]) -> [[UInt8]]? {
        guard case .path(let placed) = policy.place(Array(path.joined(separator: [UInt8(ascii: "/")]))) else {
            return nil
        }
        return placed
    }

    private static func names(_ path: [UInt8]) -> [[UInt8]] {
        path.split(separator: UInt8(ascii: "/")).map { Array($0) }.filter { !$0.elementsEqual(".".utf8) }
    }

    private func find(_ path: [[UInt8]]) -> MergedFolder.Entry? {
        var entry = MergedFolder.Entry.folder(root)
        for name in path {
            guard case .folder(let folder) = entry, let next = folder.entries[name] else { return nil }
            entry = next
        }
        return entry
    }

    // MARK: Links

    /// The file or link at a path of the tree, which may lead through links to folders.
    private func object(at path: [[UInt8]]) throws -> Digest? {
        switch find(path) {
        case .file(let object): return object
        case .folder: return nil
        case nil: break
        }
        guard let name = path.last else { return nil }
        let folder = policy.origin(of: path).dropLast().joined(separator: [UInt8(ascii: "/")])
        guard case .folder(let place) = try follow(Array(folder), from: []),
            case .file(let object) = place.folder.entries[name]
        else { return nil }
        return object
    }

    private mutating func place(_ link: LayerChangeset.Link, _ object: Digest?) throws {
        guard let object else {
            findings.append(
                "the hard link '\(text(link.path))' names '\(text(link.target))', which no layer has; it is left out")
            return
        }
        guard let name = link.path.last else { return }
        var place = Place(folder: root, path: [])
        for component in link.path.dropLast() {
            guard let next = try folder(for: component, in: place.folder, at: place.path, isDescribed: false) else {
                return
            }
            place = next
        }
        place.folder.entries[name] = .file(object)
    }

    private func text(_ path: [[UInt8]]) -> String {
        String(decoding: Array(path.joined(separator: [UInt8(ascii: "/")])).prefix(200), as: UTF8.self)
    }
}
