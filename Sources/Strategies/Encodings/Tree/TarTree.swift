internal import Digests
internal import OSTree

/// A layer's tree under the paths that the tar gives its nodes: what the path policy moved is back in its place. Siblings
/// are in bytewise order, so that nothing depends on the order in which a repository holds them.
struct TarTree {
    enum Kind: UInt8 { case directory, regular, symbolicLink }

    struct Node {
        var kind = Kind.directory
        var mode: UInt32 = 0
        var userID: UInt32 = 0
        var groupID: UInt32 = 0
        var byteCount: UInt64 = 0
        var parent: Int32 = -1
        /// The node's place in the layer's tree.
        var source: Int32 = 0
        var children: Range<Int32> = 0..<0
        /// Bytes of the path: names with slashes between them.
        var pathByteCount: Int32 = 0
        /// Hashes of the name, of its stem and of what follows its last dot.
        var nameHash: UInt32 = 0
        var stemHash: UInt32 = 0
        var suffixHash: UInt32 = 0
    }

    /// The root is the first; a directory's children are one behind the other, in bytewise order.
    private(set) var nodes: [Node] = []
    /// Has names, link targets and objects.
    private let source: LayerTree
    /// Nodes by a hash of their parent and name, for looking up.
    private var table: [Int32] = []

    init(_ tree: LayerTree, policy: PathPolicy) {
        source = tree
        nodes.reserveCapacity(tree.nodeCount)
        let moved = TarTree.moved(tree, policy)
        add(0, named: [], in: -1)
        var directories = [0]
        var next = 0
        while next < directories.count {
            let index = directories[next]
            next += 1
            var children = tree.sortedChildren(of: Int(nodes[index].source)).map {
                (name: tree.name(of: $0), source: $0)
            }
            if !moved.isEmpty { TarTree.move(moved, &children, isRoot: index == 0) }
            let start = Int32(nodes.count)
            for child in children {
                add(child.source, named: child.name, in: index)
                if nodes[nodes.count - 1].kind == .directory { directories.append(nodes.count - 1) }
            }
            nodes[index].children = start..<Int32(nodes.count)
        }
    }

    /// What the policy has moved from the root to elsewhere, unless the root has a child of that name after all.
    private static func moved(_ tree: LayerTree, _ policy: PathPolicy) -> [(name: ArraySlice<UInt8>, source: Int)] {
        guard policy != .identity else { return [] }
        return ["etc", "var"].compactMap { name in
            let bytes = Array(name.utf8)
            guard case .path(let path) = policy.place(bytes), path.last == bytes, tree.index(of: [bytes]) == nil,
                let source = tree.index(of: path)
            else { return nil }
            return (bytes[...], source)
        }
    }

    /// Takes what was moved from where it is, and puts it below the root.
    private static func move(
        _ moved: [(name: ArraySlice<UInt8>, source: Int)], _ children: inout [(name: ArraySlice<UInt8>, source: Int)],
        isRoot: Bool
    ) {
        children.removeAll { child in moved.contains { $0.source == child.source } }
        guard isRoot else { return }
        for candidate in moved where !children.contains(where: { $0.name == candidate.name }) {
            children.append(candidate)
        }
        children.sort { $0.name.lexicographicallyPrecedes($1.name) }
    }

    private mutating func add(_ source: Int, named name: ArraySlice<UInt8>, in parent: Int) {
        let content = self.source.node(at: source)
        var node = Node()
        node.source = Int32(source)
        (node.mode, node.userID, node.groupID) = (
            content.attributes.mode, content.attributes.userID, content.attributes.groupID
        )
        node.parent = Int32(parent)
        if parent >= 0 {
            node.pathByteCount = Int32(name.count) + (parent > 0 ? nodes[parent].pathByteCount + 1 : 0)
        }
        switch content.content {
        case .directory: break
        case .regular(let byteCount, _): (node.kind, node.byteCount) = (.regular, byteCount)
        case .symbolicLink: node.kind = .symbolicLink
        }
        (node.nameHash, node.stemHash, node.suffixHash) = NameHash.all(name)
        nodes.append(node)
    }

    // MARK: Looking up

    /// What a node's object has, which a relabelling may change.
    func extendedAttributes(of node: Int) -> [ExtendedAttribute] {
        source.node(at: Int(nodes[node].source)).attributes.extendedAttributes
    }

    /// What the policy has moved keeps its name.
    func name(of node: Int) -> ArraySlice<UInt8> { source.name(of: Int(nodes[node].source)) }

    /// A symbolic link's target; nothing for others.
    func target(of node: Int) -> ArraySlice<UInt8> {
        guard nodes[node].kind == .symbolicLink else { return [] }
        return source.target(of: Int(nodes[node].source))
    }

    /// The object of a file or link.
    func object(of node: Int) -> Digest? {
        nodes[node].kind == .directory ? nil : source.knownObject(of: Int(nodes[node].source))
    }

    /// Appends a node's path: names with slashes between them; nothing for the root.
    func appendPath(of node: Int, to bytes: inout [UInt8]) {
        let parent = Int(nodes[node].parent)
        guard parent >= 0 else { return }
        if parent > 0 {
            appendPath(of: parent, to: &bytes)
            bytes.append(UInt8(ascii: "/"))
        }
        bytes.append(contentsOf: name(of: node))
    }

    /// Makes the tree ready for looking nodes up by their paths.
    mutating func index() {
        var size = 16
        while size < 2 * nodes.count { size *= 2 }
        table = [Int32](repeating: -1, count: size)
        for node in 1..<max(nodes.count, 1) {
            var slot = slot(nodes[node].nameHash, Int(nodes[node].parent))
            while table[slot] >= 0 { slot = (slot + 1) & (size - 1) }
            table[slot] = Int32(node)
        }
    }

    private func slot(_ name: UInt32, _ parent: Int) -> Int {
        Int(NameHash.mix(name, UInt32(truncatingIfNeeded: parent))) & (table.count - 1)
    }

    /// The child of a directory by its name.
    func child(_ name: ArraySlice<UInt8>, of parent: Int) -> Int? {
        var slot = slot(NameHash.of(name), parent)
        while table[slot] >= 0 {
            let node = Int(table[slot])
            if nodes[node].parent == Int32(parent), self.name(of: node) == name { return node }
            slot = (slot + 1) & (table.count - 1)
        }
        return nil
    }

    /// The node at a path of the tar: slashes and dots that mean nothing are left out of account.
    ///
    /// - Parameter start: the directory that the path is in.
    func node(at path: ArraySlice<UInt8>, from start: Int = 0) -> Int? {
        var (node, position) = (start, path.startIndex)
        while position < path.endIndex {
            var end = position
            while end < path.endIndex, path[end] != UInt8(ascii: "/") { end += 1 }
            let name = path[position..<end]
            position = end + 1
            if name.isEmpty || (name.count == 1 && name.first == UInt8(ascii: ".")) { continue }
            guard let next = child(name, of: node) else { return nil }
            node = next
        }
        return node
    }
}
