internal import Digests
internal import OSTree
internal import Strategies

/// Walks a commit's tree whose objects may be missing or damaged, and tells the paths of those that are wanted.
///
/// Damaged directories may hold themselves, or each other many times. Each directory is looked into once, and a second time
/// where something that is wanted is below it.
final class TreeWalk {
    typealias Name = Repository.ObjectName

    /// So many directories are looked into for paths, and so many paths are told.
    static let maximumCount = 1 << 17

    private let repository: Repository
    private let isWanted: (Name) throws -> Bool
    /// Directories by their contents: whether what is wanted is one of them or below.
    private var holders: [Digest: Bool] = [:]
    /// Whether a branch was cut off for its depth.
    private(set) var isTooDeep = false
    /// Whether there are more paths than were told.
    private(set) var isCut = false
    private var budget = TreeWalk.maximumCount
    /// Bytes of paths that are told, and entries of directories that are looked at for them: a small repository can name one
    /// object by a great many long paths.
    private var textBudget = 32 << 20
    private var entryBudget = 1 << 22

    init(in repository: Repository, isWanted: @escaping (Name) throws -> Bool) {
        self.repository = repository
        self.isWanted = isWanted
    }

    /// Looks at all objects of a tree. Whether any is wanted.
    func look(at root: DirectoryReference) throws -> Bool { try look(root, depth: 0) }

    private func look(_ directory: DirectoryReference, depth: Int) throws -> Bool {
        let attributes = try isWanted(Name(kind: .directoryMetadata, object: directory.metadata))
        if let known = holders[directory.contents] { return known || attributes }
        guard depth <= LayerTree.maximumDepth else {
            isTooDeep = true
            return attributes
        }
        // A directory that holds itself has nothing new.
        holders[directory.contents] = false
        var holds = try isWanted(Name(kind: .directoryTree, object: directory.contents))
        if let tree = try? repository.directoryTree(directory.contents) {
            for file in tree.files where try isWanted(Name(kind: .file, object: file.object)) { holds = true }
            for entry in tree.directories where try look(entry.directory, depth: depth + 1) { holds = true }
        }
        holders[directory.contents] = holds
        return holds || attributes
    }

    /// Tells every path of every object that is wanted, in the tree's order, once `look` has seen it: names with slashes
    /// between them, the root `/`.
    func paths(below root: DirectoryReference, _ tell: (Name, String) -> Void) throws {
        var above: Set<Digest> = []
        try paths(root, [], &above, tell)
    }

    private func paths(
        _ directory: DirectoryReference, _ path: [UInt8], _ above: inout Set<Digest>, _ tell: (Name, String) -> Void
    ) throws {
        func offer(_ kind: Repository.ObjectKind, _ object: Digest, _ path: [UInt8]) throws {
            let name = Name(kind: kind, object: object)
            guard try isWanted(name), take() else { return }
            guard textBudget >= path.count else {
                isCut = true
                return
            }
            textBudget -= path.count
            tell(name, path.isEmpty ? "/" : TreeWalk.text(path))
        }
        try offer(.directoryMetadata, directory.metadata, path)
        guard holders[directory.contents] == true, above.count <= LayerTree.maximumDepth, take() else { return }
        try offer(.directoryTree, directory.contents, path)
        guard above.insert(directory.contents).inserted else { return }
        defer { above.remove(directory.contents) }
        guard let tree = try? repository.directoryTree(directory.contents) else { return }
        entryBudget -= tree.files.count + tree.directories.count
        guard entryBudget >= 0 else {
            isCut = true
            return
        }
        let start = path.isEmpty ? [] : path + [UInt8(ascii: "/")]
        for file in tree.files { try offer(.file, file.object, start + file.name) }
        for entry in tree.directories { try paths(entry.directory, start + entry.name, &above, tell) }
    }

    private func take() -> Bool {
        guard budget > 0 else {
            isCut = true
            return false
        }
        budget -= 1
        return true
    }

    /// A path as one line of text.
    private static func text(_ path: [UInt8]) -> String {
        let text = String(decoding: path, as: UTF8.self)
        guard text.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) else { return text }
        return String(text.unicodeScalars.map { $0.value < 32 || $0.value == 127 ? "?" : Character($0) })
    }
}

extension TreeWalk {
    /// The first damage in what a layer's recipe is decoded from: its commit, the commit that holds the recipe, and the
    /// layer's tree where the encoding uses that. A recipe that cannot be decoded has often nothing wrong in itself.
    static func damage(
        beneath layer: StoredLayer, usesTree: Bool, _ repository: Repository
    ) -> (object: Digest, reason: String)? {
        let objects = ObjectCheck(in: repository) { _ in }
        let recipe = (try? LayerRefs.Companion.recipe.commit(of: layer, in: repository)) ?? nil
        for (commit, isWalked) in [(layer.commit, usesTree), (recipe, true)] {
            guard let commit else { continue }
            if let damage = try? objects.damage(.commit, commit) { return (commit, damage.reason) }
            guard isWalked, let tree = try? repository.commit(commit).tree else { continue }
            let walk = TreeWalk(in: repository) { try objects.damage($0.kind, $0.object) != nil }
            var first: Name?
            guard (try? walk.look(at: tree)) == true else { continue }
            try? walk.paths(below: tree) { name, _ in first = first ?? name }
            if let first, let damage = try? objects.damage(first.kind, first.object) {
                return (first.object, damage.reason)
            }
        }
        return nil
    }

    /// What an object is in a layer, for an error's text: its paths in the commit's tree, or the orphan that it is. Nothing
    /// is too damaged for that: what cannot be read is left out.
    static func role(of object: Digest, in layer: StoredLayer, _ repository: Repository) -> String? {
        guard let commit = try? repository.commit(layer.commit) else { return nil }
        let walk = TreeWalk(in: repository) { $0.object == object }
        var paths: [String] = []
        _ = try? walk.look(at: commit.tree)
        try? walk.paths(below: commit.tree) { paths.append($1) }
        if let first = paths.first {
            return "'\(first)'"
                + (paths.count > 1 ? " and \(paths.count - 1) more of the layer's tree" : " of the layer's tree")
        }
        return (try? layer.orphans(in: repository))?.firstIndex(of: object).map {
            "orphan \($0), which the layer's tree does not hold"
        }
    }
}
