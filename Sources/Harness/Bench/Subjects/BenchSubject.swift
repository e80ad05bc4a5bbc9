internal import OSTree
internal import Processes

/// Something that a benchmark measures on a layer, in one or several rows.
protocol BenchSubject: AnyObject {
    var records: [BenchRecord] { get set }
    /// Takes one sample. An error ends this subject, not the benchmark.
    func measure(_ sample: Sample) throws
}

/// One sample of one subject.
struct Sample {
    /// A path of the sample's own, where nothing is yet. What is made there stays until the benchmark is over.
    let place: String
    let cache: CacheState
    let pageCache: PageCache
    /// Whether cold samples come in between, so that what a warm one reads has to be read before.
    let readsWarm: Bool
    /// Whether it is kept; a warm-up is not.
    let isRecorded: Bool

    /// Runs a process and times it. One that fails gives no sample but an error.
    ///
    /// - Parameters:
    ///   - paths: what it reads; that is dropped from memory first where the cache is to be cold.
    ///   - others: programs that it starts in its turn.
    ///   - isOneProcess: whether it does its work in its first process, so that a warm-up may look at its memory.
    @discardableResult
    func time(
        _ operation: BenchOperation, _ child: ChildProcess, reading paths: [String], starting others: [String] = [],
        isOneProcess: Bool = true, into record: inout BenchRecord
    ) throws -> ChildResult {
        try pageCache.prepare(cache, paths, readsWarm: readsWarm)
        if cache == .cold { pageCache.warmUp([child.program] + others) }
        var child = child
        child.samplesMemory = isOneProcess && !isRecorded
        let result = try child.runChecked()
        record.update(operation, cache) { isRecorded ? $0.add(result) : $0.add(result.peakMemory) }
        return result
    }
}

extension BenchRecord {
    /// A row before its first sample.
    init(
        _ role: Role, _ name: String, on prepared: PreparedLayer, in mode: RepositoryMode? = nil, note: String? = nil
    ) {
        self.init(
            layer: prepared.layer.name, role: role, name: name, mode: mode?.rawValue, layerBytes: prepared.tar.bytes,
            note: note)
    }
}
