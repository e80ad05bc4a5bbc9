internal import Digests
internal import OSTree
internal import Strategies
internal import Synchronization
internal import Tar

/// Has payloads, links and directories written as objects by threads, while the layer is being split.
///
/// What an object is called is known when it has been hashed. Until then a ticket stands for it (`Ticket`), and `finish`
/// tells what became of each. Payloads are not copied: they stay in the buffers of a ring, which they keep on loan.
final class ObjectPool {
    /// Jobs that threads take at a time: locks are for batches, not for entries.
    private static let batchJobs = 64
    private static let batchBytes = 256 << 10
    /// The window: a layer's bytes that are on their way at a time.
    private static let bufferCount = 16
    private static let bufferBytes = 1 << 20

    let stage: any ObjectStage
    let mode: RepositoryMode
    /// Where payloads may wait on the disk, beside the objects: a full disk shows early.
    let temporaryFolder: String
    /// What is to be known of payloads, besides their objects.
    private let requiredDigests: Set<PayloadDigest>
    private let ring: BufferRing
    private let pool: WorkerPool<any ObjectScribe>
    private let streamHash: PooledHash
    private let results = ResultTable()
    /// For what cannot wait.
    private let ownScribe: any ObjectScribe

    private var ticketCount = 0
    private var batch: [Job] = []
    private var batchByteCount = 0
    /// The loans whose buffers the next batch may read.
    private var loans: [BufferRing.Loan] = []

    init(
        _ stage: any ObjectStage, of repository: Repository, requiredDigests: Set<PayloadDigest> = [],
        threads: Int = Processors.count
    ) throws {
        self.stage = stage
        mode = repository.mode
        temporaryFolder = repository.path + "/tmp"
        self.requiredDigests = requiredDigests
        ownScribe = try stage.scribe()
        let ring = BufferRing(count: ObjectPool.bufferCount, bytes: ObjectPool.bufferBytes)
        self.ring = ring
        pool = try WorkerPool(threads: threads, onFailure: { ring.close() }) { try stage.scribe() }
        streamHash = PooledHash(on: pool.queue)
    }

    // MARK: Buffers

    /// Waits for a buffer for the stream's next bytes. Where a job has failed, its error is thrown instead.
    func takeBuffer() throws -> BufferRing.Loan {
        while true {
            if let loan = ring.take() { return loan }
            try pool.check()
        }
    }

    /// The bytes that come next lie in this buffer.
    func begin(_ loan: BufferRing.Loan) { loans.append(loan) }

    /// Has the stream's next bytes hashed, all that its current buffer holds.
    func hash(_ bytes: ArraySlice<UInt8>) throws { try streamHash.append(bytes, in: loans[loans.count - 1]) }

    /// The stream's digest, once all is finished.
    var hashedStream: SHA256Stream { streamHash.stream }

    /// Hands over what has been collected. The buffer may be filled again when the threads have done with it.
    ///
    /// - Parameter count: in how many of the last buffers pieces lie that are not handed over yet.
    func endBuffer(keeping count: Int) throws {
        try flush()
        loans.removeFirst(max(loans.count - count, 0))
    }

    // MARK: Objects

    /// Writes a regular file.
    func write(_ content: ContentBytes, _ attributes: FileAttributes, for origin: Finding? = nil) throws -> Digest {
        try add(Job(.file(content), attributes, origin), bytes: content.byteCount)
    }

    func writeSymbolicLink(to target: [UInt8], _ attributes: FileAttributes, for origin: Finding?) throws -> Digest {
        try add(Job(.symbolicLink(target), attributes, origin), bytes: target.count)
    }

    /// Writes a regular file whose bytes are on the disk.
    func write(_ spool: Spool, _ attributes: FileAttributes, for origin: Finding? = nil) throws -> Digest {
        try flush()
        let ticket = nextTicket()
        let writing = PayloadWriting(requiredDigests)
        let outcome = try writing.write(attributes, origin, by: ownScribe) { attributes, scribe in
            let stream = try scribe.beginFile(attributes, byteCount: spool.byteCount)
            try spool.rewind()
            while case let bytes = try spool.next(), !bytes.isEmpty { try stream.append(bytes) }
            return try stream.finish()
        } digests: { digester in
            try spool.rewind()
            while case let bytes = try spool.next(), !bytes.isEmpty { digester.update(bytes) }
        }
        results.set([outcome], from: ticket)
        return Ticket.digest(ticket)
    }

    /// Writes a directory's contents or attributes.
    func write(_ metadata: MetadataObject) throws {
        batch.append(Job(.metadata(metadata), FileAttributes(mode: 0), nil))
        ticketCount += 1
        batchByteCount += metadata.bytes.count
        if batch.count == ObjectPool.batchJobs { try flush() }
    }

    /// Begins a payload that is too long to be collected. It has no extended attributes, since what was refused could not
    /// be written again.
    func begin(byteCount: UInt64, _ attributes: FileAttributes) throws -> PooledStream {
        try flush()
        return PooledStream(
            nextTicket(), attributes, byteCount: byteCount, requiredDigests, on: pool.queue, results: results)
    }

    /// Adds the next bytes of a long payload, which lie in the current buffer.
    func append(_ bytes: ArraySlice<UInt8>, to stream: PooledStream) throws {
        try stream.append(bytes, in: loans[loans.count - 1])
    }

