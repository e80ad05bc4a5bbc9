import Digests
import Foundation
import OSTree
import TestSupport
import Testing

@Suite struct RepositoryTests {
    @Test(arguments: RepositoryMode.allCases)
    func createdRepositoryOpensInItsMode(_ mode: RepositoryMode) throws {
        let temporary = try TemporaryRepository(mode)
        #expect(temporary.repository.mode == mode)
        let reopened = try Repository(opening: temporary.path)
        #expect(reopened.mode == mode && reopened.path == temporary.path)
        let config = try run("ostree", ["config", "--repo=" + temporary.path, "get", "core.mode"])
        #expect(config.output.hasPrefix(mode == .archive ? "archive" : mode.rawValue))
    }

    @Test func openingNothingIsOneClearLine() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("none")
        let error = try #require(throws: OSTreeError.self) { _ = try Repository(opening: path) }
        #expect(error.operation == "open the repository" && error.subject == path)
        #expect(error.description.hasPrefix("cannot open the repository \(path): "))
        #expect(!error.reason.isEmpty && !error.description.contains("\n"))
    }

    @Test func openingAFolderThatIsNoRepositoryIsAnError() throws {
        let folder = try TemporaryFolder()
        let error = try #require(throws: OSTreeError.self) { _ = try Repository(opening: folder.path) }
        #expect(!error.description.contains("\n"))
    }

    @Test func creatingWhereNoFolderCanBeIsAnError() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write([1], to: "file")
        #expect(throws: OSTreeError.self) { _ = try Repository.create(at: file + "/repo", mode: .archive) }
    }

    @Test func durabilityIsTheRepositorysOwnUntilItIsTurnedOff() throws {
        let folder = try TemporaryFolder()
        let repository = try Repository.create(at: folder.path("repo"), mode: .archive)
        #expect(repository.isDurable)
        repository.isDurable = false
        #expect(!repository.isDurable)
        let set = try run("ostree", ["config", "--repo=" + repository.path, "set", "core.fsync", "false"])
        #expect(set.exitCode == 0)
        #expect(try !Repository(opening: repository.path).isDurable)
    }

    @Test func resolvingTellsAbsentFromSet() throws {
        let temporary = try TemporaryRepository()
        #expect(try temporary.repository.resolve(ref: "some/ref") == nil)
        let commit = try temporary.commitFile(Array("x".utf8), ref: "some/ref")
        #expect(try temporary.repository.resolve(ref: "some/ref") == commit)
        #expect(try temporary.ostree("rev-parse", "some/ref").output == commit.hex + "\n")
    }

    @Test func malformedRefNamesAreErrors() throws {
        let temporary = try TemporaryRepository()
        #expect(throws: OSTreeError.self) { _ = try temporary.repository.resolve(ref: "no ref!") }
    }

    @Test func refsBelowAPrefixHaveWholeNames() throws {
        let temporary = try TemporaryRepository()
        let commit = try temporary.commitFile([1], ref: "a/b/one")
        let other = try temporary.commitFile([2], ref: "a/b/c/two")
        _ = try temporary.commitFile([3], ref: "a/bc/three")
        #expect(try temporary.repository.refs(below: "a/b") == ["a/b/one": commit, "a/b/c/two": other])
        #expect(try temporary.repository.refs(below: "nothing/here").isEmpty)
    }

    @Test func removedRefIsGoneAndItsObjectsStay() throws {
        let temporary = try TemporaryRepository()
        let commit = try temporary.commitFile([1], ref: "a/one")
        try temporary.repository.remove(ref: "a/one")
        #expect(try temporary.repository.resolve(ref: "a/one") == nil)
        #expect(try temporary.repository.has(.commit, commit))
        #expect(try temporary.ostree("refs").output.isEmpty)
    }

    @Test func absentObjectsAreNamed() throws {
        let temporary = try TemporaryRepository()
        let absent = SHA256Stream.digest(of: [1])
        #expect(try !temporary.repository.has(.file, absent))
        for call in [
            { _ = try temporary.repository.commit(absent) }, { _ = try temporary.repository.fileObject(absent) },
            { _ = try temporary.repository.directoryTree(absent) },
            { _ = try temporary.repository.directoryAttributes(absent) },
            { _ = try PayloadStream(absent, in: temporary.repository) },
            { try temporary.repository.verify(.file, absent) },
            { _ = try temporary.repository.storedByteCount(.file, absent) },
        ] as [() throws -> Void] {
            let error = try #require(throws: OSTreeError.self) { try call() }
            #expect(error.subject == absent.hex)
        }
    }

    @Test(arguments: RepositoryMode.allCases)
    func canonicalAttributesAreWhatTheModeKeeps(_ mode: RepositoryMode) {
        let note = ExtendedAttribute(name: Array("user.note".utf8), value: [1])
        let attributes = FileAttributes(mode: 0o6777, userID: 5, groupID: 6, extendedAttributes: [note])
        let kept = mode == .bareUserOnly ? FileAttributes(mode: 0o755) : attributes
        #expect(mode.canonical(attributes) == kept)
    }
}

extension TemporaryRepository {
    /// Commits a root with one file `file`.
    @discardableResult
    func commitFile(_ bytes: [UInt8], ref: String) throws -> Digest {
        let transaction = try Transaction(in: repository)
        let root = try TemporaryRepository.root(of: bytes, in: transaction)
        let commit = try transaction.write(CommitDraft(subject: "test"), root: root)
        try transaction.setRef(ref, to: commit)
        try transaction.commit()
        return commit
    }

    static func root(of bytes: [UInt8], in transaction: Transaction) throws -> DirectoryReference {
        let file = try transaction.writeFile(bytes[...], FileAttributes(mode: 0o644))
        return DirectoryReference(
            contents: try transaction.write(DirectoryTree(files: [(Array("file".utf8), file)])),
            metadata: try transaction.writeDirectoryAttributes(FileAttributes(mode: 0o755)))
    }
}
