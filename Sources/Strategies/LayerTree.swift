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

    private var nodes: [Node] = [LayerTree.impliedDirectory]
    /// Children of the directory with the same index in `nodes`; nothing for what is no directory.
    private var children: [[[UInt8]: Int]] = [[:]]

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
            nodes[0].attributes = node.attributes
            return
        }
        var parent = 0
        for component in path.dropLast() {
            if let next = children[parent][component] {
                guard nodes[next].content == .directory else { throw .parentIsNoDirectory }
                parent = next
            } else {
                parent = append(LayerTree.impliedDirectory, named: component, in: parent)
            }
        }
        guard let existing = children[parent][name] else {
            _ = append(node, named: name, in: parent)
            return
        }
        if node.content != .directory, !children[existing].isEmpty { throw .directoryInTheWay }
        nodes[existing] = node
    }

    /// The node at a path.
    public subscript(path: [[UInt8]]) -> Node? {
        var index = 0
        for component in path {
            guard let next = children[index][component] else { return nil }
            index = next
        }
        return nodes[index]
    }

    /// How many nodes there are, the root included.
    var nodeCount: Int { nodes.count }

    func node(at index: Int) -> Node { nodes[index] }

    /// The children of a node, in bytewise order of their names.
    func sortedChildren(of index: Int) -> [(name: [UInt8], index: Int)] {
        children[index].map { (name: $0.key, index: $0.value) }
            .sorted { $0.name.lexicographicallyPrecedes($1.name) }
    }

    /// The place of a node among all; the root's is 0.
    func index(of path: [[UInt8]]) -> Int? {
        var index = 0
        for component in path {
            guard let next = children[index][component] else { return nil }
            index = next
        }
        return index
    }

    /// Visits every node below the root and then the root itself: children before their directory, siblings in bytewise
    /// order. The directory's results of `visit` are handed to it with their names.
    public func fold<Result>(
        _ visit: (Node, [(name: [UInt8], result: Result)]) throws -> Result
    ) rethrows -> Result {
        func fold(_ index: Int) throws -> Result {
            let results = try children[index].sorted { $0.key.lexicographicallyPrecedes($1.key) }
                .map { (name: $0.key, result: try fold($0.value)) }
            return try visit(nodes[index], results)
        }
        return try fold(0)
    }

    private mutating func append(_ node: Node, named name: [UInt8], in parent: Int) -> Int {
        nodes.append(node)
        children.append([:])
        children[parent][name] = nodes.count - 1
        return nodes.count - 1
    }
}

extension LayerTree: Equatable {
    /// Equal trees have equal nodes at equal paths, whatever the order in which they were placed.
    public static func == (left: LayerTree, right: LayerTree) -> Bool {
        func same(_ a: Int, _ b: Int) -> Bool {
            guard left.nodes[a] == right.nodes[b], left.children[a].count == right.children[b].count else {
                return false
            }
            return left.children[a].allSatisfy { name, child in
                right.children[b][name].map { same(child, $0) } ?? false
            }
        }
        return same(0, 0)
    }
}

extension LayerTree {
    /// Reads the tree of a commit.
    public init(of commit: Commit, in repository: Repository) throws(OSTreeError) {
        self.init()
        nodes[0].attributes = try LayerTree.attributes(of: commit.tree, in: repository)
        try read(commit.tree.contents, into: 0, depth: 0, in: repository)
    }

    /// A tree that was read is no deeper: more than any placed path has names, and little enough for the stack.
    static let maximumDepth = 300
    /// A tree that was read has no more nodes. Damaged directories may hold themselves, or each other many times.
    static let maximumNodes = 1 << 23

    private mutating func read(
        _ contents: Digest, into parent: Int, depth: Int, in repository: Repository
    ) throws(OSTreeError) {
        let directory = try repository.directoryTree(contents)
        guard depth <= LayerTree.maximumDepth, nodes.count <= LayerTree.maximumNodes else {
            throw OSTreeError(
                operation: "read", subject: "directory \(contents.hex)",
                reason: "the tree is deeper or larger than any layer's")
        }
        for (name, object) in directory.files {
            let file = try repository.fileObject(object)
            let content: Content =
                switch file.content {
                case .regular(let byteCount): .regular(byteCount: byteCount, object: object)
                case .symbolicLink(let target): .symbolicLink(target: target, object: object)
                }
            _ = append(Node(content: content, attributes: file.attributes.withoutLabel), named: name, in: parent)
        }
        for (name, reference) in directory.directories {
            let attributes = try LayerTree.attributes(of: reference, in: repository)
            let index = append(Node(content: .directory, attributes: attributes), named: name, in: parent)
            try read(reference.contents, into: index, depth: depth + 1, in: repository)
        }
    }

    private static func attributes(
        of directory: DirectoryReference, in repository: Repository
    ) throws(OSTreeError) -> FileAttributes {
        try repository.directoryAttributes(directory.metadata).withoutLabel
    }
}

extension FileAttributes {
    /// The attributes without the SELinux label that a host gives and changes.
    public var withoutLabel: FileAttributes {
        var result = self
        result.extendedAttributes.removeAll { $0.name == Array("security.selinux".utf8) }
        return result
    }
}
