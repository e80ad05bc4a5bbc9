internal import Foundation

/// How far a benchmark is, what it has found and what it took until now.
final class BenchProgress {
    var results: BenchResults
    var pace: BenchPace
    /// Folders of layers that are done, not removed yet.
    var finished: [URL] = []
    private let start = ContinuousClock().now
    let deadline: ContinuousClock.Instant?
    private let folder: String
    private let processor = ProcessorTimes.now
    private let freeBytes: UInt64?
    private let write: (BenchResults, Bool) throws -> Void

    init(
        _ results: BenchResults, _ pace: BenchPace, budgetSeconds: Double?, folder: String,
        save: @escaping (BenchResults, Bool) throws -> Void
    ) {
        self.results = results
        self.pace = pace
        self.folder = folder
        deadline = budgetSeconds.map { ContinuousClock().now.advanced(by: .seconds($0)) }
        freeBytes = FreeSpace.bytes(at: folder)
        write = save
    }

    /// Saves all there is, with what the benchmark took and met so far.
    ///
    /// - Parameter withTables: whether to make the tables anew, which takes longer than the samples do.
    func save(withTables: Bool) throws {
        note()
        try write(results, withTables)
    }

    /// Writes down what the benchmark took and met so far.
    func note() {
        results.conditions.wallSeconds = start.duration(to: ContinuousClock().now) / .seconds(1)
        if let processor { results.conditions.stolenShare = ProcessorTimes.now?.stolenShare(since: processor) }
        if let freeBytes, let free = FreeSpace.bytes(at: folder), free < freeBytes {
            results.conditions.peakWorkBytes = max(results.conditions.peakWorkBytes, freeBytes - free)
        }
    }
}
