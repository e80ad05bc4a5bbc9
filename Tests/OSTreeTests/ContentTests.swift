import Digests
import Foundation
import OSTree
import TestSupport
import Testing

/// Content objects in every mode: what is written comes back.
@Suite struct ContentTests {
    private static let payloads: [[UInt8]] = [
        [], [0], Array("hello\n".utf8), [UInt8](repeating: 0xa5, count: 512),
        (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31) },
    ]
    private static let permissions: [UInt32] = [0o644, 0o755, 0, 0o4755, 0o2711, 0o1777, 0o7777, 0o200]

    @Test(arguments: RepositoryMode.allCases)
    func filesReadBackTheSame(_ mode: RepositoryMode) throws {
        let temporary = try TemporaryRepository(mode)
        let repository = temporary.repository
        let transaction = try Transaction(in: repository)
        var written: [(Digest, [UInt8], FileAttributes)] = []
        for bytes in Self.payloads {
            for permission in Self.permissions {
                let attributes = FileAttributes(mode: permission, userID: 1000, groupID: 100)
                written.append((try transaction.writeFile(bytes[...], attributes), bytes, attributes))
            }
        }
        func check() throws {
            for (object, bytes, attributes) in written {
                #expect(try PayloadStream(object, in: repository).readAll(limit: 1 << 24) == bytes)
                let file = try repository.fileObject(object)
                #expect(file.content == .regular(byteCount: UInt64(bytes.count)))
                #expect(file.attributes == mode.canonical(attributes))
            }
        }
        try check()
        let files = written.enumerated().map { (name: Array("f\($0)".utf8), object: $1.0) }
        let root = DirectoryReference(
            contents: try transaction.write(DirectoryTree(files: files)),
            metadata: try transaction.writeDirectoryAttributes(FileAttributes(mode: 0o755)))
        try transaction.setRef("files", to: transaction.write(CommitDraft(subject: "files"), root: root))
        try transaction.commit()
        try check()
        for (object, _, _) in written { try repository.verify(.file, object) }
        #expect(try temporary.damage() == nil)
    }

    @Test(arguments: RepositoryMode.allCases)
    func symbolicLinksReadBackTheSame(_ mode: RepositoryMode) throws {
        let temporary = try TemporaryRepository(mode)
        let transaction = try Transaction(in: temporary.repository)
        let target = Array("../ü/target".utf8)
        let attributes = FileAttributes(mode: 0o777, userID: 7, groupID: 8)
        let object = try transaction.writeSymbolicLink(to: target, attributes)
        let root = DirectoryReference(
            contents: try transaction.write(DirectoryTree(files: [(Array("link".utf8), object)])),
            metadata: try transaction.writeDirectoryAttributes(FileAttributes(mode: 0o755)))
        try transaction.setRef("link", to: transaction.write(CommitDraft(subject: "link"), root: root))
        try transaction.commit()
        let file = try temporary.repository.fileObject(object)
        #expect(file.content == .symbolicLink(target: target))
        let owner: UInt32 = mode == .bareUserOnly ? 0 : 7
        #expect(file.attributes.userID == owner && file.attributes.mode == 0o777)
        #expect(try temporary.damage() == nil)
        #expect(try temporary.tree("link").contains { $0.hasSuffix("/link -> ../ü/target") })
    }

    @Test(arguments: RepositoryMode.allCases)
    func extendedAttributesReadBackTheSame(_ mode: RepositoryMode) throws {
        let temporary = try TemporaryRepository(mode)
        let transaction = try Transaction(in: temporary.repository)
        let attributes = FileAttributes(
            mode: 0o644,
            extendedAttributes: [
                ExtendedAttribute(name: Array("user.z".utf8), value: [0, 255, 10]),
                ExtendedAttribute(name: Array("user.a".utf8), value: []),
            ])
        let object = try transaction.writeFile([1, 2][...], attributes)
        let directory = try transaction.writeDirectoryAttributes(attributes)
        let root = DirectoryReference(
            contents: try transaction.write(DirectoryTree(files: [(Array("file".utf8), object)])), metadata: directory)
        try transaction.setRef("xattr", to: transaction.write(CommitDraft(subject: "xattr"), root: root))
        try transaction.commit()

        let sorted = FileAttributes(
            mode: 0o644, extendedAttributes: Array(attributes.extendedAttributes.reversed()))
        #expect(try temporary.repository.fileObject(object).attributes == mode.canonical(sorted))
        #expect(try temporary.repository.directoryAttributes(directory) == mode.canonical(sorted))
        #expect(try temporary.damage() == nil)
        let lines = try temporary.tree("xattr", "-X").joined()
        #expect(lines.contains("user.z") == (mode != .bareUserOnly))
    }

    @Test(arguments: RepositoryMode.allCases)
    func bigFileComesThroughADescriptor(_ mode: RepositoryMode) throws {
        let temporary = try TemporaryRepository(mode)
        let bytes = [UInt8](repeating: 0x5a, count: 3 << 20) + [1, 2, 3]
        let file = try temporary.folder.write(bytes, to: "big")
        let handle = try #require(FileHandle(forReadingAtPath: file))
        let transaction = try Transaction(in: temporary.repository)
        let attributes = FileAttributes(mode: 0o4755, userID: 3)
        let object = try transaction.writeFile(
            from: handle.fileDescriptor, byteCount: UInt64(bytes.count), attributes)
        #expect(try transaction.writeFile(bytes[...], attributes) == object)
        try transaction.commit()
        #expect(try PayloadStream(object, in: temporary.repository).readAll(limit: 1 << 24) == bytes)
        #expect(try temporary.repository.fileObject(object).attributes == mode.canonical(attributes))
    }

    /// Archive mode takes a length at its word.
    @Test(arguments: RepositoryMode.allCases.filter { $0 != .archive })
    func descriptorThatEndsTooEarlyIsAnError(_ mode: RepositoryMode) throws {
        let temporary = try TemporaryRepository(mode)
        let file = try temporary.folder.write([1, 2, 3], to: "short")
        let handle = try #require(FileHandle(forReadingAtPath: file))
        let transaction = try Transaction(in: temporary.repository)
        #expect(throws: OSTreeError.self) {
            _ = try transaction.writeFile(
                from: handle.fileDescriptor, byteCount: 1000, FileAttributes(mode: 0o644))
        }
    }

    @Test(arguments: RepositoryMode.allCases)
    func payloadsAreReadInPieces(_ mode: RepositoryMode) throws {
        let temporary = try TemporaryRepository(mode)
        let transaction = try Transaction(in: temporary.repository)
        let object = try transaction.writeFile(Array("0123456789".utf8)[...], FileAttributes(mode: 0o644))
        try transaction.commit()
        let stream = try PayloadStream(object, in: temporary.repository)
        var buffer = [UInt8](repeating: UInt8(ascii: "-"), count: 6)
        #expect(try stream.read(into: &buffer, at: 1, upTo: 4) == 4)
        #expect(buffer == Array("-0123-".utf8))
        #expect(try stream.readAll(limit: 1 << 24) == Array("456789".utf8))
        #expect(try stream.read(into: &buffer, at: 0, upTo: 6) == 0)
    }

    @Test(arguments: [RepositoryMode.bareUser, .archive])
    func flippedByteIsFoundByVerify(_ mode: RepositoryMode) throws {
        let temporary = try TemporaryRepository(mode)
        let transaction = try Transaction(in: temporary.repository)
        let object = try transaction.writeFile(Array("0123456789".utf8)[...], FileAttributes(mode: 0o644))
        try transaction.commit()
        try temporary.repository.verify(.file, object)
        let name = try #require(try temporary.listing().keys.first { $0.contains(object.hex.dropFirst(2)) })
        let handle = try #require(FileHandle(forUpdatingAtPath: temporary.path + "/" + name))
        let size = try handle.seekToEnd()
        try handle.seek(toOffset: size - 1)
        try handle.write(contentsOf: Data([0xee]))
        try handle.close()
        #expect(throws: OSTreeError.self) { try temporary.repository.verify(.file, object) }
    }
}
