import Digests
import Foundation
import LayerStore
import OSTree
import Strategies
import TestSupport
import Testing

/// Imports that fail when most is done.
@Suite struct PublishingTests {
    private static let stream = TarBuilder.stream { tar in
        for number in 0..<60 { tar.file("usr/\(number)", Array("\(number)".utf8)) }
        tar.file("dev/orphan", [1, 2, 3])
    }

    /// A file stands where one of the folders of objects should be: all folders before it have their places by then.
    @Test(arguments: RepositoryMode.allCases, [false, true])
    func anErrorWhilePublishingLeavesNothingReachable(_ mode: RepositoryMode, _ isFilled: Bool) throws {
        func folders(_ temporary: TemporaryRepository) throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: temporary.path + "/objects").sorted()
        }
        let sample = try TemporaryRepository(mode)
        try sample.importing(Self.stream)
        let temporary = try TemporaryRepository(mode, isDurable: true)
        // Where folders are there already, files move one by one.
        let other = isFilled ? try temporary.importing(TarSample.rich.bytes) : nil
        let (refs, companions) = (try temporary.repository.refs(below: "ostree"), try temporary.companions())
        let before = try folders(temporary)
        let blocked = try #require(try folders(sample).last { !before.contains($0) })
        let place = try temporary.folder.write([], to: "repo/objects/" + blocked)
        let error = #expect(throws: OSTreeError.self) {
            try temporary.importing(Self.stream, strategy: strategy("raw@sidecar"))
        }
        #expect(error?.reason.contains("Not a directory") == true, "\(error as Any)")
        #expect(try folders(temporary).count > before.count + 10)

        try FileManager.default.removeItem(atPath: place)
        #expect(try temporary.repository.refs(below: "ostree") == refs)
        #expect(try temporary.leftovers() == [] && temporary.companions() == companions)
        #expect(try temporary.damage() == nil)
        let layer = try temporary.importing(Self.stream, strategy: strategy("raw@sidecar"))
        #expect(try temporary.rebuild(layer.ref) == Self.stream)
        if let other { #expect(try temporary.rebuild(other.ref) == TarSample.rich.bytes) }
        #expect(try temporary.damage() == nil && temporary.leftovers() == [])
    }

    /// A folder stands where one of the refs should be: the other ref of the same stream moves first, and goes back.
    @Test(arguments: ["raw@sidecar", "raw@separate-ref", "raw@commit-metadata"])
    func aRefThatCannotBeSetTakesTheOthersBack(_ name: String) throws {
        // Refs are set in the order of their names.
        let stream = try #require(
            try (0..<64).lazy.map { number in
                TarBuilder.stream { tar in
                    tar.file("usr/a", [UInt8(number)])
                    tar.file("dev/orphan", [1, 2])
                }
            }.first { stream in
                let sample = try TemporaryRepository()
                return try sample.importing(stream).ref < sample.importing(gzip(stream)).ref
            })
        let sample = try TemporaryRepository()
        let ref = try sample.importing(gzip(stream)).ref

        let temporary = try TemporaryRepository(isDurable: true)
        let first = try temporary.importing(stream, strategy: strategy("delta@sidecar"))
        let place = "\(temporary.path)/refs/heads/\(ref)"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
        let before = try state(temporary)
        #expect(throws: OSTreeError.self) { try temporary.importing(gzip(stream), strategy: strategy(name)) }
        #expect(try state(temporary) == before)
        #expect(try temporary.rebuild(first.ref) == stream)
        #expect(try temporary.damage() == nil && temporary.leftovers() == [])

        try FileManager.default.removeItem(atPath: place)
        let second = try temporary.importing(gzip(stream), strategy: strategy(name))
        #expect(try temporary.rebuild(first.ref) == stream && temporary.rebuild(second.ref) == stream)
        #expect(try temporary.repository.resolve(ref: first.ref) == second.layer.commit)
    }

    /// Refs and sidecars: whatever says that a layer is there. Folders of refs may stay empty.
    private func state(_ temporary: TemporaryRepository) throws -> [String: String] {
        try temporary.listing().filter { name, _ in
            !name.hasSuffix("/") && (name.hasPrefix("refs/") || name.hasPrefix("extensions/"))
        }
    }

    /// A folder stands where the sidecar should be, which is written when all objects are.
    @Test func aSidecarThatCannotBeWrittenLeavesNothing() throws {
        let commit = try TemporaryRepository().importing(Self.stream, strategy: strategy("raw@sidecar")).layer.commit
        let temporary = try TemporaryRepository(isDurable: true)
        let place = "\(temporary.path)/extensions/layerlab/\(commit.hex).recipe"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        let before = try temporary.listing()
        #expect(throws: OSTreeError.self) { try temporary.importing(Self.stream, strategy: strategy("raw@sidecar")) }
        #expect(try temporary.listing() == before)
        try FileManager.default.removeItem(atPath: place)
        let layer = try temporary.importing(Self.stream, strategy: strategy("raw@sidecar"))
        #expect(layer.layer.commit == commit)
        #expect(try temporary.rebuild(layer.ref) == Self.stream)
    }
}
