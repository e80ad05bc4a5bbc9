internal import Digests
internal import OSTree
internal import Tar

/// Rebuilds a stream by several threads: one plans chunks while the recipe is decoded, and fills some of them as the others
/// do; the caller's hashes them in order and hands them on.
struct RebuildPipeline {
    let source: any SegmentSource
    /// What errors call the stream.
    let diffID: Digest
    let repository: Repository
    var settings: RebuildSettings

    init(_ source: any SegmentSource, diffID: Digest, in repository: Repository, settings: RebuildSettings? = nil) {
        self.source = source
        self.diffID = diffID
        self.repository = repository
        self.settings = settings ?? .standard(streamLength: source.streamLength, in: repository.mode)
    }

    /// Rebuilds the stream; returns its digest, where that is asked for. All threads have ended when this returns or throws.
    @discardableResult
    func run(into sink: any ByteSink, hashing: Bool, progress: @escaping (UInt64) -> Void) throws -> Digest? {
        let placed = sink as? any PlacedSink
        let place = placed?.place ?? .sequence
        var rules = ChunkPlanner.Rules(
            chunkSize: settings.chunkSize,
            keepsPayloadsWhole: repository.mode == .archive || repository.hasParent)
        if case .pipe(let end) = place {
            if source.streamLength > 1 << 16 { end.enlarge() }
            if !hashing, repository.mode != .archive { rules.sentByteCount = settings.sentByteCount }
        }
        let consumer = Consumer(
            sink: sink, place: place, digest: hashing ? SHA256Stream() : nil, progress: progress,
            filler: ChunkFiller(diffID, in: repository), chunkSize: settings.chunkSize)
        do {
            if try !runThreads(rules, consumer) { try runAlone(rules, consumer) }
        } catch {
            try? placed?.end(at: consumer.offset)
            throw error
        }
        try placed?.end(at: consumer.offset)
        return consumer.digest?.digest
    }

    /// Does all of it in this thread, chunk after chunk.
    private func runAlone(_ rules: ChunkPlanner.Rules, _ consumer: Consumer) throws {
        let producer = Producer(ChunkFiller(diffID, in: repository), rules, consumer.file)
        let chunk = StreamChunk()
        var failure: (any Error)?
        let planner = ChunkPlanner(rules, streamLength: source.streamLength) { job in
            do {
                try producer.perform(job, into: chunk, next: { _ in chunk }) { _ in try consumer.consume(chunk) }
            } catch {
                failure = error
            }
            return failure == nil
        }
        let plan = Result { try planner.plan(source, of: diffID) }
        if let failure { throw failure }
        try plan.get()
    }

    /// Does it by threads; false where there are none.
    private func runThreads(_ rules: ChunkPlanner.Rules, _ consumer: Consumer) throws -> Bool {
        guard settings.workers > 0 else { return false }
        let ring = ChunkRing(places: settings.places)
        let file = consumer.file
        let work: @Sendable () -> Void = {
            let producer = Producer(ChunkFiller(diffID, in: repository), rules, file)
            if ring.beginsPlanning() { plan(rules, ring, producer) }
            while producer.performNext(of: ring, waits: true) {}
        }
        let reads = DiskReads()
        let workers = WorkerThreads(settings.workers, work)
        guard workers.count > 0 else { return false }
        var readers: WorkerThreads?
        // Threads use what is the caller's.
        defer {
            workers.join()
            readers?.join()
        }
        do {
            while let chunk = try ring.take() {
                try consumer.consume(chunk)
                ring.giveBack()
                if readers == nil, reads.blockCount >= settings.coldBlockCount {
                    readers = WorkerThreads(settings.readers, work)
                }
            }
        } catch {
            ring.stop()
            throw error
        }
        return true
    }

