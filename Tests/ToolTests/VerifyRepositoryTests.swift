import Digests
import Foundation
import OSTree
import TestSupport
import Testing

/// `layerlab verify --repo`: what is stored, and all that is wrong with it.
@Suite struct VerifyRepositoryTests {
    /// A repository with two layers; `usr/b` of the first has 600 bytes.
    private struct Fixture {
        let folder: TemporaryFolder
        let repo: String
        let refs: [String]

        init() throws {
            let folder = try TemporaryFolder()
            let repo = folder.path("repo")
            let other = TarBuilder.stream { $0.file("usr/other", [1, 2, 3]) }
            refs = try [TarSample.rich.bytes, other].map { stream in
                let file = try folder.write(stream, to: "layer.tar")
                let start = FileManager.default.fileExists(atPath: repo) ? [] : ["--init", "bare-user"]
                let result = try run(Tool.path(), ["import", file, "--repo", repo, "--json"] + start)
                return try #require(result.object()["ref"] as? String)
            }
            (self.folder, self.repo) = (folder, repo)
        }

        func damage(_ bytes: [UInt8]) throws {
            let digest = SHA256Stream.digest(of: bytes).hex
            let name = try #require(try TemporaryFolder.listing(of: repo).first { $0.value == digest }?.key)
            try StoredBytes(repo + "/" + name).flip(bit: 9)
        }
    }

    @Test func soundRepositoriesPass() throws {
        let fixture = try Fixture()
        for deep in [[], ["--deep"]] {
            let result = try run(Tool.path(), ["verify", "--repo", fixture.repo, "--json"] + deep)
            #expect(result.exitCode == 0, "\(result.errors)")
            let lines = try result.objects()
            #expect(lines.count == 2 && Set(lines.compactMap { $0["ref"] as? String }) == Set(fixture.refs))
            for line in lines {
                #expect(line["schemaVersion"] as? Int == 1 && line["outcome"] as? String == "sound")
                #expect(line["exact"] as? Bool == true && (line["damages"] as? [Any])?.isEmpty == true)
            }
            #expect(result.errors.contains("2 sound, 0 damaged"))
            #expect(result.errors.contains("objects compared") == !deep.isEmpty)
        }
    }

    @Test func damageIsNamedWithExitCode1() throws {
        let fixture = try Fixture()
        try fixture.damage([UInt8](repeating: 7, count: 600))
        try fixture.damage(Array("hello".utf8))
        let quick = try Tool.run("verify", "--repo", fixture.repo, "--json")
        #expect(quick.exitCode == 1)
        let first = try quick.objects().compactMap { $0["damages"] as? [[String: Any]] }.flatMap { $0 }
        #expect(first.count == 1 && (first.first?["reason"] as? String)?.contains("'usr/a'") == true, "\(first)")

        let deep = try Tool.run("verify", "--repo", fixture.repo, "--deep", "--json")
        #expect(deep.exitCode == 1 && deep.errors.contains("1 sound, 1 damaged"), "\(deep.errors)")
        let damages = try deep.objects().compactMap { $0["damages"] as? [[String: Any]] }.flatMap { $0 }
        #expect(damages.count == 2 && damages.allSatisfy { $0["part"] as? String == "file" })
        // The hard link `usr/c` is the same object.
        #expect(damages.compactMap { $0["paths"] as? [String] }.flatMap { $0 }.sorted() == ["usr/a", "usr/b", "usr/c"])

        let text = try Tool.run("verify", "--repo", fixture.repo, "--deep", fixture.refs[0], "--quiet")
        #expect(text.exitCode == 1 && text.errors.isEmpty, "\(text.errors)")
        #expect(text.output.hasPrefix("damaged  \(fixture.refs[0])") && text.output.contains("usr/b (segment"))
        let sound = try Tool.run("verify", "--repo", fixture.repo, "--deep", fixture.refs[1])
        #expect(sound.exitCode == 0 && sound.output.hasPrefix("sound  \(fixture.refs[1])"))
    }

    @Test func wrongUsageIsExitCode2() throws {
        let fixture = try Fixture()
        for (arguments, words) in [
            (["--repo", fixture.folder.path("none")], "none"),
            (["--repo", fixture.repo, "no/such/ref"], "no/such/ref"),
            (["--repo", fixture.repo, "--deep", "sha256:" + String(repeating: "1", count: 64)], fixture.refs[0]),
            (["--deep", fixture.folder.path("layer.tar")], "--repo"), ([], "--repo"),
            (["--repo", fixture.repo, "--all-strategies"], "leave the options away"),
            (["--repo", fixture.repo, "--policy", "identity"], "leave the options away"),
        ] {
            let result = try run(Tool.path(), ["verify"] + arguments)
            #expect(result.exitCode == 2 && result.output.isEmpty && result.errors.contains(words), "\(result.errors)")
        }
    }

