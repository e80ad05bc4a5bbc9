internal import LayerStore

/// The files of a repository, to tell what an operation did to them.
struct RepositoryContents {
    private struct Place: Hashable {
        var device: UInt64
        var inode: UInt64
    }
    private struct File {
        var place: Place
        var byteCount: Int
    }
    private var files: [String: File] = [:]

    init(of repository: String) throws {
        for file in try RepositoryFile.all(in: repository) where file.kind != .folder {
            let status = try FileStatus(of: "\(repository)/\(file.path)")
            let place = Place(device: status.device, inode: status.inode)
            files[file.path] = File(place: place, byteCount: status.byteCount)
        }
    }

    /// Bytes of the files that were not there before, under whatever name and in whatever repository, or had another length.
    func bytesWritten(since before: RepositoryContents) -> Int {
        let places = Dictionary(before.files.values.map { ($0.place, $0.byteCount) }) { first, _ in first }
        return files.values.reduce(0) { $0 + (places[$1.place] == $1.byteCount ? 0 : $1.byteCount) }
    }

    /// Bytes of the files whose names are not among later ones.
    func bytesGone(in later: RepositoryContents) -> Int {
        files.reduce(0) { $0 + (later.files[$1.key] == nil ? $1.value.byteCount : 0) }
    }
}
