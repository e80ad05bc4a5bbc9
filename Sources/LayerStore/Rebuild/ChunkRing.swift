internal import Tar

/// Hands chunks from the threads that fill them to the one that takes them, in the stream's order.
///
/// Chunk `i` has the place `i` modulo the number of places, and may be filled when every chunk of that place before it
/// has been taken. Jobs are given away in order, to threads that have room for the first chunk: so whoever waits, waits
/// for one before him, and the first of all has nobody to wait for.
final class ChunkRing: @unchecked Sendable {
    private let monitor = Monitor()
    private var plan: ChunkPlan
    private var pending: ChunkJob?
    private let places: [StreamChunk]
    /// The number of the chunk that each place is ready with; -1 for none.
    private var ready: [Int]
    /// Chunks that were taken and given back.
    private var consumed = 0
    /// Chunks in all, once that is known.
    private var total: Int?
    private var isStopped = false

    /// At least two places, so that one is filled while another is taken.
    init(_ plan: ChunkPlan, places count: Int) {
        self.plan = plan
        places = (0..<count).map { _ in StreamChunk() }
        ready = Array(repeating: -1, count: count)
        pending = self.plan.next()
        if pending == nil { total = 0 }
    }

    // MARK: For those who fill

    /// The next job, with the place for its first chunk; nil where nothing is left to do.
    func claim() -> (job: ChunkJob, chunk: StreamChunk)? {
        monitor.withLock {
            while !isStopped, let job = pending {
                guard job.index < consumed + places.count else {
                    monitor.wait(for: .consumed)
                    continue
                }
                pending = plan.next()
                if pending == nil {
                    if case .run(let count) = job.kind { total = job.index + count } else { total = job.index + 1 }
                    monitor.tell(.produced)
                }
                return (job, places[job.index % places.count])
            }
            // Others wait for room as this one did; they are to look again.
            monitor.tell(.consumed)
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

    /// The next chunk, when it is ready; nil at the stream's end.
    func take() -> StreamChunk? {
        monitor.withLock {
            while true {
                if let total, consumed >= total { return nil }
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
            monitor.tell(.consumed)
        }
    }
}
