internal import LayerStore
internal import OSTree
internal import Synchronization

/// Runs jobs by several threads, the largest first, so that none of them is left over for the end. The first error ends all: jobs that have not begun are dropped, and those
/// that run see it when they ask (`check`).
final class ParallelJobs: Sendable {
    /// What jobs throw that end because another one failed.
    struct Cancelled: Error {}

    private struct State {
        var next = 0
        var failure: (any Error)?
    }
    private let state = Mutex(State())

    /// Throws where another job has failed, or somebody asked to stop.
    func check() throws {
        try Interruption.check()
        if state.withLock({ $0.failure != nil }) { throw Cancelled() }
    }

    /// Runs a job for each of some sizes, which gets its number, and returns their results in the jobs' order; throws the first
    /// error when all threads have ended.
    func run<Result: Sendable>(
        _ sizes: [UInt64], threads: Int, _ body: @escaping @Sendable (Int) throws -> Result
    ) throws -> [Result] {
        let count = sizes.count
        let order = sizes.indices.sorted { (sizes[$1], $0) < (sizes[$0], $1) }
        let results = ResultTable<Result>()
        let work: @Sendable () -> Void = { [self] in
            while let place = takeNext(of: count) {
                let index = order[place]
                do {
                    results.set(index, try body(index))
                } catch {
                    state.withLock { if $0.failure == nil { $0.failure = error } }
                }
            }
        }
        // The caller is one of them.
        let workers = WorkerThreads(
            min(threads, count) - 1, stackByteCount: WorkerThreads.largeStackByteCount, work)
        work()
        workers.join()
        if let failure = state.withLock({ $0.failure }) { throw failure }
        let all = results.all
        guard all.count == count else {
            try Interruption.check()
            throw Cancelled()
        }
        return (0..<count).compactMap { all[$0] }
    }

    private final class ResultTable<Result: Sendable>: Sendable {
        private let results = Mutex<[Int: Result]>([:])
        func set(_ index: Int, _ result: Result) { results.withLock { $0[index] = result } }
        var all: [Int: Result] { results.withLock { $0 } }
    }

    private func takeNext(of count: Int) -> Int? {
        state.withLock { state in
            guard state.failure == nil, state.next < count, Interruption.pending == nil else { return nil }
            defer { state.next += 1 }
            return state.next
        }
    }
}
