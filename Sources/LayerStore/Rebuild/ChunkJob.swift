internal import Tar

/// A piece of work on a stream: one chunk, or several that follow each other.
struct ChunkJob: Sendable {
    enum Kind {
        /// One chunk, of whatever segments follow.
        case pieces
        /// A payload that is read from front to end, in so many chunks: it cannot be read from the middle.
        case run(chunkCount: Int)
        /// A payload that is sent as a file.
        case file
    }

    /// A segment, or a part of one.
    enum Piece {
        /// The next bytes of the job's literals.
        case literal(byteCount: Int)
        case payload(PayloadPart)

        var byteCount: UInt64 {
            switch self {
            case .literal(let count): UInt64(count)
            case .payload(let part): part.byteCount
            }
        }
    }

    /// Bytes of a payload from an offset on.
    struct PayloadPart {
        var payload: Recipe.Payload
        var offset: UInt64
        var byteCount: UInt64
    }

    var kind = Kind.pieces
    /// The number of the first chunk.
    var index = 0
    /// Where its first byte is in the stream.
    let offset: UInt64
    var byteCount: UInt64 = 0
    /// The number of the segment that the first piece is of. Each piece behind it is of the segment that follows.
    private(set) var segment = 0
    private(set) var pieces: [Piece] = []
    /// The bytes of all its literal pieces.
    private(set) var literals: [UInt8] = []

    /// A job without anything in it.
    init(at offset: UInt64) { self.offset = offset }

    /// The same behind another one, with room for as much as that has.
    init(after job: ChunkJob) {
        self.init(at: job.offset + job.byteCount)
        literals.reserveCapacity(job.literals.count + job.literals.count / 4)
        pieces.reserveCapacity(job.pieces.count + job.pieces.count / 4)
    }

    /// Adds bytes of the literal segment of this number.
    mutating func append(literal bytes: ArraySlice<UInt8>, ofSegment number: Int) {
        literals.append(contentsOf: bytes)
        byteCount += UInt64(bytes.count)
        if case .literal(let before)? = pieces.last {
            pieces[pieces.count - 1] = .literal(byteCount: before + bytes.count)
        } else {
            append(.literal(byteCount: bytes.count), number)
        }
    }

    /// Adds a part of the payload that is the segment of this number.
    mutating func append(_ part: PayloadPart, ofSegment number: Int) {
        byteCount += part.byteCount
        append(.payload(part), number)
    }

    private mutating func append(_ piece: Piece, _ number: Int) {
        if pieces.isEmpty { segment = number }
        pieces.append(piece)
    }

    /// The payload of a job that is one.
    var payload: Recipe.Payload? {
        guard case .payload(let part)? = pieces.first else { return nil }
        return part.payload
    }
}
