import Foundation
import TestSupport
import Testing

@testable import OSTree

/// What stands in `tmp` while a transaction is open, and how it is read.
@Suite struct StagingTests {
    /// Descriptors of this process that stand in a repository.
    private func descriptors(in temporary: TemporaryRepository) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap { name in
            try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(name)")
        }.filter { $0.hasPrefix(temporary.path) }.sorted()
    }

    @Test func whatFailsToBeSetUpLeavesNothingOpen() throws {
        let temporary = try TemporaryRepository(isDurable: true)
        let before = try descriptors(in: temporary)
        let transaction = try Transaction(in: temporary.repository)
        let open = try descriptors(in: temporary)
        // The first thing that is opened is missing, and then one that comes later cannot be read.
        let objects = temporary.path + "/objects"
        try FileManager.default.moveItem(atPath: objects, toPath: objects + "-away")
        #expect(throws: OSTreeError.self) { try transaction.stage(by: .direct) }
        try FileManager.default.moveItem(atPath: objects + "-away", toPath: objects)
        let (tmp, away) = (temporary.path + "/tmp", temporary.path + "/away")
        try FileManager.default.moveItem(atPath: tmp, toPath: away)
        #expect(throws: OSTreeError.self) { try transaction.stage(by: .direct) }
        try FileManager.default.moveItem(atPath: away, toPath: tmp)
        #expect(try descriptors(in: temporary) == open)

        // That the count can tell: a stage that is there has descriptors, and gives them back.
        do {
            let stage = try transaction.stage(by: .direct)
            #expect(try descriptors(in: temporary).count == open.count + 4)
            withExtendedLifetime(stage) {}
        }
        transaction.abort()
        #expect(try temporary.leftovers() == [])
        withExtendedLifetime(transaction) {}
        #expect(try descriptors(in: temporary).count <= open.count && before.count <= open.count)
    }

    /// Bytes that this thread has read so far, by the kernel's account.
    private func readByteCount() throws -> Int {
        let text = try String(contentsOfFile: "/proc/thread-self/io", encoding: .utf8)
        let line = text.split(separator: "\n").first { $0.hasPrefix("rchar: ") }
        return try #require(line.flatMap { Int($0.dropFirst("rchar: ".count)) })
    }

    /// An object that libostree has staged is read from where it is asked for, as any other.
    @Test(arguments: [RepositoryMode.bare, .bareUser, .bareUserOnly])
    func stagedObjectsAreReadFromTheMiddle(_ mode: RepositoryMode) throws {
        let temporary = try TemporaryRepository(mode, isDurable: true)
        let transaction = try Transaction(in: temporary.repository)
        let bytes = (0..<8 << 20).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 9) }
        let scribe = try transaction.stage(by: .portable).scribe()
        let object = try scribe.writeFile(ContentBytes(bytes[...]), FileAttributes(mode: 0o644))
        #expect(try temporary.listing().keys.contains { $0.hasPrefix("tmp/staging-") && $0.hasSuffix(".file") })

        let reader = PayloadReader(of: temporary.repository)
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        let offset = bytes.count - piece.count
        let before = try readByteCount()
        let found = try reader.read(object, from: UInt64(offset), into: &piece, at: 0, upTo: piece.count)
        let count = try readByteCount() - before
        #expect(found == piece.count && piece[...] == bytes[offset...])
        #expect(count >= piece.count && count < 1 << 20, "\(count)")
        transaction.abort()
    }
}

@Suite struct ProcessorTests {
    @Test func controlGroupsGiveWholeProcessors() {
        let cases: [(String, Int?)] = [
            ("max 100000\n", nil), ("100000 100000\n", 1), ("100001 100000\n", 2), ("50000 100000", 1),
            ("250000 100000", 3), ("1600000 100000\n", 16), ("", nil), ("x y", nil), ("5", nil), ("0 100000", nil),
            ("100000 0", nil), ("-1 100000", nil),
        ]
        for (text, count) in cases { #expect(Processors.granted(by: text) == count, "\(text)") }
        #expect((1...Processors.greatestCount).contains(Processors.count))
    }
}
