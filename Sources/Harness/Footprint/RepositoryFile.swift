internal import Foundation
internal import LayerStore

/// A file or folder of an ostree repository, as it lies on the disk.
struct RepositoryFile: Equatable, Sendable {
    /// What a file is by its place and name.
    enum Kind: String, CaseIterable, Sendable {
        case commit
        /// A commit's detached metadata.
        case commitMetadata = "commitmeta"
        case directoryTree = "dirtree"
        case directoryMetadata = "dirmeta"
        /// A file object: a payload or a symbolic link with its attributes.
        case content
        case ref
        /// What others than ostree keep in `extensions`.
        case `extension`
        /// The configuration, locks, and whatever else there is.
        case other
        /// A folder that holds something, at whatever depth.
        case folder
    }

    /// From the repository's folder on, without a leading slash.
    var path: String
    var kind: Kind
    /// Bytes from beginning to end; none for a folder.
    var bytes: Int
    var diskBytes: Int

    /// Everything in a repository, folders before what they hold, names sorted by their bytes. A file with several names
    /// counts under the first one; a folder that holds no file at all is left out, since ostree leaves empty ones behind.
    static func all(in repository: String) throws -> [RepositoryFile] {
        var walk = Walk(root: repository)
        try walk.visit("")
        return walk.found
    }

    private struct Walk {
        let root: String
        var found: [RepositoryFile] = []
        private var seen: Set<[UInt64]> = []

        init(root: String) { self.root = root }

        mutating func visit(_ folder: String) throws {
            let names = try FileManager.default.contentsOfDirectory(atPath: "\(root)/\(folder)")
            for name in names.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
                let path = folder.isEmpty ? name : "\(folder)/\(name)"
                let status = try FileStatus(of: "\(root)/\(path)")
                if status.kind == .directory {
                    let place = found.count
                    try visit(path)
                    guard found.count > place else { continue }
                    let folder = RepositoryFile(
                        path: path, kind: .folder, bytes: 0, diskBytes: status.allocatedByteCount)
                    found.insert(folder, at: place)
                } else if seen.insert([status.device, status.inode]).inserted {
                    found.append(
                        RepositoryFile(
                            path: path, kind: Kind(path: path), bytes: status.byteCount,
                            diskBytes: status.allocatedByteCount))
                }
            }
        }
    }
}

extension RepositoryFile.Kind {
    /// The kind of a file, by its path in the repository.
    init(path: String) {
        let folder = path.prefix { $0 != "/" }
        switch (folder, path.split(separator: ".").last) {
        case ("objects", "commit"): self = .commit
        case ("objects", "commitmeta"): self = .commitMetadata
        case ("objects", "dirtree"): self = .directoryTree
        case ("objects", "dirmeta"): self = .directoryMetadata
        case ("objects", "file"), ("objects", "filez"): self = .content
        case ("refs", _): self = .ref
        case ("extensions", _): self = .extension
        default: self = .other
        }
    }
}
