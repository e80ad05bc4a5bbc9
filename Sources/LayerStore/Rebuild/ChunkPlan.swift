internal import Tar

/// A piece of work on a stream: one chunk, or several that follow each other.
struct ChunkJob {
    enum Kind {
        /// One chunk, of whatever segments follow.
        case pieces
        /// A payload that is read from front to end, in so many chunks: it cannot be read from the middle.
        case run(chunkCount: Int)
        /// A payload that is sent as a file.
        case file
    }

    var kind: Kind
    /// The number of the first chunk.
    var index: Int
    var byteCount: UInt64
    var start: Place

    /// A place in the stream.
    struct Place {
        var offset: UInt64 = 0
        /// The segment, and how far in it.
        var segment: Recipe.Segments.Index
        var segmentOffset: UInt64 = 0
        /// How many literal bytes are before it.
        var literalOffset = 0

        /// The beginning of the stream.
        init(in segments: Recipe.Segments) { segment = segments.startIndex }

        /// Goes `count` bytes on, which are within the segment.
        mutating func advance(_ count: UInt64, in segments: Recipe.Segments) {
            let segment = segments[self.segment]
            offset += count
            segmentOffset += count
            if case .literal = segment { literalOffset += Int(count) }
            if segmentOffset == segment.byteCount {
                (self.segment, segmentOffset) = (segments.index(after: self.segment), 0)
            }
        }
    }
}

/// Cuts a stream into chunks, one after the other as they are asked for: a recipe may announce more of them than memory
/// would hold.
struct ChunkPlan {
    let recipe: Recipe
    /// The greatest chunk, in bytes.
    let chunkSize: Int
    /// Whether payloads are read from front to end only, so that none may be spread over several jobs.
    let keepsPayloadsWhole: Bool
    /// Payloads of at least so many bytes are sent as files.
    let sentByteCount: UInt64?

    private var place: ChunkJob.Place
    private var index = 0

    init(_ recipe: Recipe, chunkSize: Int, keepsPayloadsWhole: Bool, sentByteCount: UInt64? = nil) {
        precondition(chunkSize > 0)
        self.recipe = recipe
        place = ChunkJob.Place(in: recipe.segments)
        self.chunkSize = chunkSize
        self.keepsPayloadsWhole = keepsPayloadsWhole
        self.sentByteCount = sentByteCount
    }

    /// The next piece of work; nil at the stream's end.
    mutating func next() -> ChunkJob? {
        let start = place
        var kind = ChunkJob.Kind.pieces
        scan: while place.segment != recipe.segments.endIndex {
            let room = UInt64(chunkSize) - (place.offset - start.offset)
            if room == 0 { break }
            let segment = recipe.segments[place.segment]
            let rest = segment.byteCount - place.segmentOffset
            if case .payload(let payload) = segment {
                let isSent = sentByteCount.map { payload.byteCount >= $0 } ?? false
                if isSent || keepsPayloadsWhole && rest > room {
                    // It begins a chunk of its own.
                    if place.offset > start.offset { break }
                    if isSent || rest > UInt64(chunkSize) {
                        let count = (rest - 1) / UInt64(chunkSize) + 1
                        kind = isSent ? .file : .run(chunkCount: Int(count))
                        place.advance(rest, in: recipe.segments)
                        break scan
                    }
                }
            }
            place.advance(min(rest, room), in: recipe.segments)
        }
        guard place.offset > start.offset else { return nil }
        let job = ChunkJob(kind: kind, index: index, byteCount: place.offset - start.offset, start: start)
        if case .run(let count) = kind { index += count } else { index += 1 }
        return job
    }
}
