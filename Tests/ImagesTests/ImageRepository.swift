import Digests
import Foundation
import LayerStore
import OSTree
import Strategies
import TestSupport

@testable import Images

/// Images has one of this name, too.
typealias TemporaryFolder = TestSupport.TemporaryFolder

extension TemporaryRepository {
    /// Imports an image, by its name.
    @discardableResult
    func importImage(
        _ source: String, strategy: Strategy = .standard, policy: PathPolicy = .standard, blobs: BlobPolicy = .keep,
        named name: String? = nil, jobs: Int? = nil
    ) throws -> ImportedImage {
        let settings = ImageImporter.Settings(strategy: strategy, policy: policy, blobs: blobs, jobs: jobs)
        let importer = ImageImporter(into: repository, settings)
        var registry = RegistryOptions()
        registry.verifiesTLS = false
        let opener = ImageOpener(temporaryFolder: path + "/tmp", registry: registry, isHeld: importer.holds)
        return try importer.importImage(opener.open(ImageReference(source)!), named: name)
    }

    /// Imports layers as an image of their own.
    @discardableResult
    func importImage(_ image: ImageBuilder, policy: PathPolicy = .standard) throws -> ImportedImage {
        let written = try image.write(.layout, to: folder.path("layout-\(UUID().uuidString)"))
        defer { try? FileManager.default.removeItem(atPath: written.folder) }
        return try importImage(written.reference, policy: policy)
    }

    @discardableResult
    func push(_ name: String, to destination: String, rewrites: Bool = false) throws -> PushedImage {
        var registry = RegistryOptions()
        registry.verifiesTLS = false
        return try ImagePusher(from: repository, registry: registry, rewrites: rewrites, temporaryFolder: path + "/tmp")
            .push(StoredImages(in: repository).find(name), to: ImageReference(destination)!)
    }

    /// The tree of a commit.
    func nodes(of commit: Digest) throws -> [String: TreeNode] {
        var nodes: [String: TreeNode] = [:]
        func node(_ content: TreeNode.Content, _ attributes: FileAttributes) -> TreeNode {
            var node = TreeNode(
                content, mode: attributes.mode, userID: attributes.userID, groupID: attributes.groupID)
            for attribute in attributes.extendedAttributes {
                let name = String(decoding: attribute.name.prefix { $0 != 0 }, as: UTF8.self)
                if name.hasPrefix("user.") { node.attributes[name] = attribute.value }
            }
            return node
        }
        func visit(_ directory: DirectoryReference, _ path: String) throws {
            nodes[path] = node(.folder, try repository.directoryAttributes(directory.metadata))
            let tree = try repository.directoryTree(directory.contents)
            let prefix = path.isEmpty ? "" : path + "/"
            for (name, object) in tree.files {
                let file = try repository.fileObject(object)
                let content: TreeNode.Content
                switch file.content {
                case .symbolicLink(let target): content = .link(String(decoding: target, as: UTF8.self))
                case .regular(let byteCount):
                    let bytes = try PayloadStream(object, in: repository).readAll(limit: Int(byteCount))
                    content = .file(SHA256Stream.digest(of: bytes))
                }
                nodes[prefix + String(decoding: name, as: UTF8.self)] = node(content, file.attributes)
            }
            for (name, reference) in tree.directories {
                try visit(reference, prefix + String(decoding: name, as: UTF8.self))
            }
        }
        try visit(try repository.commit(commit).tree, "")
        return nodes
    }

    /// All of its own refs.
    func refs() throws -> [String: Digest] {
        try ["ostree", "layerlab"].reduce(into: [:]) { refs, prefix in
            refs.merge(try repository.refs(below: prefix)) { first, _ in first }
        }
    }

    /// How many objects there are.
    func objectCount() throws -> Int {
        try FileManager.default.subpathsOfDirectory(atPath: path + "/objects").filter { $0.contains(".") }.count
    }
}

extension PathPolicy {
    /// An unpacked tree as this policy keeps it, with the folders that only the policy makes.
    func kept(_ nodes: [String: TreeNode]) -> [String: TreeNode] {
        var kept: [String: TreeNode] = [:]
        for (path, node) in nodes {
            guard case .path(let names) = place(Array(path.utf8)) else { continue }
            kept[names.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "/")] = node
        }
        for path in kept.keys {
            var parent = path
            while let slash = parent.lastIndex(of: "/") {
                parent = String(parent[..<slash])
                if kept[parent] == nil { kept[parent] = .implied }
            }
        }
        return kept
    }
}

/// Where two trees differ, a line each.
func difference(_ ours: [String: TreeNode], _ theirs: [String: TreeNode]) -> [String] {
    Set(ours.keys).union(theirs.keys).sorted().compactMap { path in
        guard ours[path] != theirs[path] else { return nil }
        return
            "'\(path)': ours \(ours[path]?.description ?? "nothing"), theirs \(theirs[path]?.description ?? "nothing")"
    }
}

/// What the real `umoci` unpacks of an image of layers.
func unpackedByUmoci(_ image: ImageBuilder) throws -> [String: TreeNode] {
    let folder = try TemporaryFolder()
    try image.write(.layout, to: folder.path("layout"))
    try ImageTool.umoci("unpack", "--image", folder.path("layout") + ":latest", folder.path("bundle"))
    return try UnpackedTree.nodes(in: folder.path("bundle/rootfs"))
}
