internal import Digests
internal import OSTree
internal import Strategies

/// A long payload on its way to become an object. Its pieces are written in order, by whichever thread is free.
final class PooledStream: Sendable {
    /// Stands for the object.
    let ticket: Digest

    private let work: SerialWork<Part>

    private enum Part: Sendable {
        case bytes(ArraySlice<UInt8>, BufferRing.Loan)
        case end
        case discard
    }

    /// What one thread at a time has: the one that works.
    private final class Writer: @unchecked Sendable {
        var stream: (any ObjectStream)?
        var digester: PayloadDigester

        init(_ digester: PayloadDigester) { self.digester = digester }
    }

    init(
        _ number: Int, _ attributes: FileAttributes, byteCount: UInt64, _ requiredDigests: Set<PayloadDigest>,
        on queue: WorkerQueue<any ObjectScribe>, results: ResultTable
    ) {
        ticket = Ticket.digest(number)
        let writer = Writer(PayloadDigester(requiredDigests))
        work = SerialWork(on: queue) { part, scribe in
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
            case .discard:
                writer.stream = nil
            }
        }
    }

    /// Takes the next bytes, which lie in a buffer on loan.
    func append(_ bytes: ArraySlice<UInt8>, in loan: BufferRing.Loan) throws { try work.add(.bytes(bytes, loan)) }

    /// The payload is over.
    func end() throws { try work.add(.end) }

    /// Nobody wants the payload after all.
    func discard() throws { try work.add(.discard) }
}

/// The stream's own SHA-256, computed beside everything else.
final class PooledHash: Sendable {
    private let hash: Hash
    private let work: SerialWork<Part>

    private struct Part: Sendable {
        var bytes: ArraySlice<UInt8>
        var loan: BufferRing.Loan
    }

    /// What one thread at a time has: the one that works, and the owner when all work is done.
    private final class Hash: @unchecked Sendable {
        var stream = SHA256Stream()
    }

    init(on queue: WorkerQueue<any ObjectScribe>) {
        let hash = Hash()
        self.hash = hash
        work = SerialWork(on: queue) { part, _ in hash.stream.update(part.bytes) }
    }

    /// Takes the next bytes, which lie in a buffer on loan.
    func append(_ bytes: ArraySlice<UInt8>, in loan: BufferRing.Loan) throws {
        try work.add(Part(bytes: bytes, loan: loan))
    }

    /// What was hashed, once the pool has finished.
    var stream: SHA256Stream { hash.stream }
}
