public import Digests
internal import OSTree

extension LayerTree {
    /// A tree's nodes by what they have, in about fifty bytes each.
    struct NodeColumns: Sendable {
        /// The first and the last of a directory's children; -1 for none.
        struct Children {
            var first: Int32
            var last: Int32
        }

        private enum Kind: UInt32 { case directory, regular, symbolicLink }

        private static let kindBits = 2

        /// A node's kind, and above it where its attributes are in the table.
        private var styles: [UInt32] = []
        /// A file's size, where a link's target is, or a directory's children.
        private var details: [UInt64] = []
        private var objects: [Digest] = []
        private var targets: [[UInt8]] = []
        /// Attributes repeat: a few dozen serve thousands of nodes.
        private var attributes: [FileAttributes] = []
        private var attributeNumbers: [FileAttributes: UInt32] = [:]
        private var lastAttributes = 0

        init(root: Node) { append(root) }

        var count: Int { styles.count }

        subscript(index: Int) -> Node {
            get {
                let content: Content =
                    switch kind(of: index) {
                    case .directory: .directory
                    case .regular: .regular(byteCount: details[index], object: objects[index])
                    case .symbolicLink:
                        .symbolicLink(target: targets[Int(details[index])], object: objects[index])
                    }
                return Node(content: content, attributes: attributes[Int(styles[index] >> NodeColumns.kindBits)])
            }
            set {
                let number = number(of: newValue.attributes) << NodeColumns.kindBits
                switch newValue.content {
                case .directory:
                    // A directory that stays one keeps its children.
                    if kind(of: index) != .directory { set(Children(first: -1, last: -1), of: index) }
                    styles[index] = number | Kind.directory.rawValue
                case .regular(let byteCount, let object):
                    styles[index] = number | Kind.regular.rawValue
                    (details[index], objects[index]) = (byteCount, object)
                case .symbolicLink(let target, let object):
                    styles[index] = number | Kind.symbolicLink.rawValue
                    (details[index], objects[index]) = (UInt64(targets.count), object)
                    targets.append(target)
                }
            }
        }

        mutating func append(_ node: Node) {
            styles.append(Kind.regular.rawValue)
            details.append(0)
            objects.append(.zero)
            self[count - 1] = node
        }

        mutating func replaceObjects(
            _ replacement: (Digest) throws -> (object: Digest, hasExtendedAttributes: Bool)
        ) rethrows {
            for index in 0..<count where !isDirectory(index) {
                let (object, hasExtendedAttributes) = try replacement(objects[index])
                objects[index] = object
                guard !hasExtendedAttributes else { continue }
                var plain = attributes[Int(styles[index] >> NodeColumns.kindBits)]
                plain.extendedAttributes = []
                styles[index] = number(of: plain) << NodeColumns.kindBits | styles[index] & 3
            }
        }

        func isDirectory(_ index: Int) -> Bool { kind(of: index) == .directory }

        /// The content object of a file or link.
        func object(_ index: Int) -> Digest? { isDirectory(index) ? nil : objects[index] }

        func fileObject(_ index: Int) -> Digest? { kind(of: index) == .regular ? objects[index] : nil }

        /// The object of a node that is known to have one.
        func knownObject(_ index: Int) -> Digest { objects[index] }

        /// The target of a node that is known to be a symbolic link.
        func target(_ index: Int) -> [UInt8] { targets[Int(details[index])] }

        /// A directory's children; none for what is no directory.
        func children(of index: Int) -> Children {
            guard isDirectory(index) else { return Children(first: -1, last: -1) }
            let detail = details[index]
            return Children(
                first: Int32(truncatingIfNeeded: detail >> 32), last: Int32(truncatingIfNeeded: detail))
        }

        mutating func set(_ children: Children, of index: Int) {
            details[index] =
                UInt64(UInt32(bitPattern: children.first)) << 32 | UInt64(UInt32(bitPattern: children.last))
        }

        private func kind(of index: Int) -> Kind { Kind(rawValue: styles[index] & 3) ?? .directory }

        private mutating func number(of node: FileAttributes) -> UInt32 {
            if lastAttributes < attributes.count, attributes[lastAttributes] == node { return UInt32(lastAttributes) }
            let number = attributeNumbers[node] ?? UInt32(attributes.count)
            if Int(number) == attributes.count {
                attributes.append(node)
                attributeNumbers[node] = number
            }
            lastAttributes = Int(number)
            return number
        }
    }

    /// The content objects that a tree holds.
    public struct Objects: Sendable {
        private let nodes: NodeColumns
        private var table: DigestTable

        init(of nodes: NodeColumns) {
            self.nodes = nodes
            table = DigestTable(capacity: nodes.count)
            for index in 0..<nodes.count where !nodes.isDirectory(index) {
                _ = table.insert(index, digest: nodes.knownObject)
            }
        }

        public func contains(_ object: Digest) -> Bool { table.number(of: object, digest: nodes.knownObject) != nil }
    }
}
