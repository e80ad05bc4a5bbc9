internal import Digests
internal import OSTree
internal import Tar

/// Puts chunks of the stream together out of literal bytes and objects. Each thread has its own.
final class ChunkFiller {
    private let diffID: Digest
    private let repository: Repository
    private let reader: PayloadReader

    init(_ diffID: Digest, in repository: Repository) {
        self.diffID = diffID
        self.repository = repository
        reader = PayloadReader(of: repository)
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
        var literalOffset = 0
        for (number, piece) in job.pieces.enumerated() {
            switch piece {
            case .literal(let count):
                chunk.append(job.literals[literalOffset..<literalOffset + count])
                literalOffset += count
            case .payload(let part):
                let (reader, count) = (reader, Int(part.byteCount))
                let place = (segment: job.segment + number, offset: job.offset + UInt64(chunk.count))
                let found: Int
                do throws(OSTreeError) {
                    found = try chunk.append(upTo: count) { (buffer, position) throws(OSTreeError) in
                        try reader.read(
                            part.payload.object, from: part.offset, into: &buffer, at: position, upTo: count)
                    }
                } catch {
                    throw failure(error, at: place, of: part.payload)
                }
                guard found == count else {
                    let start = (place.segment, place.offset - part.offset)
                    throw tooShort(part.payload, after: part.offset + UInt64(found), at: start)
                }
            }
        }
    }

    /// Opens the file of a job that is sent as one. Where that is none, the job is left to be done in another way.
    func open(_ job: ChunkJob, into chunk: StreamChunk) {
        guard let payload = job.payload else { preconditionFailure("only payloads are sent") }
        chunk.begin(sending: job, from: repository.openLooseFile(payload.object))
    }

    /// A payload that is read from front to end, chunk after chunk.
    func run(_ job: ChunkJob) -> PayloadRun { PayloadRun(self, job) }

    final class PayloadRun {
        private let filler: ChunkFiller
        private let job: ChunkJob
        private let payload: Recipe.Payload
        /// Bytes of it so far.
        private var offset: UInt64 = 0
        private var stream: PayloadStream?

        fileprivate init(_ filler: ChunkFiller, _ job: ChunkJob) {
            guard let payload = job.payload else { preconditionFailure("only payloads are read from front to end") }
            (self.filler, self.job, self.payload) = (filler, job, payload)
        }

        /// Fills the next chunk; what goes wrong is left in it. False where there are no more after it.
        func fill(_ chunk: StreamChunk, upTo size: Int) -> Bool {
            let count = Int(min(UInt64(size), payload.byteCount - offset))
            chunk.begin(room: count)
            do throws(LayerStoreError) {
                try fill(chunk, count)
            } catch {
                chunk.failure = error
                return false
            }
            return offset < payload.byteCount
        }

        private func fill(_ chunk: StreamChunk, _ count: Int) throws(LayerStoreError) {
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
                throw filler.failure(error, at: (job.segment, job.offset + offset + UInt64(found)), of: payload)
            }
            offset += UInt64(found)
            guard found == count else { throw filler.tooShort(job, after: offset) }
        }
    }

    /// What to say of the payload of a job when its object ends `count` bytes behind its beginning.
    func tooShort(_ job: ChunkJob, after count: UInt64) -> LayerStoreError {
        guard let payload = job.payload else { preconditionFailure("only payloads can be too short") }
        return tooShort(payload, after: count, at: (job.segment, job.offset))
    }

    /// - Parameters:
    ///   - count: bytes of the payload that its object has.
    ///   - place: the payload's segment, and where in the stream it begins.
    private func tooShort(
        _ payload: Recipe.Payload, after count: UInt64, at place: (segment: Int, offset: UInt64)
    ) -> LayerStoreError {
        failure(
            OSTreeError(
                operation: "read the object", subject: payload.object.hex,
                reason: "it ends \(payload.byteCount - count) bytes before its \(payload.byteCount)"),
            at: (place.segment, place.offset + count), of: payload)
    }

    private func failure(
        _ error: OSTreeError, at place: (segment: Int, offset: UInt64), of payload: Recipe.Payload
    ) -> LayerStoreError {
        LayerStoreError(
            .check,
            "cannot rebuild \(diffID): segment \(place.segment), at byte \(place.offset) of the stream: \(error)",
            object: payload.object, streamOffset: place.offset)
    }
}
