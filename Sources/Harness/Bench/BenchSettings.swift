/// How often, how long and what of a plan is measured.
public struct BenchSettings: Codable, Sendable, Equatable {
    /// A part of a benchmark. The axes are not multiplied unless `isFull`: each part varies one, or two, and keeps the rest.
    /// They are measured in this order: what takes little time comes first, so that a short budget does not leave it out.
    public enum Stage: String, Codable, CaseIterable, Sendable {
        /// Every encoding in memory, on every layer.
        case encodings
        /// What still rebuilds after what a repository lives through: a small generated layer, by one encoding that names
        /// objects and one that names paths, in every storage.
        case survival
        /// Whole processes, timed: the Pareto set of the encodings, the peers, the floors.
        case endToEnd = "end-to-end"
        /// Every storage in every mode, with one encoding: what a repository grows by, and what a pull moves.
        case footprint
        /// Whole processes, each beside the peer or the floor that does the same work, against a target.
        case speed
        /// Whole images: what their blobs cost, and whole processes beside skopeo and umoci.
        case image

        /// What is measured where nobody chose: all but `speed`, which repeats much of `endToEnd` under other conditions.
        public static let usual: [Stage] = [.encodings, .survival, .endToEnd, .footprint, .image]
    }

    public var stages: [Stage] = Stage.usual
    /// Rounds that are measured in any case.
    public var minimumSamples = 5
    /// Rounds after which a layer is done, however wide its intervals are.
    public var maximumSamples = 10
    /// A layer is done after the minimum when the 95 % intervals of all its ratios reach no further than this share from
    /// their medians.
    public var precision = 0.05
    /// Seconds for the whole benchmark; nil where it may take what it takes.
    public var budgetSeconds: Double?
    public var caches: [CacheState] = [.warm]
    /// Whether other programs are measured too, where they are installed.
    public var includesPeers = true
    /// Whether every strategy is measured end to end in every mode.
    public var isFull = false
    /// Whether commits are synced to the disk.
    public var isDurable = true

    public init() {}
}
