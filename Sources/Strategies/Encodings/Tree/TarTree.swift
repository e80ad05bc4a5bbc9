internal import Digests
internal import OSTree

/// A layer's tree under the paths that the tar gives its nodes: what the path policy moved is back in its place. Siblings
/// are in bytewise order, so that nothing depends on the order in which a repository holds them.
struct TarTree {
    enum Kind: UInt8 { case directory, regular, symbolicLink }

    struct Node {
        var kind: Kind
        var mode: UInt32
        var userID: UInt32
        var groupID: UInt32
        var byteCount: UInt64 = 0
        var parent: Int32
        var name: Range<Int32>
        /// A symbolic link's target among `texts`.
        var target: Range<Int32> = 0..<0
        var children: Range<Int32> = 0..<0
        /// Hashes of the name, of its stem and of what follows its last dot.
        var nameHash: UInt32 = 0
        var stemHash: UInt32 = 0
        var suffixHash: UInt32 = 0
    }

    /// The root is the first.
    private(set) var nodes: [Node] = []
    /// Names and link targets.
    private(set) var texts: [UInt8] = []
    /// The nodes of all directories' children, each directory's in bytewise order.
    private(set) var children: [Int32] = []
    private(set) var objects: [Digest?] = []
    private(set) var attributes: [[ExtendedAttribute]] = []
    private var attributeIndex: [Int32] = []
    /// Nodes by a hash of their parent and name.
    private var table: [Int32] = []

    init(_ tree: LayerTree, policy: PathPolicy) {
        let count = tree.nodeCount
        nodes.reserveCapacity(count)
        children.reserveCapacity(count)
        objects.reserveCapacity(count)
        add(tree, 0, named: [], in: -1)
        expand(tree, 0, 0, Moves(policy))
        var size = 16
        while size < 2 * nodes.count { size *= 2 }
        table = [Int32](repeating: -1, count: size)
        for index in 1..<max(nodes.count, 1) { enter(index) }
    }

    /// Which directories of the tree stand elsewhere in the tar.
    private struct Moves {
        var byPath: [[String]: [String]] = [:]

        init(_ policy: PathPolicy) {
            guard policy != .identity else { return }
            byPath = [["usr", "etc"]: ["etc"], ["usr", "share", "factory", "var"]: ["var"]]
        }
    }

    private mutating func add(_ tree: LayerTree, _ source: Int, named name: [UInt8], in parent: Int32) {
        let start = Int32(texts.count)
        texts += name
        let node = tree.node(at: source)
        var flat = Node(
            kind: .directory, mode: node.attributes.mode, userID: node.attributes.userID,
            groupID: node.attributes.groupID, parent: parent, name: start..<Int32(texts.count))
        switch node.content {
        case .directory: break
        case .regular(let byteCount, _): (flat.kind, flat.byteCount) = (.regular, byteCount)
        case .symbolicLink(let target, _):
            flat.kind = .symbolicLink
            let start = Int32(texts.count)
            texts += target
            flat.target = start..<Int32(texts.count)
        }
        (flat.nameHash, flat.stemHash, flat.suffixHash) = NameHash.all(name)
        nodes.append(flat)
        objects.append(node.content.object)
        if node.attributes.extendedAttributes.isEmpty {
            attributeIndex.append(-1)
        } else {
            attributeIndex.append(Int32(attributes.count))
            attributes.append(node.attributes.extendedAttributes)
        }
    }

