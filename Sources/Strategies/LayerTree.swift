public import Digests
public import OSTree

/// What a layer commit's root knows: paths, types, modes, owners, sizes, link targets, extended attributes and
/// checksums. Not what ostree forgets: times, order, owners' names.
///
/// Paths are lists of names, each a list of bytes of UTF-8. The empty path is the root.
public struct LayerTree: Sendable {
    public enum Content: Hashable, Sendable {
        case directory
        case regular(byteCount: UInt64, object: Digest)
        case symbolicLink(target: [UInt8], object: Digest)

        /// The content object of a file or link.
        public var object: Digest? {
            switch self {
            case .directory: nil
            case .regular(_, let object), .symbolicLink(_, let object): object
            }
        }
    }

    public struct Node: Hashable, Sendable {
        public var content: Content
        /// Extended attributes without `security.selinux`, which belongs to the host and not to the layer.
        public var attributes: FileAttributes

        public init(content: Content, attributes: FileAttributes) {
            self.content = content
            self.attributes = attributes
        }
    }

    /// Parents that no entry describes: mode 0755, owner root.
    public static let impliedDirectory = Node(content: .directory, attributes: FileAttributes(mode: 0o755))

    private var nodes = NodeColumns(root: LayerTree.impliedDirectory)
    /// Names of all nodes, one behind the other, and where each one's ends.
    private var texts: [UInt8] = []
    private var nameEnds = [0]
    private var parents: [Int32] = [-1]
    /// A directory's children are a chain, in the order in which they were placed.
    private var nextSiblings: [Int32] = [-1]
    /// Nodes by the hash of their parent and name; less than half of the slots are taken, -1 is none.
    private var table = [Int32](repeating: -1, count: 16)
    /// Directories that were made since something was placed below them, and that nothing described so far.
    private var implied: Set<Int32> = [0]

    /// A tree with nothing but its root.
    public init() {}

    public enum Refusal: Error, Equatable, Sendable {
        /// A parent in the path is a file or a link.
        case parentIsNoDirectory
        /// A directory that is not empty stands at the path, and the new node is none.
        case directoryInTheWay
    }

    /// Puts a node at a path, with implied directories for missing parents. A directory over a directory changes its
    /// attributes; anything else replaces what was there, unless that would remove a directory's children.
    public mutating func place(_ node: Node, at path: [[UInt8]]) throws(Refusal) {
        guard let name = path.last else {
            guard node.content == .directory else { throw .directoryInTheWay }
            nodes[0] = Node(content: .directory, attributes: node.attributes)
            implied.remove(0)
            return
        }
        var parent = 0
        for component in path.dropLast() {
            if let next = child(component, of: parent) {
                guard nodes.isDirectory(next) else { throw .parentIsNoDirectory }
                parent = next
            } else {
                parent = append(LayerTree.impliedDirectory, named: component, in: parent)
                implied.insert(Int32(parent))
            }
        }
        guard let existing = child(name, of: parent) else {
            _ = append(node, named: name, in: parent)
            return
        }
        if node.content != .directory, nodes.children(of: existing).first >= 0 { throw .directoryInTheWay }
        nodes[existing] = node
        implied.remove(Int32(existing))
    }

    /// Whether no entry described the root.
    public var isRootImplied: Bool { implied.contains(0) }

    /// Directories below the root that no entry described, by their numbers among all directories, depth first, siblings
    /// in bytewise order of their names; the root's number is 0.
    public func impliedDirectories() -> [Int] {
        guard implied.count > (isRootImplied ? 1 : 0) else { return [] }
        return depthFirst().lazy.filter { nodes.isDirectory($0) }.enumerated()
            .filter { $0.element > 0 && implied.contains(Int32($0.element)) }.map(\.offset)
    }

    /// Puts other objects in the place of those that files and links name, and takes the extended attributes away from
    /// those whose object has none.
    public mutating func replaceObjects(
        _ replacement: (Digest) throws -> (object: Digest, hasExtendedAttributes: Bool)
    ) rethrows {
        try nodes.replaceObjects(replacement)
    }

