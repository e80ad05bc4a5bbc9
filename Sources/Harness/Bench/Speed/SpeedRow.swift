internal import OSTree
internal import Strategies

/// One comparison of the stage `speed`: a process of ours beside one that does the same work, and what ours ought to reach.
struct SpeedRow {
    /// One of the processes that a round measures, as its record names it.
    struct Process: Equatable {
        var name: String
        var mode: String?
        var operation: BenchOperation
        var cache = CacheState.warm

        func isOf(_ record: BenchRecord) -> Bool { record.name == name && record.mode == mode }
    }

    /// On which layers a comparison makes sense.
    enum Layers: String {
        case all
        /// Where what is opened for each file counts.
        case smallFiles
        /// Where what is done to each byte counts.
        case bigFiles

        /// From so many bytes of the stream per entry on a layer's files count as big. The file systems of distributions
        /// have some 20 kB, sources below 10 kB.
        static let bigBytesPerEntry = 32_768.0

        func includes(bytes: UInt64, entries: Int) -> Bool {
            let isBig = Double(bytes) >= Layers.bigBytesPerEntry * Double(max(entries, 1))
            return self == .all || isBig == (self == .bigFiles)
        }
    }

    /// What is compared, and which side of the target is good.
    enum Target {
        /// Their time over ours: at least.
        case timesAsFast(Double)
        /// Our time over theirs: at most.
        case timesTheTime(Double)
        /// Our peak memory over `SpeedRow.memoryLimit`: at most 1.
        case memory
    }

    /// What stays the same between two versions of the tool: for scripts.
    var identifier: String
    var what: String
    /// The peer as tables name it.
    var peer: String
    var ours: Process
    /// Nil where our own figure stands against a limit.
    var theirs: Process?
    var target: Target
    var layers = Layers.all

    /// The peak that an import or a rebuild may reach: 64 MiB, and 512 bytes for each tar entry.
    static func memoryLimit(entries: Int) -> Double { Double(64 << 20) + 512 * Double(entries) }

    /// Whether a record is one of the two sides.
    func uses(_ record: BenchRecord) -> Bool { ours.isOf(record) || theirs?.isOf(record) == true }
}