    /// What was pulled under a remote's name is verified too, and what is nobody's layer is not.
    @Test func remotesAreIncluded() throws {
        let fixture = try Fixture()
        let other = fixture.folder.path("pulled")
        func ostree(_ arguments: String...) throws {
            let result = try run("ostree", arguments + ["--repo=" + other])
            #expect(result.exitCode == 0, "\(result.errors)")
        }
        try ostree("init", "--mode=bare-user")
        try ostree("remote", "add", "--no-gpg-verify", "origin", "file://" + fixture.repo)
        try ostree("pull", "origin", fixture.refs[1])
        try ostree(
            "commit", "--branch=ostree/container/blob/someone", "--tree=dir=" + fixture.folder.path + "/repo/state")
        let result = try Tool.run("verify", "--repo", other, "--deep", "--json")
        #expect(result.exitCode == 0, "\(result.output)\(result.errors)")
        #expect(try result.object()["ref"] as? String == "origin:" + fixture.refs[1])
        let stranger = try Tool.run("verify", "--repo", other, "ostree/container/blob/someone")
        #expect(stranger.exitCode == 2 && stranger.errors.contains("not imported by layerlab"), "\(stranger.errors)")
    }

    /// An image's commit and the blobs that were kept are no layers, and are compared all the same.
    @Test func imagesAndBlobsAreIncluded() throws {
        let folder = try TemporaryFolder()
        let repo = folder.path("repo")
        var image = ImageBuilder(.oci)
        try image.add(TarSample.rich.bytes, .flushed)
        let written = try image.write(.layout, to: folder.path("image"))
        let imported = try Tool.run(
            "import", written.reference, "--repo", repo, "--init", "bare-user", "--blobs", "keep")
        #expect(imported.exitCode == 0, "\(imported.errors)")
        func verify(_ code: Int32) throws -> [[String: Any]] {
            let result = try Tool.run("verify", "--repo", repo, "--deep", "--json")
            #expect(result.exitCode == code, "\(result.output)\(result.errors)")
            return try result.objects()
        }
        let refs = try verify(0).compactMap { $0["ref"] as? String }
        #expect(refs.count == 3 && refs.contains { $0.hasPrefix("layerlab/blob/") }, "\(refs)")
        let repository = try Repository(opening: repo)
        let (ref, commit) = try #require(try repository.refs(below: "ostree/container/image").first)
        #expect(refs.contains(ref))

        let blob = try #require(written.blobs.first)
        let digest = SHA256Stream.digest(of: Array(try Data(contentsOf: URL(filePath: blob)))).hex
        let kept = try #require(try TemporaryFolder.listing(of: repo).first { $0.value == digest }?.key)
        try StoredBytes(repo + "/" + kept).flip(bit: 100)
        try StoredBytes(repo + "/objects/\(commit.hex.prefix(2))/\(commit.hex.dropFirst(2)).commit").flip(bit: 9)
        let damages = try verify(1).compactMap { $0["damages"] as? [[String: Any]] }.flatMap { $0 }
        #expect(Set(damages.compactMap { $0["part"] as? String }) == ["commit", "file"], "\(damages)")
        #expect(damages.flatMap { $0["paths"] as? [String] ?? [] } == ["blob"])
        #expect(damages.contains { $0["object"] as? String == commit.hex })
        // A manifest is not believed out of a commit that has changed.
        let pushed = try Tool.run("push", written.reference, "dir:" + folder.path("out"), "--repo", repo)
        #expect(pushed.exitCode == 1 && pushed.errors.contains("is damaged"), "\(pushed.errors)")
    }

    /// The way back that Documentation/damage.md tells: what is damaged is deleted, and the layer imported again.
    @Test(arguments: ["tree@separate-ref", "raw@sidecar", "columns@commit-metadata"])
    func importMendsWhatFsckDeleted(_ strategy: String) throws {
        let folder = try TemporaryFolder()
        let (repo, file) = (folder.path("repo"), try folder.write(TarSample.rich.bytes, to: "layer.tar"))
        func layerlab(_ arguments: String...) throws -> Int32 {
            try run(Tool.path(), arguments + ["--repo", repo, "--quiet"]).exitCode
        }
        func importing() throws -> Int32 { try layerlab("import", file, "--strategy", strategy, "--init", "archive") }
        #expect(try importing() == 0)
        let temporary = try Repository(opening: repo)
        let names = try FileManager.default.subpathsOfDirectory(atPath: repo + "/objects").sorted()
        let (ref, _) = try #require(try temporary.refs(below: "ostree/container/blob").first)
        for suffix in [".filez", ".dirtree", ".dirmeta", ".commit"] {
            let name = try #require(names.first { $0.hasSuffix(suffix) })
            let object = try StoredBytes(repo + "/objects/" + name)
            try object.flip(bit: 8 * (object.sound.count - 1))
            #expect(try layerlab("verify", "--deep", ref) == 1, "\(name)")
            #expect(try run("ostree", ["fsck", "--delete", "--repo=" + repo]).exitCode != 0, "\(name)")
            #expect(try importing() == 0, "\(name)")
            #expect(try layerlab("verify", "--deep") == 0, "\(name)")
            let fsck = try run("ostree", ["fsck", "--repo=" + repo])
            #expect(fsck.exitCode == 0, "\(name): \(fsck.errors)")
        }
    }
}
