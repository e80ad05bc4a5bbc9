internal import Digests
internal import OSTree
internal import Tar

/// Rebuilds a stream by several threads: some fill chunks ahead, and the caller's hashes them in order and hands them on.
struct RebuildPipeline {
    let recipe: Recipe
    /// What errors call the stream.
    let diffID: Digest
    let repository: Repository
    var settings: Settings

    /// Sizes that change how fast a rebuild is, and nothing else.
    struct Settings {
        /// The greatest chunk, in bytes.
        var chunkSize: Int
        /// Chunks that are in memory at a time, at least two.
        var places = 16
        /// Threads that fill chunks; with 0 the caller does it.
        var workers: Int
        /// Payloads of so many bytes are sent from file to pipe where nobody hashes them.
        var sentByteCount: UInt64 = 128 << 10
    }

    init(_ recipe: Recipe, diffID: Digest, in repository: Repository, settings: Settings? = nil) {
        self.recipe = recipe
        self.diffID = diffID
        self.repository = repository
        self.settings = settings ?? RebuildPipeline.standard(for: recipe, in: repository)
    }

    /// Small chunks stay in the processor's caches, and an object of an archive is inflated at once where
    /// a chunk holds it. More threads than processors help where objects have to come from the disk.
    private static func standard(for recipe: Recipe, in repository: Repository) -> Settings {
        let isCompressed = repository.mode == .archive
        let (least, greatest): (UInt64, UInt64) = isCompressed ? (256 << 10, 1 << 20) : (64 << 10, 512 << 10)
        // A short stream has shorter chunks, so that there are some for each thread.
        let chunkSize = max(least, min(greatest, (recipe.streamLength >> 20) << 16))
        let chunks = recipe.streamLength / chunkSize
        // A chunk or two are done before a thread has begun.
        let workers = chunks < 3 ? 0 : min(UInt64(WorkerThreads.processorCount + 1), 4, chunks)
        return Settings(chunkSize: Int(chunkSize), places: isCompressed ? 12 : 16, workers: Int(workers))
    }

    /// Rebuilds the stream; returns its digest, where that is asked for. All threads have ended when this returns or throws.
    @discardableResult
    func run(into sink: any ByteSink, hashing: Bool, progress: @escaping (UInt64) -> Void) throws -> Digest? {
        let placed = sink as? any PlacedSink
        let place = placed?.place ?? .sequence
        var consumer = Consumer(
            sink: sink, place: place, digest: hashing ? SHA256Stream() : nil, progress: progress,
            filler: ChunkFiller(recipe, diffID: diffID, in: repository), chunkSize: settings.chunkSize)
        var sentByteCount: UInt64?
        if case .pipe(let end) = place {
            if recipe.streamLength > 1 << 16 { end.enlarge() }
            if !hashing, repository.mode != .archive { sentByteCount = settings.sentByteCount }
        }
        let plan = ChunkPlan(
            recipe, chunkSize: settings.chunkSize,
            keepsPayloadsWhole: repository.mode == .archive || repository.hasParent, sentByteCount: sentByteCount)
        let ring = ChunkRing(plan, places: settings.places)
        let producer = Producer(pipeline: self, ring: ring, file: consumer.file)

        let workers = WorkerThreads(settings.workers) { producer.work { ring.publish($0) } }
        do {
            if workers.count == 0 {
                try producer.work { index in
                    ring.publish(index)
                    if let chunk = ring.take() { try consumer.consume(chunk) }
                    ring.giveBack()
                }
            }
            while let chunk = ring.take() {
                try consumer.consume(chunk)
                ring.giveBack()
            }
        } catch {
            ring.stop()
            workers.join()
            throw error
        }
        workers.join()
        try placed?.completed(recipe.streamLength)
        return consumer.digest?.digest
    }
}

/// Does jobs as long as there are any.
private struct Producer: Sendable {
    let pipeline: RebuildPipeline
    let ring: ChunkRing
    /// Where chunks are written at once, not by who takes them.
    let file: FilePlace?

