internal import OSTree

/// Hands jobs to the threads that fill chunks, and their chunks to the one that takes them, in the stream's order.
///
/// Chunk `i` has the place `i` modulo the number of places, and may be filled when every chunk of that place before it
/// has been taken. Jobs are given away in order, to threads that have room for the first chunk: so whoever waits, waits
/// for one before him, and the first of all has nobody to wait for.
final class ChunkRing: @unchecked Sendable {
    private let monitor = Monitor()
    /// Jobs that nobody has begun.
    private var jobs: [ChunkJob] = []
    private let places: [StreamChunk]
    /// The number of the chunk that each place is ready with; -1 for none.
    private var ready: [Int]
    /// Chunks that were taken and given back.
    private var consumed = 0
    /// Chunks in all, once that is known.
    private var total: Int?
    /// Why there are no more of them.
    private var failure: (any Error)?
    private var (hasPlanner, isStopped) = (false, false)

    /// At least two places, so that one is filled while another is taken.
    init(places count: Int) {
        places = (0..<count).map { _ in StreamChunk() }
        ready = Array(repeating: -1, count: count)
    }

    // MARK: For the one who plans

    /// Whether nobody plans yet: the first to ask is to do it.
    func beginsPlanning() -> Bool {
        monitor.withLock {
            defer { hasPlanner = true }
            return !hasPlanner
        }
    }

    /// Adds a job; false where the work is to stop.
    func add(_ job: ChunkJob) -> Bool {
        monitor.withLock {
            jobs.append(job)
            monitor.tell(.consumed)
            return !isStopped
        }
    }

    /// Whether so many jobs wait that it is better to do one than to add another.
    var isFull: Bool { monitor.withLock { jobs.count >= places.count } }

    /// Says that there are no more chunks than so many, and why, where something is wrong.
    func endPlanning(_ chunkCount: Int, _ failure: (any Error)?) {
        monitor.withLock {
            (total, self.failure) = (chunkCount, failure)
            monitor.tell(.consumed)
            monitor.tell(.produced)
        }
    }

    // MARK: For those who fill

    /// The next job, with the place for its first chunk; nil where nothing is left to do.
    ///
    /// - Parameter waits: whether to wait for a job as long as one may come. Whoever plans does not.
    func claim(waits: Bool) -> (job: ChunkJob, chunk: StreamChunk)? {
        monitor.withLock {
            while !isStopped {
                if let job = jobs.first {
                    if job.index < consumed + places.count {
                        return (jobs.removeFirst(), places[job.index % places.count])
                    }
                } else if total != nil || !waits {
                    return nil
                }
                monitor.wait(for: .consumed)
            }
            return nil
        }
    }

    /// The place for a later chunk of a run, when there is room; nil where the work is to stop.
    func room(for index: Int) -> StreamChunk? {
        monitor.withLock {
            while !isStopped, index >= consumed + places.count { monitor.wait(for: .consumed) }
            return isStopped ? nil : places[index % places.count]
        }
    }

    func publish(_ index: Int) {
        monitor.withLock {
            ready[index % places.count] = index
            if index == consumed { monitor.tell(.produced) }
        }
    }

    // MARK: For the one who takes

    /// The next chunk, when it is ready; nil at the stream's end. Throws what ended it too early.
    func take() throws -> StreamChunk? {
        try monitor.withLock {
            while true {
                if let total, consumed >= total {
                    if let failure { throw failure }
                    return nil
                }
                if ready[consumed % places.count] == consumed { return places[consumed % places.count] }
                monitor.wait(for: .produced)
            }
        }
    }

    /// Gives the place of the chunk that was taken last to whoever fills it next.
    func giveBack() {
        monitor.withLock {
            consumed += 1
            monitor.tell(.consumed)
        }
    }

    /// Has all who fill end soon.
    func stop() {
        monitor.withLock {
            isStopped = true
            jobs = []
            monitor.tell(.consumed)
        }
    }
}