    /// The node at a path.
    public subscript(path: [[UInt8]]) -> Node? { index(of: path).map { nodes[$0] } }

    /// How many nodes there are, the root included.
    var nodeCount: Int { nodes.count }

    func node(at index: Int) -> Node { nodes[index] }

    /// The target of a node that is known to be a symbolic link.
    func target(of index: Int) -> ArraySlice<UInt8> { nodes.target(index)[...] }

    /// The object of a node that is known to be a file or a link.
    func knownObject(of index: Int) -> Digest { nodes.knownObject(index) }

    func name(of index: Int) -> ArraySlice<UInt8> {
        texts[(index == 0 ? 0 : nameEnds[index - 1])..<nameEnds[index]]
    }

    /// The place of a node among all; the root's is 0.
    func index(of path: [[UInt8]]) -> Int? {
        var index = 0
        for component in path {
            guard let next = child(component, of: index) else { return nil }
            index = next
        }
        return index
    }

    /// The children of a node, in bytewise order of their names.
    func sortedChildren(of index: Int) -> [Int] {
        var (result, isSorted) = ([Int](), true)
        var child = Int(nodes.children(of: index).first)
        while child >= 0 {
            if let last = result.last, isSorted { isSorted = name(of: last).lexicographicallyPrecedes(name(of: child)) }
            result.append(child)
            child = Int(nextSiblings[child])
        }
        if !isSorted { result.sort { name(of: $0).lexicographicallyPrecedes(name(of: $1)) } }
        return result
    }

    /// All nodes, depth first, siblings in bytewise order of their names: an order that any repository gives them.
    func depthFirst() -> [Int] {
        var (sequence, pending) = ([Int](), [0])
        while let node = pending.popLast() {
            sequence.append(node)
            pending += sortedChildren(of: node).reversed()
        }
        return sequence
    }

    /// The place of the first file with each object in `depthFirst`.
    func fileNumbers() -> [Digest: Int] {
        var numbers: [Digest: Int] = [:]
        for (number, node) in depthFirst().enumerated() {
            if let object = nodes.fileObject(node), numbers[object] == nil { numbers[object] = number }
        }
        return numbers
    }

    /// The content objects that the tree holds.
    public func objects() -> Objects { Objects(of: nodes) }

    /// Visits every node below the root and then the root itself: children before their directory, siblings in bytewise
    /// order. The directory's results of `visit` are handed to it with their names.
    public func fold<Result>(
        _ visit: (Node, [(name: [UInt8], result: Result)]) throws -> Result
    ) rethrows -> Result {
        func fold(_ index: Int) throws -> Result {
            let results = try sortedChildren(of: index).map { (name: Array(name(of: $0)), result: try fold($0)) }
            return try visit(nodes[index], results)
        }
        return try fold(0)
    }

    private mutating func append(_ node: Node, named name: [UInt8], in parent: Int) -> Int {
        let index = Int32(nodes.count)
        nodes.append(node)
        texts += name
        nameEnds.append(texts.count)
        parents.append(Int32(parent))
        nextSiblings.append(-1)
        var siblings = nodes.children(of: parent)
        if siblings.last >= 0 {
            nextSiblings[Int(siblings.last)] = index
        } else {
            siblings.first = index
        }
        siblings.last = index
        nodes.set(siblings, of: parent)
        if 2 * nodes.count > table.count {
            table = [Int32](repeating: -1, count: 2 * table.count)
            for node in 1..<nodes.count - 1 { enter(node) }
        }
        enter(Int(index))
        return Int(index)
    }

    // MARK: Looking up

    private func child(_ name: [UInt8], of parent: Int) -> Int? {
        var slot = slot(name[...], parent)
        while table[slot] >= 0 {
            let node = Int(table[slot])
            if parents[node] == Int32(parent), self.name(of: node) == name[...] { return node }
            slot = (slot + 1) & (table.count - 1)
        }
        return nil
    }

