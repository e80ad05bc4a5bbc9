import Digests
import Foundation
import TestSupport
import Testing

@testable import OSTree

/// What is read out of loose objects is what libostree says of them.
@Suite struct ObjectStatusTests {
    private static let extended = [
        ExtendedAttribute(name: Array("user.a".utf8), value: []),
        ExtendedAttribute(name: Array("user.b".utf8), value: [0, 1, 255]),
        ExtendedAttribute(name: Array("user.long".utf8), value: [UInt8](repeating: 7, count: 700)),
    ]

    @Test(arguments: RepositoryMode.allCases)
    func objectsAreAsLibostreeSays(_ mode: RepositoryMode) throws {
        let temporary = try TemporaryRepository(mode)
        let repository = temporary.repository
        let transaction = try Transaction(in: repository)
        var objects: [Digest] = []
        for (number, permission) in ([0o644, 0o755, 0, 0o4755, 0o2711, 0o1777, 0o7777, 0o200] as [UInt32]).enumerated()
        {
            for count in 0...Self.extended.count {
                let attributes = FileAttributes(
                    mode: permission, userID: UInt32(number * 70_000), groupID: UInt32(count),
                    extendedAttributes: Array(Self.extended.prefix(count)))
                let bytes = [UInt8](repeating: UInt8(number), count: number * 3000)
                objects.append(try transaction.writeFile(bytes[...], attributes))
            }
        }
        for target in ["a", "../ü/target", String(repeating: "long/", count: 60)] {
            let attributes = FileAttributes(mode: 0o777, userID: 7, groupID: 8)
            objects.append(try transaction.writeSymbolicLink(to: Array(target.utf8), attributes))
        }
        let files = objects.enumerated().map { (name: Array("f\($0)".utf8), object: $1) }
        // More files than a small container's offsets reach, and names beyond ASCII.
        let many = (0..<3000).map { (name: Array("ü\($0)".utf8), object: objects[$0 % objects.count]) }
        let metadata = try transaction.writeDirectoryAttributes(
            FileAttributes(mode: 0o1755, userID: 9, groupID: 10, extendedAttributes: Self.extended))
        let inner = DirectoryReference(
            contents: try transaction.write(DirectoryTree(files: many)), metadata: metadata)
        let tree = DirectoryTree(
            files: files, directories: (0..<300).map { (name: Array("d\($0)".utf8), directory: inner) })
        let root = DirectoryReference(contents: try transaction.write(tree), metadata: metadata)
        try transaction.setRef("objects", to: transaction.write(CommitDraft(subject: "objects"), root: root))
        try transaction.commit()

        let status = ObjectStatus(loose: repository.loose, mode: mode)
        for object in objects {
            let (direct, library) = (status.file(object), try repository.fileObjectOfLibrary(object))
            #expect(direct == library, "\(direct as Any), \(library)")
        }
        let repeated = many.map(\.object)
        #expect(try repository.fileObjects(repeated) == repeated.map { try repository.fileObjectOfLibrary($0) })
        #expect(try repository.fileObjects([]) == [])
        for contents in [root.contents, inner.contents, try write(DirectoryTree(), in: repository)] {
            let direct = repository.looseDirectoryTree(contents)
            let library = try repository.directoryTreeOfLibrary(contents)
            #expect(direct?.files.map(\.name) == library.files.map(\.name))
            #expect(direct?.files.map(\.object) == library.files.map(\.object))
            #expect(direct?.directories.map(\.name) == library.directories.map(\.name))
            #expect(direct?.directories.map(\.directory) == library.directories.map(\.directory))
        }
        #expect(try repository.directoryAttributes(metadata) == repository.directoryAttributesOfLibrary(metadata))
        #expect(throws: OSTreeError.self) { try repository.fileObjects(objects + [root.contents]) }
    }

    private func write(_ tree: DirectoryTree, in repository: Repository) throws -> Digest {
        let transaction = try Transaction(in: repository)
        let contents = try transaction.write(tree)
        let metadata = try transaction.writeDirectoryAttributes(FileAttributes(mode: 0o755))
        let root = DirectoryReference(contents: contents, metadata: metadata)
        try transaction.setRef("empty", to: transaction.write(CommitDraft(subject: "empty"), root: root))
        try transaction.commit()
        return contents
    }

    /// Accidents in a directory: what is read without GLib is what GLib reads, or is left to it.
    @Test func mutatedDirectoriesAreReadAsGLibReadsThem() throws {
        let temporary = try TemporaryRepository(.archive)
        let digest = Digest([UInt8](repeating: 3, count: 32))!
        let reference = DirectoryReference(contents: digest, metadata: digest)
        let sound = DirectoryTree(
            files: (0..<9).map { (name: Array("file-ü\($0)".utf8), object: digest) },
            directories: (0..<3).map { (name: Array("d\($0)".utf8), directory: reference) }
        ).variant.serialised
        let path = "\(temporary.path)/objects/\(digest.hex.prefix(2))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for seed in UInt64(0)..<(TestScale.isFull ? 20_000 : 2000) {
            var random = SeededGenerator(seed: seed)
            let bytes = seed == 0 ? sound : random.mutation(of: sound)
            try Data(bytes).write(to: URL(filePath: "\(path)/\(digest.hex.dropFirst(2)).dirtree"))
            let direct = temporary.repository.looseDirectoryTree(digest)
            let library = try? temporary.repository.directoryTreeOfLibrary(digest)
            guard let direct else { continue }
            #expect(library?.files.map(\.name) == direct.files.map(\.name), "seed \(seed)")
            #expect(library?.files.map(\.object) == direct.files.map(\.object), "seed \(seed)")
            #expect(library?.directories.map(\.name) == direct.directories.map(\.name), "seed \(seed)")
            #expect(library?.directories.map(\.directory) == direct.directories.map(\.directory), "seed \(seed)")
        }
    }
}
