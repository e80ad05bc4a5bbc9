/// What keeping one layer by one strategy costs in a repository that holds nothing else: one row of the footprint tables.
///
/// All figures are exact and repeatable, but for bytes on disk, which are the file system's own. They are nil where the
/// row failed before they were known.
public struct FootprintRecord: Codable, Sendable, Equatable {
    /// What some files take.
    public struct Cost: Codable, Sendable, Equatable {
        /// Files, those of refs counted too.
        public var files = 0
        /// How many of the files are refs.
        public var refs = 0
        /// Bytes in the files.
        public var bytes = 0
        /// Bytes of the file system's blocks under the files; folders are not among them.
        public var diskBytes = 0

        public init(files: Int = 0, refs: Int = 0, bytes: Int = 0, diskBytes: Int = 0) {
            (self.files, self.refs) = (files, refs)
            (self.bytes, self.diskBytes) = (bytes, diskBytes)
        }

        public static func + (left: Cost, right: Cost) -> Cost {
            Cost(
                files: left.files + right.files, refs: left.refs + right.refs, bytes: left.bytes + right.bytes,
                diskBytes: left.diskBytes + right.diskBytes)
        }

        init(_ census: RepositoryCensus) {
            let all = census.files
            self.init(files: all.files, refs: census[.ref].files, bytes: all.bytes, diskBytes: all.diskBytes)
        }
    }

    /// Folders below the repository's own, but for objects' folders that are empty.
    public struct Folders: Codable, Sendable, Equatable {
        public var count: Int
        /// Bytes of their blocks. They depend on what the folders held before, and so does their difference to the floor's.
        public var diskBytes: Int

        init(_ census: RepositoryCensus) {
            (count, diskBytes) = (census[.folder].files, census[.folder].diskBytes)
        }
    }

    public struct Orphans: Codable, Sendable, Equatable {
        /// Payloads that the layer's tree does not hold, each once.
        public var count: Int
        /// Their bytes, uncompressed.
        public var payloadBytes: UInt64
        /// What they take with all that keeps them alive: content objects, the tree that names them, and their commit
        /// with its ref where they have one of their own. Folder attributes count only where nothing else needs them.
        public var cost: Cost
    }

    public var layer: String
    public var policy: String
    public var mode: String
    /// `ENCODING@STORAGE`.
    public var strategy: String
    public var encoding: String
    public var storage: String
    /// Whether the storage keeps nothing, for others to be compared to.
    public var isFloor: Bool

    public var entries: Int?
    /// Bytes of the uncompressed layer.
    public var layerBytes: UInt64?
    /// The encoding's bytes alone.
    public var recipeBytes: Int?
    /// The recipe with its envelope, before a repository's own compression; 0 for the floor.
    public var storedBytes: Int?
    /// The layer's commit object, as the repository keeps it.
    public var commitObjectBytes: Int?

    /// The whole repository, after a prune.
    public var repository: Cost?
    public var folders: Folders?
    /// What it takes more than the floor's repository in the same mode. It is the recipe's cost, the
    /// orphans' and the dictionary's.
    public var overFloor: Cost?
    public var foldersOverFloor: Folders?
    /// What the recipe takes: files of its own, and what the layer's commit has grown by, compared to the floor's. The
    /// name of a companion in that commit counts here, also where it is the orphans'.
    public var recipe: Cost?
    public var orphans: Orphans?
    /// What the dictionaries take that the encoding names, with what keeps them alive: once in a repository, however many
    /// layers it holds, and part of what is over the floor here. Nil where the encoding names none.
    public var dictionary: Cost?

    /// What a pull over HTTP moves.
    public var pull: PullRecord?
    /// Why there is no pull, where ostree refuses it: what it said. That is a fact about the repository, not an error.
    public var noPull: String?

    /// Why this row is incomplete.
    public var error: String?

    public init(
        layer: String, policy: String, mode: String, strategy: String, encoding: String, storage: String,
        isFloor: Bool
    ) {
        (self.layer, self.policy, self.mode) = (layer, policy, mode)
        (self.strategy, self.encoding, self.storage) = (strategy, encoding, storage)
        self.isFloor = isFloor
    }

    /// Whether the files, refs and bytes over the floor are the recipe's, the orphans' and the dictionary's, and nothing
    /// else; nil where that
    /// is not known.
    public var addsUp: Bool? {
        guard let overFloor, let recipe, let orphans else { return nil }
        var sum = recipe + orphans.cost + (dictionary ?? Cost())
        sum.diskBytes = overFloor.diskBytes
        return overFloor == sum
    }

    /// Bytes of blocks over the floor that are neither the recipe's, the orphans' nor the dictionary's. There are some where the file system
    /// gave the layer's own files other blocks than in the floor's repository: long files in many pieces, for example.
    public var strayDiskBytes: Int? {
        guard let overFloor, let recipe, let orphans else { return nil }
        return overFloor.diskBytes - (recipe + orphans.cost + (dictionary ?? Cost())).diskBytes
    }
}
