import Digests
import Foundation
import OSTree
import Synchronization
import Tar
import TestSupport
import Testing

@testable import LayerStore

/// Rebuilds by several threads: whatever the sizes are, the stream is the same, and every error ends all of them.
@Suite struct RebuildPipelineTests {
    /// A recipe with the stream that it rebuilds, and the repository that holds its objects.
    private struct Sample {
        let temporary: TemporaryRepository
        var recipe = Recipe()
        var stream: [UInt8] = []
        var objects: [Digest] = []

        /// Segments of random lengths; some payloads are the beginnings of longer objects, and some objects come twice.
        init(_ mode: RepositoryMode, seed: UInt64, segments: Int, longest: Int = 5000) throws {
            var random = SeededGenerator(seed: seed)
            temporary = try TemporaryRepository(mode)
            let transaction = try Transaction(in: temporary.repository)
            var written: [(object: Digest, bytes: [UInt8])] = []
            for number in 0..<max(1, segments / 3) {
                let bytes = random.bytes(Int.random(in: 1...longest, using: &random))
                let attributes = FileAttributes(mode: 0o644, userID: UInt32(number))
                written.append((try transaction.writeFile(bytes[...], attributes), bytes))
            }
            let files = written.enumerated().map { (name: Array("f\($0)".utf8), object: $1.object) }
            let root = DirectoryReference(
                contents: try transaction.write(DirectoryTree(files: files)),
                metadata: try transaction.writeDirectoryAttributes(FileAttributes(mode: 0o755)))
            try transaction.setRef("sample", to: transaction.write(CommitDraft(subject: "sample"), root: root))
            try transaction.commit()
            objects = written.map(\.object)
            for _ in 0..<segments {
                if Bool.random(using: &random) {
                    let bytes = random.bytes(Int.random(in: 1...longest, using: &random))
                    recipe.append(literal: bytes[...])
                    stream += bytes
                } else {
                    let (object, bytes) = written.randomElement(using: &random)!
                    let isWhole = Int.random(in: 0..<4, using: &random) > 0
                    let count = isWhole ? bytes.count : Int.random(in: 1...bytes.count, using: &random)
                    recipe.append(Recipe.Payload(byteCount: UInt64(count), object: object))
                    stream += bytes.prefix(count)
                }
            }
        }

        var digest: Digest { SHA256Stream.digest(of: stream) }

        func pipeline(_ settings: RebuildSettings? = nil) -> RebuildPipeline {
            RebuildPipeline(recipe, diffID: digest, in: temporary.repository, settings: settings)
        }

        func path(of object: Digest) -> String {
            let suffix = temporary.repository.mode == .archive ? "filez" : "file"
            return temporary.path + "/objects/\(object.hex.prefix(2))/\(object.hex.dropFirst(2)).\(suffix)"
        }

        /// The first payload that is not the first segment, with its place.
        var middle: (segment: Int, offset: UInt64, payload: Recipe.Payload)? {
            var offset: UInt64 = 0
            for (index, segment) in recipe.segments.enumerated() {
                if case .payload(let payload) = segment, index > 4, payload.byteCount > 100 {
                    return (index, offset, payload)
                }
                offset += segment.byteCount
            }
            return nil
        }
    }

    private static let settings: [RebuildSettings] = [1, 100, 4096, 1 << 16].flatMap { size in
        [(0, 2, 0), (1, 2, 3), (2, 3, 0), (4, 16, 0)].map { workers, places, readers in
            RebuildSettings(
                chunkSize: size, places: places, workers: workers, readers: readers, coldBlockCount: 0,
                sentByteCount: 1000)
        }
    }

    @Test(arguments: RepositoryMode.allCases)
    func anySizesGiveTheStream(_ mode: RepositoryMode) throws {
        for (seed, segments) in [(1, 0), (2, 1), (3, 7), (4, 60)] {
            let sample = try Sample(mode, seed: UInt64(seed), segments: segments)
            let folder = try TemporaryFolder()
            for (number, settings) in Self.settings.enumerated() where settings.chunkSize > 1 || segments < 10 {
                let memory = MemorySink()
                let digest = try sample.pipeline(settings).run(into: memory, hashing: true) { _ in }
                #expect(digest == sample.digest && memory.bytes == sample.stream, "\(settings), seed \(seed)")
                let file = try FileSink(folder.path("\(number)"))
                #expect(try sample.pipeline(settings).run(into: file, hashing: false) { _ in } == nil)
                try file.finish()
                #expect(try folder.read("\(number)") == sample.stream, "\(settings), seed \(seed)")
            }
        }
    }