    private mutating func enter(_ node: Int) {
        var slot = slot(name(of: node), Int(parents[node]))
        while table[slot] >= 0 { slot = (slot + 1) & (table.count - 1) }
        table[slot] = Int32(node)
    }

    private func slot(_ name: ArraySlice<UInt8>, _ parent: Int) -> Int {
        Int(NameHash.mix(NameHash.of(name), UInt32(truncatingIfNeeded: parent))) & (table.count - 1)
    }
}

extension LayerTree: Equatable {
    /// Equal trees have equal nodes at equal paths, whatever the order in which they were placed.
    public static func == (left: LayerTree, right: LayerTree) -> Bool {
        func same(_ a: Int, _ b: Int) -> Bool {
            let (own, others) = (left.sortedChildren(of: a), right.sortedChildren(of: b))
            guard left.nodes[a] == right.nodes[b], own.count == others.count else { return false }
            return zip(own, others).allSatisfy { left.name(of: $0) == right.name(of: $1) && same($0, $1) }
        }
        return same(0, 0)
    }
}

extension LayerTree {
    /// Reads the tree of a commit.
    public init(of commit: Commit, in repository: Repository) throws(OSTreeError) {
        self.init()
        var reader = CommitReader(repository: repository)
        nodes[0] = Node(content: .directory, attributes: try reader.attributes(of: commit.tree))
        try read(commit.tree.contents, into: 0, depth: 0, by: &reader)
        let files = try repository.fileObjects(reader.objects)
        for (index, node) in reader.nodes.enumerated() {
            let (file, object) = (files[index], reader.objects[index])
            let content: Content =
                switch file.content {
                case .regular(let byteCount): .regular(byteCount: byteCount, object: object)
                case .symbolicLink(let target): .symbolicLink(target: target, object: object)
                }
            nodes[node] = Node(content: content, attributes: file.attributes.withoutLabel)
        }
    }

    /// A tree that was read is no deeper: more than any placed path has names, and little enough for the stack.
    public static let maximumDepth = 300
    /// A tree that was read has no more nodes. Damaged directories may hold themselves, or each other many times.
    static let maximumNodes = 1 << 23

    private mutating func read(
        _ contents: Digest, into parent: Int, depth: Int, by reader: inout CommitReader
    ) throws(OSTreeError) {
        let directory = try reader.repository.directoryTree(contents)
        guard depth <= LayerTree.maximumDepth, nodes.count <= LayerTree.maximumNodes else {
            throw OSTreeError(
                operation: "read", subject: "directory \(contents.hex)",
                reason: "the tree is deeper or larger than any layer's")
        }
        for (name, object) in directory.files {
            reader.objects.append(object)
            reader.nodes.append(append(LayerTree.impliedDirectory, named: name, in: parent))
        }
        for (name, reference) in directory.directories {
            let node = Node(content: .directory, attributes: try reader.attributes(of: reference))
            let index = append(node, named: name, in: parent)
            try read(reference.contents, into: index, depth: depth + 1, by: &reader)
        }
    }

    /// What is known while a commit's directories are read: its files are looked at together, after them.
    private struct CommitReader {
        let repository: Repository
        /// The files' objects, and the nodes that they are.
        var objects: [Digest] = []
        var nodes: [Int] = []
        /// The attributes of directories by their objects: most directories share a few.
        private var attributes: [Digest: FileAttributes] = [:]

        init(repository: Repository) { self.repository = repository }

        mutating func attributes(of directory: DirectoryReference) throws(OSTreeError) -> FileAttributes {
            if let known = attributes[directory.metadata] { return known }
            let loaded = try repository.directoryAttributes(directory.metadata).withoutLabel
            attributes[directory.metadata] = loaded
            return loaded
        }
    }
}

extension FileAttributes {
    /// The attributes without the SELinux label that a host gives and changes.
    public var withoutLabel: FileAttributes {
        guard !extendedAttributes.isEmpty else { return self }
        var result = self
        result.extendedAttributes.removeAll { $0.name == Array("security.selinux".utf8) }
        return result
    }
}
