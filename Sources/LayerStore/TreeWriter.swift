internal import Digests
internal import OSTree
internal import Strategies

/// Writes a layer's tree as directory objects.
struct TreeWriter {
    let transaction: Transaction

    /// The root directory.
    func write(_ tree: LayerTree) throws -> DirectoryReference {
        // Directories' attributes repeat: a few dozen objects serve thousands.
        var attributes: [FileAttributes: Digest] = [:]
        let root = try tree.fold { node, children -> Child in
            if let object = node.content.object { return .file(object) }
            var directory = DirectoryTree()
            for (name, child) in children {
                switch child {
                case .file(let object): directory.files.append((name, object))
                case .directory(let reference): directory.directories.append((name, reference))
                }
            }
            let metadata = try attributes[node.attributes] ?? transaction.writeDirectoryAttributes(node.attributes)
            attributes[node.attributes] = metadata
            return .directory(DirectoryReference(contents: try transaction.write(directory), metadata: metadata))
        }
        guard case .directory(let directory) = root else { preconditionFailure("a tree's root is a directory") }
        return directory
    }

    private enum Child {
        case file(Digest)
        case directory(DirectoryReference)
    }
}
