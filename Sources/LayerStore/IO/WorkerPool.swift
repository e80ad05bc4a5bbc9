internal import OSTree

/// Threads that run jobs in the order in which they were given, each with something of its own at hand.
///
/// The first error ends the work: jobs that wait are dropped, and the owner is told at its next call.
final class WorkerPool<Tool> {
    /// Where jobs are given. It may be handed to jobs: unlike the pool, which waits for its threads, it may go with any of
    /// them.
    let queue: WorkerQueue<Tool>
    private let threads: WorkerThreads

    /// - Parameters:
    ///   - onFailure: called once, when the first job has failed, for those who wait for what jobs hold.
    ///   - makeTool: called on each of the threads, before its first job.
    init(
        threads count: Int, onFailure: @escaping @Sendable () -> Void = {},
        _ makeTool: @escaping @Sendable () throws -> Tool
    ) throws {
        let queue = WorkerQueue<Tool>(onFailure: onFailure)
        self.queue = queue
        threads = WorkerThreads(count) { queue.work(makeTool) }
        guard threads.count > 0 else { throw LayerStoreError(.input, "the system has no room for another thread") }
    }

    deinit { stop() }

    /// Adds a job. Where another one has failed, its error is thrown instead.
    func submit(_ job: @escaping WorkerQueue<Tool>.Job) throws { try queue.submit(job) }

    /// Throws the error of a job that has failed.
    func check() throws { try queue.check() }

    /// Waits until all jobs are done.
    func finish() throws { try queue.finish() }

    /// Drops the jobs that wait, and returns when the threads, and their tools, are gone.
    func stop() {
        queue.close()
        threads.join()
    }
}

/// The jobs of a pool.
final class WorkerQueue<Tool>: @unchecked Sendable {
    typealias Job = @Sendable (Tool) throws -> Void

    /// Everything else is touched with it held. Jobs are let go without it: what they hold may come back here.
    private let monitor = Monitor()
    private var jobs: [Job?] = []
    /// Jobs at the front of the list that have been taken.
    private var taken = 0
    private var running = 0
    private var isClosed = false
    private var failure: (any Error)?
    private let onFailure: @Sendable () -> Void

    fileprivate init(onFailure: @escaping @Sendable () -> Void) { self.onFailure = onFailure }

    /// Adds a job. Where another one has failed, its error is thrown instead.
    func submit(_ job: @escaping Job) throws {
        try monitor.withLock {
            if let failure { throw failure }
            guard !isClosed else { return }
            jobs.append(job)
            monitor.tell(.produced)
        }
    }

    /// Throws the error of a job that has failed.
    func check() throws {
        try monitor.withLock { if let failure { throw failure } }
    }

    fileprivate func finish() throws {
        try monitor.withLock {
            while running > 0 || taken < jobs.count { monitor.wait(for: .consumed) }
            if let failure { throw failure }
        }
    }

    fileprivate func close() {
        let dropped = monitor.withLock {
            isClosed = true
            monitor.tell(.produced)
            return drop()
        }
        extendLifetime(dropped)
    }

    fileprivate func work(_ makeTool: () throws -> Tool) {
        var tool: Tool?
        while let job = next() {
            do {
                if tool == nil { tool = try makeTool() }
                try job(tool!)
                end(nil)
            } catch {
                end(error)
            }
        }
    }

    /// Takes the next job; nil when the queue is closed.
    private func next() -> Job? {
        monitor.withLock {
            while taken == jobs.count {
                if isClosed { return nil }
                monitor.wait(for: .produced)
            }
            let job = jobs[taken]
            jobs[taken] = nil
            taken += 1
            if taken == jobs.count { _ = drop() }
            running += 1
            return job
        }
    }

    private func end(_ error: (any Error)?) {
        let dropped: [Job?]? = monitor.withLock {
            running -= 1
            if running == 0 { monitor.tell(.consumed) }
            guard let error, failure == nil else { return nil }
            failure = error
            return drop()
        }
        if dropped != nil { onFailure() }
    }

    /// Empties the list, for whoever lets go of it without the lock.
    private func drop() -> [Job?] {
        let dropped = jobs
        jobs = []
        taken = 0
        return dropped
    }
}
