import Foundation
import TestSupport
import Testing

@testable import Harness

/// What is on the disk, counted in folders made by hand.
@Suite struct RepositoryCensusTests {
    private func sample() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for path in ["objects/ab", "objects/empty/below", "refs/heads/layer", "extensions/layerlab", "tmp/cache"] {
            try FileManager.default.createDirectory(
                atPath: folder.path(path), withIntermediateDirectories: true)
        }
        try folder.write([UInt8](repeating: 1, count: 100), to: "config")
        try folder.write([UInt8](repeating: 1, count: 5_000), to: "objects/ab/1.filez")
        try folder.write([UInt8](repeating: 1, count: 300), to: "objects/ab/2.commit")
        try folder.write([UInt8](repeating: 1, count: 20), to: "objects/ab/2.commitmeta")
        try folder.write([UInt8](repeating: 1, count: 40), to: "objects/ab/3.dirtree")
        try folder.write([UInt8](repeating: 1, count: 12), to: "objects/ab/4.dirmeta")
        try folder.write([UInt8](repeating: 1, count: 65), to: "refs/heads/layer/one")
        try folder.write([UInt8](repeating: 1, count: 7), to: "extensions/layerlab/2.recipe")
        return folder
    }

    @Test func countsEachKind() throws {
        let folder = try sample()
        let census = try withExtendedLifetime(folder) { try RepositoryCensus(of: folder.path) }
        let bytes: [(RepositoryFile.Kind, Int)] = [
            (.content, 5_000), (.commit, 300), (.commitMetadata, 20), (.directoryTree, 40), (.directoryMetadata, 12),
            (.ref, 65), (.extension, 7), (.other, 100),
        ]
        for (kind, bytes) in bytes {
            #expect(census[kind].files == 1 && census[kind].bytes == bytes, "\(kind)")
        }
        #expect(census.files.files == 8 && census.files.bytes == 5_544)
        // objects/ab and objects, refs/heads/layer and those above, extensions/layerlab and extensions; no empty ones.
        #expect(census[.folder].files == 7 && census[.folder].bytes == 0)
    }

    @Test func walksInOneOrder() throws {
        let folder = try sample()
        let paths = try RepositoryFile.all(in: folder.path).map(\.path)
        #expect(
            paths == [
                "config", "extensions", "extensions/layerlab", "extensions/layerlab/2.recipe", "objects", "objects/ab",
                "objects/ab/1.filez", "objects/ab/2.commit", "objects/ab/2.commitmeta", "objects/ab/3.dirtree",
                "objects/ab/4.dirmeta", "refs", "refs/heads", "refs/heads/layer", "refs/heads/layer/one",
            ])
    }

    @Test func aFileWithSeveralNamesCountsOnceUnderTheFirst() throws {
        let folder = try sample()
        let before = try RepositoryCensus(of: folder.path)
        for name in ["objects/ab/9.filez", "objects/ab/0.file", "refs/heads/twin"] {
            try FileManager.default.linkItem(atPath: folder.path("objects/ab/1.filez"), toPath: folder.path(name))
        }
        #expect(try RepositoryCensus(of: folder.path) - before == RepositoryCensus())
        let paths = try RepositoryFile.all(in: folder.path).map(\.path)
        #expect(paths.contains("objects/ab/0.file") && !paths.contains("objects/ab/1.filez"))
    }

    @Test func holesTakeBytesAndNoBlocks() throws {
        let folder = try sample()
        let before = try RepositoryCensus(of: folder.path)
        try folder.write([], to: "objects/ab/5.file")
        let handle = try FileHandle(forWritingTo: URL(filePath: folder.path("objects/ab/5.file")))
        try handle.truncate(atOffset: 1 << 30)
        try handle.close()
        let more = try RepositoryCensus(of: folder.path) - before
        #expect(more.files.files == 1 && more.files.bytes == 1 << 30)
        #expect(more[.content].bytes == 1 << 30)
        #expect((0...4096).contains(more.files.diskBytes))
    }

    @Test func blocksAreThoseThatDuCounts() throws {
        let folder = try sample()
        let census = try RepositoryCensus(of: folder.path)
        // Folders that du counts and the census does not: the root and the empty ones.
        let empty = ["", "objects/empty", "objects/empty/below", "tmp", "tmp/cache"].map { folder.path($0) }
        let all = try run("du", ["--summarize", "--block-size=1", folder.path]).output
        let left = try run("stat", ["--format=%b"] + empty).output.split(separator: "\n").compactMap { Int($0) }
        let used = try #require(Int(all.prefix { $0.isNumber }))
        #expect(census.files.diskBytes + census[.folder].diskBytes == used - left.reduce(0, +) * 512)
    }

    @Test func aLinkIsNotFollowed() throws {
        let folder = try sample()
        let before = try RepositoryCensus(of: folder.path)
        try FileManager.default.createSymbolicLink(
            atPath: folder.path("objects/ab/6.file"), withDestinationPath: "/usr")
        let more = try RepositoryCensus(of: folder.path) - before
        #expect(more.files.files == 1 && more[.content].bytes == 4)
    }

    @Test func differencesAndSums() throws {
        let folder = try sample()
        let before = try RepositoryCensus(of: folder.path)
        try folder.write([1, 2], to: "refs/heads/two")
        let more = try RepositoryCensus(of: folder.path) - before
        #expect(more[.ref].files == 1 && more[.ref].bytes == 2 && more.files == more[.ref])
        #expect(before + more == (try RepositoryCensus(of: folder.path)))
        #expect((before - before).files == .zero)
        #expect((before - more - before).files.bytes == -2)
    }

    @Test func aFolderThatIsNotThereIsAnError() {
        #expect(throws: (any Error).self) { try RepositoryCensus(of: "/nonexistent/repo") }
    }
}
