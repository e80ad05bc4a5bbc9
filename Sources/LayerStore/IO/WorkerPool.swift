internal import OSTree

/// Threads that run jobs in the order in which they were given, each with something of its own at hand.
///
/// The first error ends the work: jobs that wait are dropped, and the owner is told at its next call.
final class WorkerPool<Tool>: @unchecked Sendable {
    typealias Job = @Sendable (Tool) throws -> Void

    private let state: State
    // Started by the initialiser, joined by the deinitialiser.
    private let threads: WorkerThreads

    /// Shared with the threads, which must not keep the pool itself alive.
    private final class State: @unchecked Sendable {
        /// Everything else is touched with it held.
        let monitor = Monitor()
        var jobs: [Job?] = []
        /// Jobs at the front of the list that have been taken.
        var taken = 0
        var running = 0
        var isClosed = false
        var failure: (any Error)?
        let onFailure: @Sendable () -> Void

        init(onFailure: @escaping @Sendable () -> Void) { self.onFailure = onFailure }

        /// Takes the next job; nil when the pool is closed.
        func next() -> Job? {
            monitor.withLock {
                while taken == jobs.count {
                    if isClosed { return nil }
                    monitor.wait(for: .produced)
                }
                let job = jobs[taken]
                jobs[taken] = nil
                taken += 1
                if taken == jobs.count { drop() }
                running += 1
                return job
            }
        }

        func end(_ error: (any Error)?) {
            let isFirst = monitor.withLock {
                running -= 1
                if running == 0 { monitor.tell(.consumed) }
                guard let error, failure == nil else { return false }
                failure = error
                drop()
                return true
            }
            if isFirst { onFailure() }
        }

        /// Empties the list. The lock is held.
        func drop() {
            jobs.removeAll(keepingCapacity: true)
            taken = 0
        }
    }

    /// - Parameters:
    ///   - onFailure: called once, when the first job has failed, for those who wait for what jobs hold.
    ///   - makeTool: called on each of the threads, before its first job.
    init(
        threads count: Int, onFailure: @escaping @Sendable () -> Void = {},
        _ makeTool: @escaping @Sendable () throws -> Tool
    ) throws {
        state = State(onFailure: onFailure)
        threads = WorkerThreads(count) { [state] in WorkerPool.work(state, makeTool) }
        guard threads.count > 0 else { throw LayerStoreError(.input, "the system has no room for another thread") }
    }

    /// Drops the jobs that wait, and returns when the threads, and their tools, are gone.
    deinit {
        state.monitor.withLock {
            state.isClosed = true
            state.drop()
            state.monitor.tell(.produced)
        }
        threads.join()
    }

    /// Adds a job. Where another one has failed, its error is thrown instead.
    func submit(_ job: @escaping Job) throws {
        try state.monitor.withLock {
            if let failure = state.failure { throw failure }
            state.jobs.append(job)
            state.monitor.tell(.produced)
        }
    }

    /// Throws the error of a job that has failed.
    func check() throws {
        try state.monitor.withLock { if let failure = state.failure { throw failure } }
    }

    /// Waits until all jobs are done.
    func finish() throws {
        try state.monitor.withLock {
            while state.running > 0 || state.taken < state.jobs.count { state.monitor.wait(for: .consumed) }
            if let failure = state.failure { throw failure }
        }
    }

    private static func work(_ state: State, _ makeTool: () throws -> Tool) {
        var tool: Tool?
        while let job = state.next() {
            do {
                if tool == nil { tool = try makeTool() }
                // What the job holds is let go before anybody is told that it is done.
                try run(job, tool!)
                state.end(nil)
            } catch {
                state.end(error)
            }
        }
    }

    private static func run(_ job: consuming @escaping Job, _ tool: Tool) throws { try job(tool) }
}
