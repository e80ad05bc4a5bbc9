internal import OSTree
internal import Synchronization

/// Parts that are worked on one after the other, in order, by whichever thread of a pool is free.
final class SerialWork<Part: Sendable>: Sendable {
    private let queue: WorkerQueue<any ObjectScribe>
    private let body: @Sendable (Part, any ObjectScribe) throws -> Void
    private let waiting = Mutex(Waiting())

    private struct Waiting {
        var parts: [Part] = []
        /// Whether a thread has been asked to work on what waits.
        var isScheduled = false
    }

    init(
        on queue: WorkerQueue<any ObjectScribe>, _ body: @escaping @Sendable (Part, any ObjectScribe) throws -> Void
    ) {
        self.queue = queue
        self.body = body
    }

    /// Adds a part. Where another job of the pool has failed, its error is thrown instead.
    func add(_ part: Part) throws {
        let isNew = waiting.withLock { waiting in
            waiting.parts.append(part)
            defer { waiting.isScheduled = true }
            return !waiting.isScheduled
        }
        guard isNew else { return try queue.check() }
        try queue.submit { scribe in try self.work(by: scribe) }
    }

    private func work(by scribe: any ObjectScribe) throws {
        while true {
            let parts = waiting.withLock { waiting in
                defer { waiting.parts = [] }
                if waiting.parts.isEmpty { waiting.isScheduled = false }
                return waiting.parts
            }
            if parts.isEmpty { return }
            for part in parts { try body(part, scribe) }
        }
    }
}
