import Digests
import Foundation
import LayerStore
import OSTree
import Strategies
import TestSupport
import Testing

/// `layerlab remove`: what goes, what stays, and what is refused.
@Suite struct RemoveToolTests {
    private static let streams = (0..<3).map { seed in
        TarBuilder.stream { tar in
            for number in 0..<5 {
                tar.file("usr/\(seed)/\(number)", [UInt8](repeating: UInt8(seed), count: 900 + number))
            }
            tar.file("dev/orphan\(seed)", [1, 2, 3])
        }
    }
    private let folder: TemporaryFolder
    private let repo: String

    init() throws {
        folder = try TemporaryFolder()
        repo = folder.path("repo")
        try #require(try run("ostree", ["init", "--repo=" + repo, "--mode=bare-user"]).exitCode == 0)
    }

    private func tool(_ arguments: String...) throws -> ProgramResult {
        try run(Tool.path(), arguments + ["--repo", repo, "--quiet"])
    }

    /// Imports bytes; the ref.
    private func importing(_ bytes: [UInt8], by strategy: String = "raw@sidecar", _ options: String...) throws -> String
    {
        let file = try folder.write(bytes, to: "layer")
        let result = try run(
            Tool.path(), ["import", file, "--repo", repo, "--strategy", strategy, "--json", "--quiet"] + options)
        #expect(result.exitCode == 0, "\(result.errors)")
        return try #require(result.object()["ref"] as? String)
    }

    private func image(_ streams: [[UInt8]], named name: String) throws -> ImageBuilder.Written {
        let image = try ImageBuilder(.oci, streams, .gzip).write(.layout, to: folder.path(name))
        let result = try tool("import", image.reference, "--name", name, "--strategy", "raw@separate-ref")
        #expect(result.exitCode == 0, "\(result.errors)")
        return image
    }

    private func refs() throws -> Set<String> {
        try Set(run("ostree", ["refs", "--repo=" + repo]).output.split(separator: "\n").map(String.init))
    }