    private mutating func expand(_ tree: LayerTree, _ source: Int, _ index: Int, _ moves: Moves) {
        // Directories of the tree and of the tar, in step; the moved ones are hung under the root instead.
        var pending: [(source: Int, index: Int, path: [String]?)] = [(source, index, [])]
        var moved: [(name: [UInt8], source: Int)] = []
        if !moves.byPath.isEmpty {
            for (path, target) in moves.byPath.sorted(by: { $0.value[0] < $1.value[0] }) {
                guard let source = tree.index(of: path.map { Array($0.utf8) }) else { continue }
                moved.append((Array(target[0].utf8), source))
            }
        }
        let movedSources = Set(moved.map(\.source))
        while let (source, index, path) = pending.popLast() {
            var list = tree.sortedChildren(of: source).filter { !movedSources.contains($0.index) }
            if index == 0 {
                for (name, source) in moved where !list.contains(where: { $0.name == name }) {
                    list.append((name, source))
                }
                list.sort { $0.name.lexicographicallyPrecedes($1.name) }
            }
            let start = Int32(children.count)
            for (name, child) in list {
                children.append(Int32(nodes.count))
                add(tree, child, named: name, in: Int32(index))
                if nodes[nodes.count - 1].kind == .directory { pending.append((child, nodes.count - 1, path)) }
            }
            nodes[index].children = start..<Int32(children.count)
        }
    }

    // MARK: Looking up

    func hasAttributes(_ node: Int) -> Bool { attributeIndex[node] >= 0 }

    func extendedAttributes(of node: Int) -> [ExtendedAttribute] {
        attributeIndex[node] < 0 ? [] : attributes[Int(attributeIndex[node])]
    }

    func name(of node: Int) -> ArraySlice<UInt8> {
        texts[Int(nodes[node].name.lowerBound)..<Int(nodes[node].name.upperBound)]
    }

    func target(of node: Int) -> ArraySlice<UInt8> {
        texts[Int(nodes[node].target.lowerBound)..<Int(nodes[node].target.upperBound)]
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

    /// The child of a directory by its name.
    func child(_ name: ArraySlice<UInt8>, of parent: Int) -> Int? {
        var slot = Int(hash(NameHash.of(name), UInt32(truncatingIfNeeded: parent))) & (table.count - 1)
        while table[slot] >= 0 {
            let node = Int(table[slot])
            if nodes[node].parent == Int32(parent), self.name(of: node).elementsEqual(name) { return node }
            slot = (slot + 1) & (table.count - 1)
        }
        return nil
    }

    private mutating func enter(_ node: Int) {
        var slot = Int(hash(nodes[node].nameHash, UInt32(bitPattern: nodes[node].parent))) & (table.count - 1)
        while table[slot] >= 0 { slot = (slot + 1) & (table.count - 1) }
        table[slot] = Int32(node)
    }

    /// The node at a path of the tar: slashes and dots that mean nothing are left out of account.
    func node(at path: ArraySlice<UInt8>) -> Int? {
        var (node, start) = (0, path.startIndex)
        while start < path.endIndex {
            let end = path[start...].firstIndex(of: UInt8(ascii: "/")) ?? path.endIndex
            let name = path[start..<end]
            start = end + 1
            if name.isEmpty || (name.count == 1 && name.first == UInt8(ascii: ".")) { continue }
            guard let next = child(name, of: node) else { return nil }
            node = next
        }
        return node
    }
}

/// Hashes of names.
enum NameHash {
    static func of(_ name: some Collection<UInt8>) -> UInt32 {
        name.reduce(0x811c_9dc5) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
    }

    /// Of the whole name, of its stem (what is ahead of the first dot, dash, underscore or digit that is not its first byte)
    /// and of what is behind its last dot.
    static func all(_ name: [UInt8]) -> (whole: UInt32, stem: UInt32, suffix: UInt32) {
        var (whole, suffix): (UInt32, UInt32) = (0x811c_9dc5, 0)
        var stem: UInt32?
        for (index, byte) in name.enumerated() {
            let isBreak = byte == 0x2e || byte == 0x2d || byte == 0x5f || (0x30...0x39).contains(byte)
            if isBreak, index > 0, stem == nil { stem = whole }
            whole = (whole ^ UInt32(byte)) &* 0x0100_0193
            suffix = byte == 0x2e ? 0x811c_9dc5 : (suffix ^ UInt32(byte)) &* 0x0100_0193
        }
        return (whole, stem ?? whole, suffix)
    }
}
