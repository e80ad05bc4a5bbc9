internal import Digests
internal import OSTree
internal import Strategies
internal import Synchronization

/// A long payload on its way to become an object. Its pieces are written in order, by whichever thread is free.
final class PooledStream: Sendable {
    /// Stands for the object.
    let ticket: Digest

    private let number: Int
    private let attributes: FileAttributes
    private let byteCount: UInt64
    private let pool: WorkerPool<any ObjectScribe>
    private let results: ResultTable
    private let requiredDigests: Set<PayloadDigest>
    private let waiting = Mutex(Waiting())
    private let writer: Writer

    private enum Part {
        case bytes(ArraySlice<UInt8>, BufferRing.Loan)
        case end
    }

    private struct Waiting {
        var parts: [Part] = []
        /// Whether a thread has been asked to write what waits.
        var isScheduled = false
    }

    /// What one thread at a time has: the one that was asked.
    private final class Writer: @unchecked Sendable {
        var stream: (any ObjectStream)?
        var digester: PayloadDigester

        init(_ digester: PayloadDigester) { self.digester = digester }
    }

    init(
        _ number: Int, _ attributes: FileAttributes, byteCount: UInt64, _ requiredDigests: Set<PayloadDigest>,
        on pool: WorkerPool<any ObjectScribe>, results: ResultTable
    ) {
        self.number = number
        self.attributes = attributes
        self.byteCount = byteCount
        self.requiredDigests = requiredDigests
        self.pool = pool
        self.results = results
        ticket = Ticket.digest(number)
        writer = Writer(PayloadDigester(requiredDigests))
    }

    /// Takes the next bytes, which lie in a buffer on loan.
    func append(_ bytes: ArraySlice<UInt8>, in loan: BufferRing.Loan) throws { try add(.bytes(bytes, loan)) }

    /// The payload is over.
    func end() throws { try add(.end) }

    private func add(_ part: Part) throws {
        let isNew = waiting.withLock { waiting in
            waiting.parts.append(part)
            defer { waiting.isScheduled = true }
            return !waiting.isScheduled
        }
        guard isNew else { return try pool.check() }
        try pool.submit { scribe in try self.write(by: scribe) }
    }

    private func write(by scribe: any ObjectScribe) throws {
        while true {
            let parts = waiting.withLock { waiting in
                defer { waiting.parts = [] }
                if waiting.parts.isEmpty { waiting.isScheduled = false }
                return waiting.parts
            }
            if parts.isEmpty { return }
            for part in parts { try write(part, by: scribe) }
        }
    }

    private func write(_ part: Part, by scribe: any ObjectScribe) throws {
        let stream = try writer.stream ?? scribe.beginFile(attributes, byteCount: byteCount)
        writer.stream = stream
        switch part {
        case .bytes(let bytes, _):
            try stream.append(bytes)
            if !requiredDigests.isEmpty { writer.digester.update(bytes) }
        case .end:
            var outcome = ObjectPool.Outcome(object: try stream.finish())
            if !requiredDigests.isEmpty { outcome.digests = writer.digester.finish() }
            results.set([outcome], from: number)
            writer.stream = nil
        }
    }
}