    /// Plans the chunks, and does some of the work where the others do not keep up.
    private func plan(_ rules: ChunkPlanner.Rules, _ ring: ChunkRing, _ producer: Producer) {
        let planner = ChunkPlanner(rules, streamLength: source.streamLength) { job in
            while ring.isFull { producer.performNext(of: ring, waits: false) }
            return ring.add(job)
        }
        var failure: (any Error)?
        do { try planner.plan(source, of: diffID) } catch let error { failure = error }
        ring.endPlanning(planner.chunkCount, failure)
    }
}

/// Does jobs.
private struct Producer {
    private let filler: ChunkFiller
    private let chunkSize: Int
    /// Where chunks are written at once, not by who takes them.
    private let file: FilePlace?

    init(_ filler: ChunkFiller, _ rules: ChunkPlanner.Rules, _ file: FilePlace?) {
        (self.filler, chunkSize, self.file) = (filler, rules.chunkSize, file)
    }

    /// Does the next job of a ring; false where there is none.
    ///
    /// - Parameter waits: whether to wait for a job as long as one may come.
    @discardableResult
    func performNext(of ring: ChunkRing, waits: Bool) -> Bool {
        guard let (job, chunk) = ring.claim(waits: waits) else { return false }
        perform(job, into: chunk, next: ring.room, publish: ring.publish)
        return true
    }

    /// Does a job.
    ///
    /// - Parameters:
    ///   - next: the place for a later chunk of a job that has several, by the chunk's number; nil ends the job.
    ///   - publish: called with the number of each chunk that is ready.
    func perform(
        _ job: ChunkJob, into first: StreamChunk, next: (Int) -> StreamChunk?, publish: (Int) throws -> Void
    ) rethrows {
        switch job.kind {
        case .pieces:
            filler.fill(job, into: first)
            write(first, at: job.offset)
            try publish(job.index)
        case .file:
            filler.open(job, into: first)
            try publish(job.index)
        case .run(let count):
            let run = filler.run(job)
            var chunk = first
            for number in 0..<count {
                let goesOn = run.fill(chunk, upTo: chunkSize)
                write(chunk, at: job.offset + UInt64(number) * UInt64(chunkSize))
                try publish(job.index + number)
                guard goesOn, let following = next(job.index + number + 1) else { return }
                chunk = following
            }
        }
    }

    private func write(_ chunk: StreamChunk, at offset: UInt64) {
        guard let file else { return }
        do throws(LayerStoreError) {
            try file.write(chunk.filled, at: offset)
        } catch {
            chunk.lose(error)
        }
    }
}

/// Takes chunks in order.
private final class Consumer {
    let sink: any ByteSink
    let place: OutputPlace
    private(set) var digest: SHA256Stream?
    let progress: (UInt64) -> Void
    /// For files that cannot be sent after all.
    let filler: ChunkFiller
    let chunkSize: Int
    /// Bytes of the stream so far.
    private(set) var offset: UInt64 = 0

    init(
        sink: any ByteSink, place: OutputPlace, digest: SHA256Stream?, progress: @escaping (UInt64) -> Void,
        filler: ChunkFiller, chunkSize: Int
    ) {
        (self.sink, self.place, self.digest, self.progress) = (sink, place, digest, progress)
        (self.filler, self.chunkSize) = (filler, chunkSize)
    }

    var file: FilePlace? { if case .file(let file) = place { file } else { nil } }

    func consume(_ chunk: StreamChunk) throws {
        try Interruption.check()
        if let job = chunk.job {
            try send(chunk.file, job)
        } else {
            try pass(chunk.filled)
        }
        if let failure = chunk.failure { throw failure }
    }

    private func pass(_ bytes: ArraySlice<UInt8>) throws {
        digest?.update(bytes)
        if file == nil { try sink.write(bytes) }
        offset += UInt64(bytes.count)
        progress(offset)
    }

    private func send(_ file: Int32, _ job: ChunkJob) throws {
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
    private func read(_ job: ChunkJob) throws {
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
