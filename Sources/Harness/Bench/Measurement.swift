public import Processes

/// What is timed.
public enum BenchOperation: String, Codable, CaseIterable, Sendable {
    /// A layer's stream → what is kept of it: our import, `ostree commit`, `tar-split disasm`.
    case `import`
    /// What is kept → a stream: our rebuild, `tar-split asm`, `ostree export`, `tar -c`; for floors, what every rebuild has
    /// to do at least.
    case rebuild
}

/// Whether files were in the page cache when a measurement began.
public enum CacheState: String, Codable, CaseIterable, Sendable {
    /// They had been read or written just before.
    case warm
    /// They had been dropped from the kernel's page cache.
    case cold
}

/// All samples of one operation of one row, in the order of the rounds: the samples with the same index in two rows of a
/// layer were taken in the same round.
public struct Measurement: Codable, Sendable, Equatable {
    public var operation: BenchOperation
    public var cache: CacheState
    /// Wall-clock seconds. Of a whole process, its start included; of a floor in memory, of the operation alone.
    public var seconds: [Double] = []
    /// Seconds of processor time, all threads together; empty for floors in memory.
    public var processorSeconds: [Double] = []
    /// The largest resident set over all samples and the warm-up.
    public var peakMemory: PeakMemory?
    /// Bytes that came from a disk; what tells whether a cold cache was cold.
    public var diskReadBytes: [UInt64] = []

    init(_ operation: BenchOperation, _ cache: CacheState) {
        self.operation = operation
        self.cache = cache
    }

    /// Adds a process that has ended.
    mutating func add(_ result: ChildResult) {
        seconds.append(result.wallSeconds)
        processorSeconds.append(result.processorSeconds)
        diskReadBytes.append(result.diskReadBytes)
        add(result.peakMemory)
    }

    /// Adds what is known of the memory; a warm-up tells that, too.
    mutating func add(_ peak: PeakMemory) { peakMemory = peakMemory?.combined(with: peak) ?? peak }
}