    /// Payloads of many chunks: an archive's are inflated by one thread while others go on.
    @Test(arguments: RepositoryMode.allCases)
    func payloadsLongerThanChunksAreWhole(_ mode: RepositoryMode) throws {
        let sample = try Sample(mode, seed: 9, segments: 12, longest: 400_000)
        for settings in Self.settings where settings.chunkSize >= 4096 {
            let memory = MemorySink()
            try sample.pipeline(settings).run(into: memory, hashing: false) { _ in }
            #expect(memory.bytes == sample.stream, "\(settings)")
        }
    }

    @Test func progressComesInOrderFromOneThread() throws {
        let sample = try Sample(.bareUser, seed: 5, segments: 40)
        var seen: [UInt64] = [0]
        let settings = RebuildSettings(chunkSize: 1000, places: 4, workers: 3)
        try sample.pipeline(settings).run(into: NullSink(), hashing: true) { seen.append($0) }
        #expect(seen.last == sample.recipe.streamLength)
        #expect(zip(seen, seen.dropFirst()).allSatisfy { $0 < $1 && $1 - $0 <= 1000 })
    }

    // MARK: Segments that come while the stream is rebuilt

    /// Says another length than its recipe has, or fails behind it.
    private struct Doubtful: SegmentSource {
        struct Failure: Error {}
        var recipe: Recipe
        var streamLength: UInt64
        var fails = false

        func hand(to sink: inout some RecipeSink) throws {
            recipe.append(to: &sink)
            if fails { throw Failure() }
        }
    }

