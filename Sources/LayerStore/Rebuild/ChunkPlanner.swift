internal import Digests
internal import Tar

/// Cuts a stream into chunks while its segments come, and hands out each as soon as it is full: so a rebuild begins before
/// the recipe is decoded, and no more of it is in memory than what is worked on.
final class ChunkPlanner: RecipeSink {
    /// What decides how the stream is cut.
    struct Rules {
        /// The greatest chunk, in bytes.
        var chunkSize: Int
        /// Whether payloads are read from front to end only, so that none may be spread over several jobs.
        var keepsPayloadsWhole: Bool
        /// Payloads of at least so many bytes are sent as files.
        var sentByteCount: UInt64?
    }

    /// A chunk of tiny pieces ends here, whatever its size: each piece takes memory of its own.
    private static let greatestPieceCount = 1 << 12

    private let rules: Rules
    /// How many bytes the stream is to have.
    private let streamLength: UInt64
    private let emit: (ChunkJob) -> Bool

    private var job = ChunkJob(at: 0)
    /// Bytes that were planned.
    private var byteCount: UInt64 = 0
    /// Chunks that were handed out.
    private(set) var chunkCount = 0
    /// The number of the last segment, and whether it is a literal.
    private var (segment, isLiteral) = (-1, false)
    private var (isStopped, isTooLong) = (false, false)

    /// - Parameter emit: takes the jobs, in order; false where no more are wanted.
    init(_ rules: Rules, streamLength: UInt64, emit: @escaping (ChunkJob) -> Bool) {
        precondition(rules.chunkSize > 0)
        self.rules = rules
        self.streamLength = streamLength
        self.emit = emit
    }

    /// Plans all of a source. A stream that is not as long as it was said to be is an error of kind `check`, once all that
    /// fits has been handed out.
    ///
    /// - Parameter diffID: what errors call the stream.
    func plan(_ source: some SegmentSource, of diffID: Digest) throws {
        var sink = self
        try source.hand(to: &sink)
        flush()
        if isTooLong || byteCount < streamLength && !isStopped {
            let found = isTooLong ? "more bytes than" : "\(byteCount) bytes instead of"
            throw LayerStoreError(.check, "the recipe of \(diffID) rebuilds \(found) \(streamLength)")
        }
    }

    func append(literal bytes: ArraySlice<UInt8>) {
        guard !bytes.isEmpty, admit(UInt64(bytes.count)) else { return }
        if !isLiteral { (segment, isLiteral) = (segment + 1, true) }
        var rest = bytes
        while !rest.isEmpty, !isStopped {
            let part = rest.prefix(room())
            job.append(literal: part, ofSegment: segment)
            rest = rest.dropFirst(part.count)
        }
    }

    func append(_ payload: Recipe.Payload) {
        guard payload.byteCount > 0, admit(payload.byteCount) else { return }
        (segment, isLiteral) = (segment + 1, false)
        var part = ChunkJob.PayloadPart(payload: payload, offset: 0, byteCount: payload.byteCount)
        let isSent = rules.sentByteCount.map { payload.byteCount >= $0 } ?? false
        let chunkSize = UInt64(rules.chunkSize)
        if isSent || rules.keepsPayloadsWhole && payload.byteCount > chunkSize - job.byteCount {
            flush()
            if isSent || payload.byteCount > chunkSize {
                job.kind = isSent ? .file : .run(chunkCount: Int((payload.byteCount - 1) / chunkSize + 1))
                job.append(part, ofSegment: segment)
                return flush()
            }
        }
        while part.offset < payload.byteCount, !isStopped {
            part.byteCount = min(payload.byteCount - part.offset, UInt64(room()))
            job.append(part, ofSegment: segment)
            part.offset += part.byteCount
        }
    }

    var wantsNoMore: Bool { isStopped }

    /// Counts bytes that come; false where they are not wanted, or more than there may be.
    private func admit(_ count: UInt64) -> Bool {
        guard !isStopped else { return false }
        guard count <= streamLength - byteCount else {
            flush()
            (isStopped, isTooLong) = (true, true)
            return false
        }
        byteCount += count
        return true
    }

    /// Bytes that have room in the chunk that is being made; at least one.
    private func room() -> Int {
        if job.byteCount == rules.chunkSize || job.pieces.count == ChunkPlanner.greatestPieceCount { flush() }
        return rules.chunkSize - Int(job.byteCount)
    }

    private func flush() {
        guard job.byteCount > 0, !isStopped else { return }
        job.index = chunkCount
        if case .run(let count) = job.kind { chunkCount += count } else { chunkCount += 1 }
        let next = ChunkJob(after: job)
        if !emit(job) { isStopped = true }
        job = next
    }
}
