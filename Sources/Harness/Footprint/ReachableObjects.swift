internal import Digests
internal import OSTree

/// The objects that commits and trees reach, by the paths of their files in the repository.
struct ReachableObjects {
    private(set) var paths: Set<String> = []
    private let repository: Repository

    init(in repository: Repository) { self.repository = repository }

    /// The path of an object's file.
    static func path(_ kind: Repository.ObjectKind, _ object: Digest, in mode: RepositoryMode) -> String {
        let suffix =
            switch kind {
            case .commit: "commit"
            case .directoryTree: "dirtree"
            case .directoryMetadata: "dirmeta"
            case .file: mode == .archive ? "filez" : "file"
            }
        return "objects/\(object.hex.prefix(2))/\(object.hex.dropFirst(2)).\(suffix)"
    }

    /// Adds a commit and all below it, except the folders of its root that are named.
    mutating func add(commit checksum: Digest, without left: Set<String> = []) throws {
        let commit = try repository.commit(checksum)
        add(.commit, checksum)
        try add(commit.tree, without: left)
    }

    /// Adds a folder and all below it.
    mutating func add(_ folder: DirectoryReference, without left: Set<String> = []) throws {
        add(.directoryMetadata, folder.metadata)
        // The same contents may have other attributes elsewhere, but nothing else below them.
        guard add(.directoryTree, folder.contents) else { return }
        let tree = try repository.directoryTree(folder.contents)
        for file in tree.files { add(.file, file.object) }
        for entry in tree.directories where !left.contains(String(decoding: entry.name, as: UTF8.self)) {
            try add(entry.directory)
        }
    }

    @discardableResult
    private mutating func add(_ kind: Repository.ObjectKind, _ object: Digest) -> Bool {
        paths.insert(ReachableObjects.path(kind, object, in: repository.mode)).inserted
    }
}
