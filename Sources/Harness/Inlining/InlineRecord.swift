/// What one limit for inlined payloads costs, for one layer in one mode: one row of the sweep.
public struct InlineRecord: Codable, Sendable, Equatable {
    /// What payload objects take in the repository, each once.
    public struct Objects: Codable, Sendable, Equatable {
        public var count = 0
        /// Bytes in their files: compressed and with a header of attributes in `archive`.
        public var bytes = 0
        /// Bytes of the file system's blocks under them.
        public var diskBytes = 0
        /// An inode for each, which holds the attributes that `bare-user` keeps as an extended one.
        public var inodeBytes = 0
        /// A name in a folder for each.
        public var nameBytes = 0

        /// What they take on the disk in all.
        public var total: Int { diskBytes + inodeBytes + nameBytes }
    }

    public var schemaVersion = LayerResult.currentSchemaVersion
    public var layer: String
    public var mode: String
    public var encoding: String
    /// Payloads up to this many bytes are literals.
    public var limit: UInt64
    public var entries: Int
    /// The encoding's bytes; nil where it failed.
    public var recipeBytes: Int?
    /// Payloads that became literals, each as often as it occurs, and their bytes.
    public var inlinedPayloads = 0
    public var inlinedBytes: UInt64 = 0
    /// How many of them stand in the layer's tree, which needs their objects in any case.
    public var inlinedInTree = 0
    /// What the repository has to hold: the tree's files, and the orphans that are still referred to.
    public var objects = Objects()
    /// Recipe and objects.
    public var totalBytes: Int?
    /// Computed, not stored: the objects of a store that needs none for an inlined file, as composefs does it.
    public var hypotheticalObjects = Objects()
    /// Computed: recipe and those objects.
    public var hypotheticalTotalBytes: Int?
    /// Why there is no figure.
    public var error: String?

    init(layer: String, mode: String, encoding: String, limit: UInt64, entries: Int) {
        (self.layer, self.mode, self.encoding) = (layer, mode, encoding)
        (self.limit, self.entries) = (limit, entries)
    }
}
