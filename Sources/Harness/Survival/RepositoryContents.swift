/// The files of a repository with their lengths, to tell what an operation did to them.
struct RepositoryContents {
    private var byteCounts: [String: Int] = [:]

    /// An empty one.
    init() {}

    init(of repository: String) throws {
        for file in try RepositoryFile.all(in: repository) where file.kind != .folder {
            byteCounts[file.path] = file.bytes
        }
    }

    /// Bytes of the files that are not among others, or have another length there.
    func bytesBeside(_ others: RepositoryContents) -> Int {
        byteCounts.reduce(0) { $0 + (others.byteCounts[$1.key] == $1.value ? 0 : $1.value) }
    }

    /// Bytes of the files that are not among later ones.
    func bytesGone(in later: RepositoryContents) -> Int {
        byteCounts.reduce(0) { $0 + (later.byteCounts[$1.key] == nil ? $1.value : 0) }
    }
}
