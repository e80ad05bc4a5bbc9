internal import Digests
internal import OSTree
internal import Strategies

/// Has a layer's tree written as directory objects, and waits for them.
struct TreeWriter {
    let objects: ObjectPool

    /// The root directory.
    struct Root {
        var contents: MetadataObject
        var metadata: MetadataObject

        var reference: DirectoryReference {
            DirectoryReference(contents: contents.object, metadata: metadata.object)
        }
    }

    func write(_ tree: LayerTree) throws -> Root {
        // Directories' attributes repeat: a few dozen objects serve thousands.
        var attributes: [FileAttributes: MetadataObject] = [:]
        var root: Root?
        _ = try tree.fold { node, children -> Child in
            if let object = node.content.object { return .file(object) }
            var directory = DirectoryTree()
            var height = 0
            for (name, child) in children {
                switch child {
                case .file(let object): directory.files.append((name, object))
                case .directory(let reference, let below):
                    directory.directories.append((name, reference))
                    height = max(height, below + 1)
                }
            }
            let contents = MetadataObject(directory, height: height)
            try objects.write(contents)
            let metadata = try attributes[node.attributes] ?? write(node.attributes)
            attributes[node.attributes] = metadata
            let written = Root(contents: contents, metadata: metadata)
            root = written
            return .directory(written.reference, height: height)
        }
        _ = try objects.finish()
        guard let root else { preconditionFailure("a tree's root is a directory") }
        return root
    }

    private func write(_ attributes: FileAttributes) throws -> MetadataObject {
        let metadata = MetadataObject(attributes, in: objects.mode)
        try objects.write(metadata)
        return metadata
    }

    private enum Child {
        case file(Digest)
        case directory(DirectoryReference, height: Int)
    }
}
