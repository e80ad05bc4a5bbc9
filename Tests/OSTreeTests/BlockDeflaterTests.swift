import Digests
import Foundation
import TestSupport
import Testing

@testable import OSTree

/// Long contents of archives, which threads compress in blocks.
@Suite struct BlockDeflaterTests {
    private static let block = BlockDeflater.blockBytes

    /// Repeats itself at many distances, within a block and across its ends.
    private static func content(_ byteCount: Int) -> [UInt8] {
        var generator = SeededGenerator(seed: 11)
        let words = (0..<300).map { _ in (0..<9).map { _ in UInt8.random(in: 97...122, using: &generator) } }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(byteCount + 9)
        while bytes.count < byteCount { bytes += words[Int.random(in: 0..<300, using: &generator)] }
        return Array(bytes.prefix(byteCount))
    }

    /// What is done with a deflater, and the file that it writes to.
    private func withDeflater<Result>(
        level: Int32 = 6, threads: Int, isReadOnly: Bool = false,
        _ body: (BlockDeflater, Int32, DirectStage) throws -> Result
    ) throws -> (Result, Data) {
        let temporary = try TemporaryRepository(.archive)
        let transaction = try Transaction(in: temporary.repository)
        defer { transaction.abort() }
        let stage = try #require(try transaction.stage(by: .direct) as? DirectStage)
        let file = try temporary.folder.write([], to: "compressed")
        let opened = isReadOnly ? FileHandle(forReadingAtPath: file) : FileHandle(forWritingAtPath: file)
        let handle = try #require(opened)
        defer { try? handle.close() }
        let deflater = BlockDeflater(DeflateThreads(level: level, threads))
        let result = try body(deflater, handle.fileDescriptor, stage)
        return (result, try #require(FileManager.default.contents(atPath: file)))
    }

    /// What comes out, with this many threads and the content in pieces of this length.
    private func compressed(_ bytes: [UInt8], level: Int32 = 6, threads: Int, pieces: Int) throws -> Data {
        try withDeflater(level: level, threads: threads) { deflater, file, stage in
            for start in stride(from: 0, to: bytes.count, by: pieces) {
                try deflater.write(bytes[start..<min(start + pieces, bytes.count)], to: file, in: stage)
            }
            try deflater.finish(to: file, in: stage)
        }.1
    }

    @Test(arguments: [0, 1, block - 1, block, block + 1, 2 * block, 5 * block + 77], [Int32(0), 1, 9])
    func anyInflaterReadsIt(_ byteCount: Int, _ level: Int32) throws {
        var generator = SeededGenerator(seed: 12)
        for bytes in [Self.content(byteCount), generator.bytes(byteCount)] {
            let temporary = try TemporaryRepository(.archive)
            let stream = try compressed(bytes, level: level, threads: 2, pieces: 300_007)
            let file = try temporary.folder.write(Array(stream), to: "stream")
            let inflate =
                "import sys, zlib; d = zlib.decompressobj(-15); "
                + "sys.stdout.buffer.write(d.decompress(open(sys.argv[1], 'rb').read())); "
                + "sys.exit(0 if d.eof and not d.unused_data else 1)"
            let output = temporary.folder.path("output")
            let result = try run("sh", ["-c", "python3 -c \"$1\" \"$2\" >\"$3\"", "sh", inflate, file, output])
            #expect(result.exitCode == 0)
            #expect(FileManager.default.contents(atPath: output) == Data(bytes))
        }
    }

    /// The same zlib gives the same file on any machine.
    @Test(arguments: [0, 1, 3, 8], [1 << 20, 4095])
    func threadsAndPiecesDoNotMatter(_ threads: Int, _ pieces: Int) throws {
        let bytes = Self.content(5 * Self.block + 5)
        #expect(try compressed(bytes, threads: threads, pieces: pieces) == compressed(bytes, threads: 1, pieces: .max))
    }

    /// Blocks find in the ones before what they repeat.
    @Test func blocksCostLittle() throws {
        let bytes = Self.content(8 * Self.block)
        let apart = try compressed(Array(bytes.prefix(Self.block)), threads: 2, pieces: .max).count
        let blocks = try compressed(bytes, threads: 2, pieces: .max).count
        let whole = try oneStreamByteCount(bytes)
        #expect(blocks < 8 * apart && blocks <= whole + bytes.count / 500, "\(blocks) \(apart) \(whole)")
        // What costs a block nearly nothing still costs its end and its tables.
        let zeros = [UInt8](repeating: 0, count: 8 * Self.block)
        let short = try oneStreamByteCount(zeros)
        #expect(try compressed(zeros, threads: 2, pieces: .max).count <= short + 8 * 64)
    }

    /// The length of what Python's zlib makes of it in one piece.
    private func oneStreamByteCount(_ bytes: [UInt8]) throws -> Int {
        let temporary = try TemporaryRepository()
        let file = try temporary.folder.write(bytes, to: "content")
        let script =
            "import sys, zlib; c = zlib.compressobj(6, zlib.DEFLATED, -15); "
            + "print(len(c.compress(open(sys.argv[1], 'rb').read()) + c.flush()))"
        return try #require(Int(try run("python3", ["-c", script, file]).output.dropLast()))
    }

    /// A block that could not be written is missing: nothing may follow it.
    @Test(.timeLimit(.minutes(1)), arguments: [0, 1, 4]) func failuresLast(_ threads: Int) throws {
        let bytes = Self.content(9 * Self.block + 1)
        let (errors, _) = try withDeflater(threads: threads, isReadOnly: true) { deflater, file, stage in
            var errors = 0
            for _ in 0..<2 {
                do { try deflater.write(bytes[...], to: file, in: stage) } catch { errors += 1 }
                do { try deflater.finish(to: file, in: stage) } catch { errors += 1 }
            }
            return errors
        }
        #expect(errors == 4)
    }

    /// zlib knows no such level, as if it had no memory.
    @Test(.timeLimit(.minutes(1)), arguments: [0, 1, 3]) func zlibMayRefuse(_ threads: Int) throws {
        #expect {
            try compressed([1, 2, 3], level: 42, threads: threads, pieces: .max)
        } throws: {
            ($0 as? OSTreeError)?.code == .noSpace
        }
    }

    /// Whoever gives up in the middle waits for nothing.
    @Test(.timeLimit(.minutes(1))) func oneThatIsDroppedLeavesNothing() throws {
        let temporary = try TemporaryRepository(.archive)
        let transaction = try Transaction(in: temporary.repository)
        let scribe = try transaction.stage(by: .direct).scribe()
        do {
            let stream = try scribe.beginFile(FileAttributes(mode: 0o644), byteCount: UInt64(29 * Self.block))
            try stream.append(Self.content(16 * Self.block)[...])
        }
        transaction.abort()
        #expect(try temporary.leftovers() == [])
    }
}