    @Test func lengthsThatAreNotSoAreErrors() throws {
        let sample = try Sample(.bareUser, seed: 41, segments: 60)
        let length = sample.recipe.streamLength
        for settings in Self.settings where settings.chunkSize > 1 {
            for (announced, words) in [
                (length + 1, "rebuilds \(length) bytes instead of \(length + 1)"),
                (length - 1, "rebuilds more bytes than \(length - 1)"), (0, "more bytes than 0"),
            ] {
                let source = Doubtful(recipe: sample.recipe, streamLength: announced)
                let sink = MemorySink()
                let error = #expect(throws: LayerStoreError.self) {
                    try RebuildPipeline(
                        source, diffID: sample.digest, in: sample.temporary.repository, settings: settings
                    ).run(into: sink, hashing: true) { _ in }
                }
                #expect(error?.kind == .check)
                #expect(error?.message.contains(words) == true, "\(settings): \(error as Any)")
                #expect(sample.stream.starts(with: sink.bytes) && sink.bytes.count <= announced)
            }
        }
    }

    /// What came before the error is handed on, so that an object that is damaged there is named first.
    @Test func failingSourceEndsAllThreads() throws {
        let sample = try Sample(.bareUser, seed: 42, segments: 60)
        for settings in Self.settings where settings.chunkSize > 1 {
            let source = Doubtful(recipe: sample.recipe, streamLength: sample.recipe.streamLength, fails: true)
            let sink = MemorySink()
            #expect(throws: Doubtful.Failure.self, "\(settings)") {
                try RebuildPipeline(
                    source, diffID: sample.digest, in: sample.temporary.repository, settings: settings
                ).run(into: sink, hashing: true) { _ in }
            }
            #expect(sample.stream.starts(with: sink.bytes))
            #expect(sink.bytes.count + settings.chunkSize >= sample.stream.count, "\(settings)")
        }
        let (segment, _, payload) = try #require(sample.middle)
        try cut(sample.path(of: payload.object), to: 60)
        for settings in Self.settings where settings.chunkSize > 1 {
            let source = Doubtful(recipe: sample.recipe, streamLength: sample.recipe.streamLength, fails: true)
            let error = #expect(throws: LayerStoreError.self, "\(settings)") {
                try RebuildPipeline(
                    source, diffID: sample.digest, in: sample.temporary.repository, settings: settings
                ).run(into: NullSink(), hashing: true) { _ in }
            }
            #expect(error?.message.contains("segment \(segment), at byte ") == true, "\(settings): \(error as Any)")
        }
    }

    /// Where nobody takes the stream any more, the rest of a recipe is not asked for.
    @Test(arguments: [0, 2])
    func nothingIsDecodedForNobody(_ workers: Int) throws {
        final class Counted: SegmentSource, Sendable {
            let handed = Mutex(0)
            let streamLength: UInt64 = 1 << 40

            func hand(to sink: inout some RecipeSink) {
                let bytes = [UInt8](repeating: 1, count: 1000)
                while !sink.wantsNoMore, handed.withLock({ $0 }) < 100_000 {
                    sink.append(literal: bytes[...])
                    handed.withLock { $0 += 1 }
                }
            }
        }
        let sample = try Sample(.bareUser, seed: 43, segments: 0)
        let source = Counted()
        let settings = RebuildSettings(chunkSize: 10_000, places: 4, workers: workers)
        #expect(throws: FullSink.Full.self) {
            try RebuildPipeline(source, diffID: sample.digest, in: sample.temporary.repository, settings: settings)
                .run(into: FullSink(20_000), hashing: false) { _ in }
        }
        #expect(source.handed.withLock { $0 } < 1000)
    }

    /// A chunk ends where it has many pieces, whatever its size: hostile recipes have a piece for each byte.
    @Test func chunksOfTinyPiecesAreBounded() {
        var (counts, bytes, literals) = ([Int](), UInt64(0), [UInt8]())
        let length: UInt64 = 20_000
        let rules = ChunkPlanner.Rules(chunkSize: 1 << 20, keepsPayloadsWhole: false)
        let planner = ChunkPlanner(rules, streamLength: length) { job in
            counts.append(job.pieces.count)
            bytes += job.byteCount
            literals += job.literals
            return true
        }
        var recipe = Recipe()
        for number in 0..<length / 2 {
            recipe.append(literal: [UInt8(truncatingIfNeeded: number)])
            recipe.append(Recipe.Payload(byteCount: 1, object: SHA256Stream.digest(of: [1])))
        }
        #expect(throws: Never.self) { try planner.plan(recipe, of: SHA256Stream.digest(of: [])) }
        #expect(bytes == length && counts.reduce(0, +) == Int(length) && counts.allSatisfy { (1...4096).contains($0) })
        #expect(literals == recipe.literals && planner.chunkCount == counts.count)
    }

    // MARK: Pipes

    /// What a reader gets out of a named pipe while the body writes to it.
    private func reading(_ body: (String) throws -> Void) throws -> [UInt8] {
        let folder = try TemporaryFolder()
        let path = folder.path("pipe")
        try #require(try run("mkfifo", [path]).exitCode == 0)
        let received = Mutex<[UInt8]>([])
        let ended = DispatchSemaphore(value: 0)
        Thread {
            received.withLock {
                $0 = Array((try? FileHandle(forReadingFrom: URL(filePath: path)).readToEnd()) ?? Data())
            }
            ended.signal()
        }.start()
        try body(path)
        ended.wait()
        return received.withLock { $0 }
    }

    @Test(arguments: RepositoryMode.allCases, [true, false])
    func pipesGetTheStream(_ mode: RepositoryMode, _ hashing: Bool) throws {
        let sample = try Sample(mode, seed: 11, segments: 50, longest: 200_000)
        for (chunkSize, workers) in [(4096, 0), (1 << 16, 3)] {
            let settings = RebuildSettings(
                chunkSize: chunkSize, places: 4, workers: workers, sentByteCount: 10_000)
            let received = try reading { path in
                let sink = try FileSink(path)
                try sample.pipeline(settings).run(into: sink, hashing: hashing) { _ in }
                try sink.finish()
            }
            #expect(received == sample.stream, "\(settings)")
        }
    }

    /// A file that is sent and is too short, or not there, is an error as one that is read.
    @Test(arguments: [true, false])
    func sentFilesAreWhole(_ isThere: Bool) throws {
        let sample = try Sample(.bareUser, seed: 12, segments: 50, longest: 50_000)
        let (segment, offset, payload) = try #require(sample.middle)
        try cut(sample.path(of: payload.object), to: isThere ? 60 : nil)
        let settings = RebuildSettings(chunkSize: 4096, places: 4, workers: 2, sentByteCount: 100)
        var error: LayerStoreError?
        _ = try reading { path in
            let sink = try FileSink(path)
            error = #expect(throws: LayerStoreError.self) {
                try sample.pipeline(settings).run(into: sink, hashing: false) { _ in }
            }
        }
        #expect(error?.kind == .check)
        #expect(
            error?.message.contains("segment \(segment), at byte \(offset + (isThere ? 60 : 0)) ") == true,
            "\(error as Any)")
    }

    @Test func closedPipeIsAnErrorForAllThreads() throws {
        _ = signal(SIGPIPE, SIG_IGN)
        let sample = try Sample(.bareUser, seed: 13, segments: 50, longest: 50_000)
        for sentByteCount in [100, UInt64.max] {
            let folder = try TemporaryFolder()
            let path = folder.path("pipe")
            try #require(try run("mkfifo", [path]).exitCode == 0)
            let reader = try FileHandle(forUpdating: URL(filePath: path))
            let sink = try FileSink(path)
            try reader.close()
            let settings = RebuildSettings(
                chunkSize: 4096, places: 4, workers: 3, sentByteCount: sentByteCount)
            let error = #expect(throws: LayerStoreError.self) {
                try sample.pipeline(settings).run(into: sink, hashing: false) { _ in }
            }
            #expect(error?.message.contains("Broken pipe") == true, "\(error as Any)")
        }
    }

    // MARK: Damage

    private func cut(_ path: String, to count: Int?) throws {
        guard let count else { return try FileManager.default.removeItem(atPath: path) }
        let handle = try FileHandle(forWritingTo: URL(filePath: path))
        try handle.truncate(atOffset: UInt64(count))
        try handle.close()
    }

    @Test(arguments: RepositoryMode.allCases, [true, false])
    func damagedObjectInTheMiddleIsNamed(_ mode: RepositoryMode, _ isThere: Bool) throws {
        let sample = try Sample(mode, seed: 21, segments: 60)
        let (segment, offset, payload) = try #require(sample.middle)
        try cut(sample.path(of: payload.object), to: isThere ? 70 : nil)
        for settings in Self.settings where settings.chunkSize > 1 {
            let sink = MemorySink()
            let error = #expect(throws: LayerStoreError.self) {
                try sample.pipeline(settings).run(into: sink, hashing: true) { _ in }
            }
            #expect(error?.kind == .check)
            #expect(error?.message.contains("segment \(segment), at byte ") == true, "\(settings): \(error as Any)")
            #expect(error?.message.contains(payload.object.hex) == true)
            if isThere, mode != .archive {
                let words = "at byte \(offset + 70) of the stream"
                #expect(error?.message.contains(words) == true, "\(settings): \(error as Any)")
                #expect(error?.message.contains("it ends \(payload.byteCount - 70) bytes before its") == true)
            }
            #expect(sample.stream.starts(with: sink.bytes))
        }
    }

    /// Headers of compressed objects that lie: an error or the stream, and never a trap.
    @Test func mutatedCompressedObjectsNeverTrap() throws {
        let sample = try Sample(.archive, seed: 22, segments: 12, longest: 3000)
        let path = sample.path(of: sample.objects[0])
        let sound = Array(try Data(contentsOf: URL(filePath: path)))
        for seed in UInt64(0)..<(TestScale.isFull ? 2000 : 150) {
            var random = SeededGenerator(seed: seed)
            try Data(random.mutation(of: sound)).write(to: URL(filePath: path))
            for chunkSize in [500, 1 << 16] {
                let settings = RebuildSettings(chunkSize: chunkSize, places: 4, workers: 2)
                do {
                    try sample.pipeline(settings).run(into: NullSink(), hashing: true) { _ in }
                } catch let error as LayerStoreError {
                    #expect(error.kind == .check)
                }
            }
        }
    }

    /// A recipe that announces more than there can be ends at the object's end, in little memory.
    @Test(arguments: RepositoryMode.allCases)
    func announcedLengthsCostNothing(_ mode: RepositoryMode) throws {
        let sample = try Sample(mode, seed: 23, segments: 3)
        var recipe = Recipe()
        recipe.append(Recipe.Payload(byteCount: 1 << 60, object: sample.objects[0]))
        let pipeline = RebuildPipeline(recipe, diffID: sample.digest, in: sample.temporary.repository)
        let error = #expect(throws: LayerStoreError.self) {
            try pipeline.run(into: NullSink(), hashing: false) { _ in }
        }
        #expect(error?.message.contains("before its \(1 << 60)") == true, "\(error as Any)")
    }

    // MARK: Sinks

    private final class FullSink: ByteSink {
        struct Full: Error {}
        private var room: Int
        init(_ room: Int) { self.room = room }

        func write(_ bytes: ArraySlice<UInt8>) throws {
            room -= bytes.count
            if room < 0 { throw Full() }
        }
    }

    @Test func failingSinkEndsAllThreads() throws {
        let sample = try Sample(.bareUser, seed: 31, segments: 60)
        for settings in Self.settings where settings.chunkSize > 1 {
            for room in [0, 10_000, sample.stream.count - 1] {
                #expect(throws: FullSink.Full.self, "\(settings)") {
                    try sample.pipeline(settings).run(into: FullSink(room), hashing: true) { _ in }
                }
            }
        }
    }

    /// Objects of a parent repository and of an open transaction are found too, where they are read in pieces.
    @Test(arguments: RepositoryMode.allCases, [100, 1 << 16])
    func objectsThatAreNotLooseAreFound(_ mode: RepositoryMode, _ chunkSize: Int) throws {
        let sample = try Sample(mode, seed: 32, segments: 30)
        let folder = try TemporaryFolder()
        let path = folder.path("child")
        _ = try Repository.create(at: path, mode: mode)
        let configuration = try FileHandle(forWritingTo: URL(filePath: path + "/config"))
        try configuration.seekToEnd()
        try configuration.write(contentsOf: Data("\nparent=\(sample.temporary.path)\n".utf8))
        let child = try Repository(opening: path)
        let memory = MemorySink()
        let settings = RebuildSettings(chunkSize: chunkSize, places: 4, workers: 2)
        try RebuildPipeline(sample.recipe, diffID: sample.digest, in: child, settings: settings)
            .run(into: memory, hashing: false) { _ in }
        #expect(memory.bytes == sample.stream)
    }
}
