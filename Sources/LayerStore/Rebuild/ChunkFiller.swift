internal import Digests
internal import OSTree
internal import Tar

/// Puts chunks of the stream together out of literal bytes and objects. Each thread has its own.
final class ChunkFiller {
    private let recipe: Recipe
    private let diffID: Digest
    private let repository: Repository
    private let reader: PayloadReader
    private var literals: LiteralReader

    init(_ recipe: Recipe, diffID: Digest, in repository: Repository) {
        self.recipe = recipe
        self.diffID = diffID
        self.repository = repository
        reader = PayloadReader(of: repository)
        literals = recipe.literalReader()
    }

    /// Fills the chunk of a job; what goes wrong is left in the chunk, behind the bytes that came before.
    func fill(_ job: ChunkJob, into chunk: StreamChunk) {
        chunk.begin(room: Int(job.byteCount))
        do throws(LayerStoreError) {
            try fillPieces(job, into: chunk)
        } catch {
            chunk.failure = error
        }
    }

    private func fillPieces(_ job: ChunkJob, into chunk: StreamChunk) throws(LayerStoreError) {
        let end = job.start.offset + job.byteCount
        var place = job.start
        while place.offset < end {
            let segment = recipe.segments[place.segment]
            let count = Int(min(segment.byteCount - place.segmentOffset, end - place.offset))
            switch segment {
            case .literal:
                literals.move(to: place.literalOffset)
                literals.read(count) { chunk.append($0) }
            case .payload(let payload):
                let (reader, offset) = (reader, place.segmentOffset)
                let found: Int
                do throws(OSTreeError) {
                    found = try chunk.append(upTo: count) { (buffer, position) throws(OSTreeError) in
                        try reader.read(payload.object, from: offset, into: &buffer, at: position, upTo: count)
                    }
                } catch {
                    throw failure(error, at: place)
                }
                guard found == count else { throw tooShort(payload, after: UInt64(found), at: place) }
            }
            place.advance(UInt64(count), in: recipe.segments)
        }
    }

    /// Opens the file of a job that is sent as one. Where that is none, the job is left to be done in another way.
    func open(_ job: ChunkJob, into chunk: StreamChunk) {
        guard case .payload(let payload) = recipe.segments[job.start.segment] else { return }
        chunk.begin(sending: job, from: repository.openLooseFile(payload.object))
    }

    /// A payload that is read from front to end, chunk after chunk.
    func run(_ job: ChunkJob) -> PayloadRun { PayloadRun(self, job) }

    final class PayloadRun {
        private let filler: ChunkFiller
        private var place: ChunkJob.Place
        private let end: UInt64
        private var stream: PayloadStream?

        fileprivate init(_ filler: ChunkFiller, _ job: ChunkJob) {
            self.filler = filler
            place = job.start
            end = job.start.offset + job.byteCount
        }

        /// Fills the next chunk; what goes wrong is left in it. False where there are no more after it.
        func fill(_ chunk: StreamChunk, upTo size: Int) -> Bool {
            let count = Int(min(UInt64(size), end - place.offset))
            chunk.begin(room: count)
            do throws(LayerStoreError) {
                try fill(chunk, count)
            } catch {
                chunk.failure = error
                return false
            }
            return place.offset < end
        }

        private func fill(_ chunk: StreamChunk, _ count: Int) throws(LayerStoreError) {
            let segment = filler.recipe.segments[place.segment]
            guard case .payload(let payload) = segment else { return }
            var found = 0
            do throws(OSTreeError) {
                let stream: PayloadStream
                if let open = self.stream {
                    stream = open
                } else {
                    stream = try PayloadStream(payload.object, in: filler.repository)
                    self.stream = stream
                }
                while found < count {
                    let rest = count - found
                    let more = try chunk.append(upTo: rest) { (buffer, position) throws(OSTreeError) in
                        try stream.read(into: &buffer, at: position, upTo: rest)
                    }
                    if more == 0 { break }
                    found += more
                }
            } catch {
                var reached = place
                reached.advance(UInt64(found), in: filler.recipe.segments)
                throw filler.failure(error, at: reached)
            }
            guard found == count else { throw filler.tooShort(payload, after: UInt64(found), at: place) }
            place.advance(UInt64(count), in: filler.recipe.segments)
        }
    }

    /// What to say of an object that ends before its payload does, `count` bytes behind a place in it.
    func tooShort(_ payload: Recipe.Payload, after count: UInt64, at place: ChunkJob.Place) -> LayerStoreError {
        let rest = payload.byteCount - place.segmentOffset - count
        var end = place
        end.offset += count
        return failure(
            OSTreeError(
                operation: "read the object", subject: payload.object.hex,
                reason: "it ends \(rest) bytes before its \(payload.byteCount)"), at: end)
    }

    /// The same of a job that is one payload.
    func tooShort(_ job: ChunkJob, after count: UInt64) -> LayerStoreError {
        guard case .payload(let payload) = recipe.segments[job.start.segment] else {
            preconditionFailure("only payloads are sent")
        }
        return tooShort(payload, after: count, at: job.start)
    }

    private func failure(_ error: OSTreeError, at place: ChunkJob.Place) -> LayerStoreError {
        LayerStoreError(
            .check,
            "cannot rebuild \(diffID): segment \(place.segment.number), at byte \(place.offset) of the stream: \(error)"
        )
    }
}