    func work(_ publish: (Int) throws -> Void) rethrows {
        let filler = ChunkFiller(pipeline.recipe, diffID: pipeline.diffID, in: pipeline.repository)
        while let (job, chunk) = ring.claim() {
            switch job.kind {
            case .pieces:
                filler.fill(job, into: chunk)
                write(chunk, at: job.start.offset)
                try publish(job.index)
            case .file:
                filler.open(job, into: chunk)
                try publish(job.index)
            case .run(let count): try run(job, count, from: chunk, filler, publish)
            }
        }
    }

    private func run(
        _ job: ChunkJob, _ count: Int, from first: StreamChunk, _ filler: ChunkFiller, _ publish: (Int) throws -> Void
    ) rethrows {
        let (run, size) = (filler.run(job), pipeline.settings.chunkSize)
        var chunk = first
        for number in 0..<count {
            let goesOn = run.fill(chunk, upTo: size)
            write(chunk, at: job.start.offset + UInt64(number) * UInt64(size))
            try publish(job.index + number)
            guard goesOn, let next = ring.room(for: job.index + number + 1) else { return }
            chunk = next
        }
    }

    private func write(_ chunk: StreamChunk, at offset: UInt64) {
        guard let file, chunk.failure == nil else { return }
        do throws(LayerStoreError) {
            try file.write(chunk.filled, at: offset)
        } catch {
            chunk.failure = error
        }
    }
}

/// Takes chunks in order.
private struct Consumer {
    let sink: any ByteSink
    let place: OutputPlace
    var digest: SHA256Stream?
    let progress: (UInt64) -> Void
    /// For files that cannot be sent after all.
    let filler: ChunkFiller
    let chunkSize: Int
    /// Bytes of the stream so far.
    private var offset: UInt64 = 0

    init(
        sink: any ByteSink, place: OutputPlace, digest: SHA256Stream?, progress: @escaping (UInt64) -> Void,
        filler: ChunkFiller, chunkSize: Int
    ) {
        (self.sink, self.place, self.digest, self.progress) = (sink, place, digest, progress)
        (self.filler, self.chunkSize) = (filler, chunkSize)
    }

    var file: FilePlace? { if case .file(let file) = place { file } else { nil } }

    mutating func consume(_ chunk: StreamChunk) throws {
        try Interruption.check()
        if let job = chunk.job {
            try send(chunk.file, job)
        } else {
            try pass(chunk.filled)
        }
        if let failure = chunk.failure { throw failure }
    }

    private mutating func pass(_ bytes: ArraySlice<UInt8>) throws {
        digest?.update(bytes)
        if file == nil { try sink.write(bytes) }
        offset += UInt64(bytes.count)
        progress(offset)
    }

    private mutating func send(_ file: Int32, _ job: ChunkJob) throws {
        guard file >= 0, case .pipe(let end) = place else { return try read(job) }
        // So much at once that a wish to stop is soon seen.
        let step: UInt64 = 4 << 20
        var rest = job.byteCount
        while rest > 0 {
            try Interruption.check()
            let wanted = Int(min(rest, step))
            guard let sent = try end.send(file, wanted) else {
                guard rest == job.byteCount else { throw filler.tooShort(job, after: job.byteCount - rest) }
                return try read(job)
            }
            rest -= UInt64(sent)
            offset += UInt64(sent)
            progress(offset)
            guard sent == wanted else { throw filler.tooShort(job, after: job.byteCount - rest) }
        }
    }

    /// Passes a payload on as any other, since it is no loose file, or not one that can be sent.
    private mutating func read(_ job: ChunkJob) throws {
        let (run, chunk) = (filler.run(job), StreamChunk())
        var goesOn = true
        while goesOn {
            try Interruption.check()
            goesOn = run.fill(chunk, upTo: chunkSize)
            try pass(chunk.filled)
        }
        if let failure = chunk.failure { throw failure }
    }
}
