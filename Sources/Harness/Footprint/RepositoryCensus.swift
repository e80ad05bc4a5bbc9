/// What a repository, or a part of it, takes on the disk, by kind of file.
///
/// Each file counts once, however many names it has. Folders are counted apart from files: what they take depends on the
/// file system and on what they held before, for they never shrink.
struct RepositoryCensus: Equatable, Sendable {
    /// How much there is of something; below zero in a difference.
    struct Count: Equatable, Sendable {
        var files = 0
        /// Bytes from beginning to end.
        var bytes = 0
        /// Bytes of the file system's blocks.
        var diskBytes = 0

        static let zero = Count()

        static func + (left: Count, right: Count) -> Count {
            Count(
                files: left.files + right.files, bytes: left.bytes + right.bytes,
                diskBytes: left.diskBytes + right.diskBytes)
        }

        static func - (left: Count, right: Count) -> Count {
            Count(
                files: left.files - right.files, bytes: left.bytes - right.bytes,
                diskBytes: left.diskBytes - right.diskBytes)
        }
    }

    /// Without kinds of which there is nothing.
    private var counts: [RepositoryFile.Kind: Count] = [:]

    init() {}

    /// Counts everything in a repository's folder.
    init(of repository: String) throws { self.init(try RepositoryFile.all(in: repository)) }

    init(_ files: some Sequence<RepositoryFile>) {
        for file in files {
            self[file.kind] = self[file.kind] + Count(files: 1, bytes: file.bytes, diskBytes: file.diskBytes)
        }
    }

    private(set) subscript(kind: RepositoryFile.Kind) -> Count {
        get { counts[kind, default: .zero] }
        set { counts[kind] = newValue == .zero ? nil : newValue }
    }

    /// All files, those of refs among them; no folders.
    var files: Count {
        RepositoryFile.Kind.allCases.filter { $0 != .folder }.reduce(.zero) { $0 + self[$1] }
    }

    static func + (left: RepositoryCensus, right: RepositoryCensus) -> RepositoryCensus {
        combine(left, right, by: +)
    }

    static func - (left: RepositoryCensus, right: RepositoryCensus) -> RepositoryCensus {
        combine(left, right, by: -)
    }

    private static func combine(
        _ left: RepositoryCensus, _ right: RepositoryCensus, by operation: (Count, Count) -> Count
    ) -> RepositoryCensus {
        var result = RepositoryCensus()
        for kind in RepositoryFile.Kind.allCases { result[kind] = operation(left[kind], right[kind]) }
        return result
    }
}