    /// Waits for all objects; what became of each.
    func finish() throws -> Results {
        try flush()
        loans = []
        try pool.finish()
        return results.all
    }

    /// Ends the threads, and lets go of the buffers: nothing is written any more when this returns.
    func stop() {
        pool.stop()
        (batch, loans) = ([], [])
        ring.close()
    }

    /// Throws where something could not be written.
    func check() throws { try pool.check() }

    private func nextTicket() -> Int {
        defer { ticketCount += 1 }
        return ticketCount
    }

    private func add(_ job: Job, bytes: Int) throws -> Digest {
        batch.append(job)
        batchByteCount += bytes
        let ticket = nextTicket()
        if batch.count >= ObjectPool.batchJobs || batchByteCount >= ObjectPool.batchBytes { try flush() }
        return Ticket.digest(ticket)
    }

    private func flush() throws {
        guard !batch.isEmpty else { return }
        let work = Batch(batch, from: ticketCount - batch.count, loans: loans)
        batch = []
        batchByteCount = 0
        try pool.submit { [results, requiredDigests] scribe in
            results.set(try work.run(by: scribe, PayloadWriting(requiredDigests)), from: work.firstTicket)
        }
    }
}

/// Stands for an object that has no checksum yet.
enum Ticket {
    /// Marks a digest as a ticket. No object's checksum is asked for it: tickets are replaced, all of them, before
    /// anybody else sees them.
    private static let mark: UInt64 = 0x7469_636b_6574_0000

    static func digest(_ number: Int) -> Digest { Digest(words: (UInt64(number), mark, 0, 0)) }

    static func number(_ digest: Digest) -> Int { Int(digest.words.0) }
}

/// What became of jobs, as threads tell it.
final class ResultTable: Sendable {
    private let results = Mutex(ObjectPool.Results())

    func set(_ outcomes: [ObjectPool.Outcome], from first: Int) {
        results.withLock { $0.set(outcomes, from: first) }
    }

    var all: ObjectPool.Results { results.withLock { $0 } }
}

extension ObjectPool {
    /// What became of a job.
    struct Outcome: Sendable {
        var object: Digest
        /// Where the attributes were refused: the finding that says so, and nil where nobody asked.
        var refusal: Refusal?
        var digests: [PayloadDigest: [UInt8]] = [:]
    }

    struct Refusal: Sendable {
        var finding: Finding?
    }

    /// What became of all, by ticket.
    struct Results: Sendable {
        private(set) var objects: [Digest] = []
        private(set) var refusals: [Int: Refusal] = [:]
        private(set) var digests: [Digest: [PayloadDigest: [UInt8]]] = [:]

        mutating func set(_ outcomes: [Outcome], from first: Int) {
            let end = first + outcomes.count
            if objects.count < end {
                let none = Digest.zero
                objects.append(contentsOf: repeatElement(none, count: end - objects.count))
            }
            for (offset, outcome) in outcomes.enumerated() {
                objects[first + offset] = outcome.object
                if let refusal = outcome.refusal { refusals[first + offset] = refusal }
                if !outcome.digests.isEmpty { digests[outcome.object] = outcome.digests }
            }
        }
    }

    fileprivate struct Job: Sendable {
        enum Content: Sendable {
            case file(ContentBytes)
            case symbolicLink([UInt8])
            case metadata(MetadataObject)
        }

        var content: Content
        var attributes: FileAttributes
        /// What is reported where the attributes are refused; the reason is still missing.
        var origin: Finding?

        init(_ content: Content, _ attributes: FileAttributes, _ origin: Finding?) {
            self.content = content
            self.attributes = attributes
            self.origin = origin
        }
    }

    fileprivate final class Batch: @unchecked Sendable {
        let firstTicket: Int
        // One thread at a time has it: first the one that made it, then the one that runs it.
        private var jobs: [Job]
        private var loans: [BufferRing.Loan]

        init(_ jobs: [Job], from firstTicket: Int, loans: [BufferRing.Loan]) {
            self.jobs = jobs
            self.firstTicket = firstTicket
            self.loans = loans
        }

        func run(by scribe: any ObjectScribe, _ writing: PayloadWriting) throws -> [Outcome] {
            var outcomes: [Outcome] = []
            outcomes.reserveCapacity(jobs.count)
            for job in jobs { outcomes.append(try run(job, by: scribe, writing)) }
            // The slices first, so that the buffers are nobody else's when they go back.
            jobs = []
            loans = []
            return outcomes
        }

        private func run(_ job: Job, by scribe: any ObjectScribe, _ writing: PayloadWriting) throws -> Outcome {
            switch job.content {
            case .metadata(let metadata):
                try scribe.write(metadata)
                return Outcome(object: metadata.object)
            case .symbolicLink(let target):
                return try writing.write(job.attributes, job.origin, by: scribe) { attributes, scribe in
                    try scribe.writeSymbolicLink(to: target, attributes)
                }
            case .file(let content):
                return try writing.write(job.attributes, job.origin, by: scribe) { attributes, scribe in
                    try scribe.writeFile(content, attributes)
                } digests: { digester in
                    content.forEach { digester.update($0) }
                }
            }
        }
    }
}
