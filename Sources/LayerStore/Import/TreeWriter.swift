internal import Digests
internal import OSTree
internal import Strategies

/// Has a layer's tree written as directory objects, and waits for them.
struct TreeWriter {
    let objects: ObjectPool

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
            let metadata = try attributes[node.attributes] ?? write(MetadataObject(node.attributes, in: self.objects.mode))
            attributes[node.attributes] = metadata
            return .directory(
                DirectoryReference(contents: try write(MetadataObject(directory)), metadata: metadata))
        }
        _ = try self.objects.finish()
        guard case .directory(let directory) = root else { preconditionFailure("a tree's root is a directory") }
        return directory
    }

    private func write(_ metadata: MetadataObject) throws -> Digest {
        try objects.write(metadata)
        return metadata.object
    }

    private enum Child {
        case file(Digest)
        case directory(DirectoryReference)
    }
}
