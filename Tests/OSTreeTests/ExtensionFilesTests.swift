import Foundation
import OSTree
import TestSupport
import Testing

@Suite struct ExtensionFilesTests {
    @Test func writtenFileReadsBackAndIsReplacedAsAWhole() throws {
        let temporary = try TemporaryRepository()
        let repository = temporary.repository
        #expect(try repository.readExtensionFile("one", limit: 1 << 20) == nil)
        for bytes in [[1, 2, 3], [], [UInt8](repeating: 7, count: 300_000), [9]] as [[UInt8]] {
            try repository.writeExtensionFile("one", bytes)
            #expect(try repository.readExtensionFile("one", limit: 1 << 20) == bytes)
        }
        let folder = temporary.path + "/extensions/layerlab"
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["one"])
        #expect(try temporary.damage() == nil)
    }

    @Test func durableRepositoryWritesTheSame() throws {
        let temporary = try TemporaryRepository()
        temporary.repository.isDurable = true
        try temporary.repository.writeExtensionFile("one", [1])
        #expect(try temporary.repository.readExtensionFile("one", limit: 1 << 20) == [1])
    }

    @Test func removedFileIsGoneAndRemovingNothingIsFine() throws {
        let temporary = try TemporaryRepository()
        try temporary.repository.removeExtensionFile("one")
        try temporary.repository.writeExtensionFile("one", [1])
        try temporary.repository.removeExtensionFile("one")
        #expect(try temporary.repository.readExtensionFile("one", limit: 1 << 20) == nil)
    }

    @Test func whatStandsInTheWayIsAClearError() throws {
        let temporary = try TemporaryRepository()
        try FileManager.default.createDirectory(
            atPath: temporary.path + "/extensions/layerlab/one", withIntermediateDirectories: true)
        let error = try #require(throws: OSTreeError.self) {
            try temporary.repository.writeExtensionFile("one", [1])
        }
        #expect(error.subject == temporary.path + "/extensions/layerlab/one")
        #expect(throws: OSTreeError.self) { _ = try temporary.repository.readExtensionFile("one", limit: 1 << 20) }
        let names = try FileManager.default.contentsOfDirectory(atPath: temporary.path + "/extensions/layerlab")
        #expect(names == ["one"])
    }

    @Test func linksAreNotFollowed() throws {
        let temporary = try TemporaryRepository()
        let outside = try temporary.folder.write([5], to: "outside")
        let folder = temporary.path + "/extensions/layerlab"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: folder + "/one", withDestinationPath: outside)
        #expect(throws: OSTreeError.self) { _ = try temporary.repository.readExtensionFile("one", limit: 1 << 20) }
        try temporary.repository.writeExtensionFile("one", [6])
        #expect(try temporary.folder.read("outside") == [5])
        #expect(try temporary.repository.readExtensionFile("one", limit: 1 << 20) == [6])
    }
}