    private func recipes() -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: repo + "/extensions/layerlab")) ?? []
    }

    private func digest(_ stream: [UInt8]) -> String { SHA256Stream.digest(of: stream).description }

    @Test(arguments: ["raw@sidecar", "raw@separate-ref", "raw@commit-metadata"])
    func aLayerGoesWithAllThatBelongsToIt(_ strategy: String) throws {
        let kept = try importing(Self.streams[1], by: strategy)
        let (refs, recipes) = (try refs(), recipes())
        let ref = try importing(Self.streams[0], by: strategy)
        let compressed = try ImageBuilder.Compression.gzip.blob(of: Self.streams[0])
        let blob = try importing(compressed, by: strategy, "--blobs", "keep")
        #expect(ref != blob)

        // One blob of the layer: the other one keeps it.
        let first = try tool("remove", blob, "--json")
        #expect(first.exitCode == 0, "\(first.errors)")
        #expect((try first.object()["layers"] as? [[String: Any]])?.map { $0["ref"] as? String } == [blob])
        #expect(try tool("rebuild", ref, "-o", folder.path("out")).exitCode == 0)
        #expect(try folder.read("out") == Self.streams[0])

        // The diff ID stands for all of them.
        _ = try importing(compressed, by: strategy, "--blobs", "keep")
        let second = try tool("remove", digest(Self.streams[0]), "--prune", "--json")
        #expect(second.exitCode == 0, "\(second.errors)")
        let reports = try second.objects()
        #expect(reports.count == 2 && (reports[0]["layers"] as? [Any])?.count == 2)
        #expect((reports[1]["freedBytes"] as? Int ?? 0) > 0 && (reports[1]["deletedObjects"] as? Int ?? 0) > 5)
        #expect(try self.refs() == refs && self.recipes() == recipes)
        #expect(try run("ostree", ["fsck", "--quiet", "--repo=" + repo]).exitCode == 0)
        #expect(try tool("rebuild", kept, "-o", folder.path("out")).exitCode == 0)

        let third = try tool("remove", digest(Self.streams[0]))
        #expect(third.exitCode == 2 && third.errorLines.count == 1, "\(third.errors)")
        #expect(third.errors.contains("has no layer and no image '\(digest(Self.streams[0]))'"))
    }

    @Test func anImageTakesTheLayersThatNoOtherHas() throws {
        let small = try image([Self.streams[0]], named: "small")
        let before = try refs()
        let large = try image(Self.streams, named: "large")

        // A layer of an image stays.
        let layer = try tool("remove", digest(Self.streams[1]))
        #expect(layer.exitCode == 2 && layer.errors.contains("belongs to the image 'large'"), "\(layer.errors)")
        #expect(try tool("push", "large", "dir:" + folder.path("pushed")).exitCode == 0)
        #expect(try folder.read("pushed/manifest.json") == large.manifest)

        let removed = try tool("remove", "large", "--json")
        #expect(removed.exitCode == 0, "\(removed.errors)")
        let report = try removed.object()
        #expect(report["kind"] as? String == "image" && (report["layers"] as? [Any])?.count == 2)
        #expect((report["keptLayers"] as? [String])?.count == 1)
        #expect(try refs() == before)
        #expect(try run("ostree", ["prune", "--refs-only", "--repo=" + repo]).exitCode == 0)
        #expect(try tool("push", "small", "dir:" + folder.path("pushed small")).exitCode == 0)
        #expect(try folder.read("pushed small/manifest.json") == small.manifest)

        // The layers may stay, as layers.
        let result = try tool("remove", LayerRefs.image("small"), "--keep-layers")
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(try refs() == before.subtracting([LayerRefs.image("small")]))
        #expect(try tool("rebuild", digest(Self.streams[0]), "-o", folder.path("out")).exitCode == 0)
        #expect(try folder.read("out") == Self.streams[0])
    }

    /// A ref of somebody else's shows the commit: its recipe stays.
    @Test(arguments: ["raw@sidecar", "raw@separate-ref"])
    func whatAnotherRefShowsStaysWhole(_ strategy: String) throws {
        let ref = try importing(Self.streams[0], by: strategy)
        #expect(try run("ostree", ["refs", "--repo=" + repo, "--create=mine", ref]).exitCode == 0)
        #expect(try tool("remove", ref).exitCode == 0)
        // So it does when the layer is imported again by another strategy.
        _ = try importing(Self.streams[0], by: "delta@commit-metadata")
        #expect(try run("ostree", ["prune", "--refs-only", "--repo=" + repo]).exitCode == 0)
        #expect(try tool("rebuild", "mine", "-o", folder.path("out")).exitCode == 0)
        #expect(try folder.read("out") == Self.streams[0])
    }

    /// A note of a removal that was cut short: what is left of a layer that is gone goes with any import. One that is there, not
    /// removed yet or pulled again, stays.
    @Test(arguments: [false, true])
    func theNextImportCleansUpAfterARemoval(_ isGone: Bool) throws {
        let ref = try importing(Self.streams[0])
        let note = LayerRefs.removal(try #require(LayerRefs.digest(ofBlob: ref)))
        #expect(try run("ostree", ["refs", "--repo=" + repo, "--create=" + note, ref]).exitCode == 0)
        if isGone { #expect(try run("ostree", ["refs", "--repo=" + repo, "--delete", ref]).exitCode == 0) }
        let other = try importing(Self.streams[1])
        let present: Set<String> = try refs().filter { $0.hasPrefix("ostree/") }
        #expect(present == Set(isGone ? [other] : [ref, other]))
        #expect(try !refs().contains(note) && recipes().count == (isGone ? 1 : 2))
        #expect(try run("ostree", ["prune", "--refs-only", "--repo=" + repo]).exitCode == 0)
        for layer in isGone ? [other] : [ref, other] {
            #expect(try tool("rebuild", layer, "-o", folder.path("out")).exitCode == 0)
        }
    }

    /// Nobody knows which layers an image needs that cannot be read, or that somebody else imported.
    @Test func layersOfImagesThatCannotBeReadStay() throws {
        _ = try image([Self.streams[0]], named: "small")
        _ = try image(Self.streams, named: "large")
        let repository = try Repository(opening: repo)
        let large = try #require(try repository.resolve(ref: LayerRefs.image("large")))
        let path = "\(repo)/objects/\(large.hex.prefix(2))/\(large.hex.dropFirst(2)).commit"
        let whole = try Data(contentsOf: URL(filePath: path))
        var damaged = whole
        damaged[whole.count / 2] ^= 1
        try damaged.write(to: URL(filePath: path))
        let before = try refs()
        let refused = try tool("remove", "small")
        #expect(refused.exitCode == 1 && refused.errors.contains("cannot tell which layers"), "\(refused.errors)")
        #expect(try refs() == before)
        try whole.write(to: URL(filePath: path))
        #expect(try tool("remove", "small").exitCode == 0)
        #expect(try tool("push", "large", "dir:" + folder.path("pushed")).exitCode == 0)
    }

    /// What is no digest's, or of this minute, is somebody else's.
    @Test func refsOfOthersThatLookHalfWrittenStay() throws {
        let ref = try importing(Self.streams[0])
        let mine = "ostree/container/keep/tmp.backup"
        #expect(try run("ostree", ["refs", "--repo=" + repo, "--create=" + mine, ref]).exitCode == 0)
        let fresh = "\(repo)/refs/heads/\(LayerRefs.blobs)/tmp.aB3xYz"
        try FileManager.default.copyItem(atPath: "\(repo)/refs/heads/\(ref)", toPath: fresh)
        try FileManager.default.setAttributes([.modificationDate: Date()], ofItemAtPath: fresh)
        _ = try importing(Self.streams[1])
        #expect(try refs().contains(mine) && FileManager.default.fileExists(atPath: fresh))
    }

    /// What killed imports may leave: half a recipe, half a ref, a recipe whose layer was never shown.
    @Test func leftoversGoWithTheNextImport() throws {
        let ref = try importing(Self.streams[0])
        let name = try #require(recipes().first)
        let extensions = repo + "/extensions/layerlab/"
        let refFolder = repo + "/refs/heads/ostree/container/blob/"
        let manager = FileManager.default
        try manager.copyItem(atPath: extensions + name, toPath: extensions + ".\(name).99")
        let (ours, fresh, old) = ("1", "2", "3")
        func file(_ digit: String) -> String { extensions + String(repeating: digit, count: 64) + ".recipe" }
        // Another commit's recipe of the same layer, and recipes of another layer: one of now, and one of long ago.
        try manager.copyItem(atPath: extensions + name, toPath: file(ours))
        for digit in [fresh, old] { try Data([1, 2, 3]).write(to: URL(filePath: file(digit))) }
        #expect(try run("touch", ["-d", "2 days ago", file(old)]).exitCode == 0)
        try manager.copyItem(
            atPath: refFolder + ref.split(separator: "/").last!, toPath: refFolder + "tmp.aB3xYz")
        try manager.setAttributes([.modificationDate: Date() - 120], ofItemAtPath: refFolder + "tmp.aB3xYz")
        #expect(try importing(Self.streams[0]) == ref)
        #expect(recipes().sorted() == [String(repeating: fresh, count: 64) + ".recipe", name].sorted())
        #expect(try manager.contentsOfDirectory(atPath: refFolder).count == 1)
        #expect(try tool("rebuild", ref, "-o", folder.path("out")).exitCode == 0)
    }

    @Test func helpTeaches() throws {
        let result = try Tool.run("remove", "--help")
        #expect(result.exitCode == 0 && result.output.contains("layerlab remove sha256:DIGEST --repo repo"))
        #expect(try Tool.run("remove", "--repo", repo).exitCode == 2)
    }
}
