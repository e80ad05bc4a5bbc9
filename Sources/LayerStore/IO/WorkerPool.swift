internal import Foundation

/// Threads that run jobs in the order in which they were given, each with something of its own at hand.
///
/// The first error ends the work: jobs that wait are dropped, and the owner is told at its next call.
final class WorkerPool<Tool>: Sendable {
    typealias Job = @Sendable (Tool) throws -> Void

    private let state = State()

    /// Shared with the threads, which must not keep the pool itself alive.
    private final class State: @unchecked Sendable {
        let condition = NSCondition()
        var jobs: [Job?] = []
        /// Jobs at the front of the list that have been taken.
        var taken = 0
        var running = 0
        var threads = 0
        var isClosed = false
        var failure: (any Error)?

        /// The next job; nil when the pool is closed. The lock is held.
        func next() -> Job? {
            while taken == jobs.count {
                if isClosed { return nil }
                condition.wait()
            }
            defer {
                jobs[taken] = nil
                taken += 1
                if taken == jobs.count {
                    jobs.removeAll(keepingCapacity: true)
                    taken = 0
                }
            }
            return jobs[taken]
        }

        func fail(_ error: any Error) {
            if failure == nil { failure = error }
            jobs.removeAll()
            taken = 0
        }
    }

    /// - Parameter makeTool: called on each of the threads, before its first job.
    init(threads: Int, _ makeTool: @escaping @Sendable () throws -> Tool) {
        state.threads = threads
        for _ in 0..<threads {
            let thread = Thread { [state] in WorkerPool.work(state, makeTool) }
            thread.start()
        }
    }

    /// Drops the jobs that wait, and returns when the threads, and their tools, are gone.
    deinit {
        state.condition.withLock {
            state.isClosed = true
            state.jobs.removeAll()
            state.taken = 0
            state.condition.broadcast()
            while state.threads > 0 { state.condition.wait() }
        }
    }

    /// Adds a job. Where another one has failed, its error is thrown instead.
    func submit(_ job: @escaping Job) throws {
        try state.condition.withLock {
            if let failure = state.failure { throw failure }
            state.jobs.append(job)
            state.condition.signal()
        }
    }

    /// Throws the error of a job that has failed.
    func check() throws {
        try state.condition.withLock { if let failure = state.failure { throw failure } }
    }

    /// Waits until all jobs are done.
    func finish() throws {
        try state.condition.withLock {
            while state.failure == nil && state.taken < state.jobs.count || state.running > 0 { state.condition.wait() }
            if let failure = state.failure { throw failure }
        }
    }

    private static func work(_ state: State, _ makeTool: () throws -> Tool) {
        var tool: Tool?
        state.condition.lock()
        while var job = state.next() {
            state.running += 1
            state.condition.unlock()
            do {
                if tool == nil { tool = try makeTool() }
                try job(tool!)
                // What the job holds is let go before anybody is told that it is done.
                job = { _ in }
                state.condition.lock()
            } catch {
                job = { _ in }
                state.condition.lock()
                state.fail(error)
            }
            state.running -= 1
            if state.failure != nil || state.taken == state.jobs.count { state.condition.broadcast() }
        }
        tool = nil
        state.threads -= 1
        state.condition.broadcast()
        state.condition.unlock()
    }
}
