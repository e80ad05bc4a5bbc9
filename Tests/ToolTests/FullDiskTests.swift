import Foundation
import TestSupport
import Testing

/// No room left: one clear line, exit code 2, and the repository as before.
@Suite struct FullDiskTests {
    private static let stream = TarBuilder.stream { tar in
        var generator = SeededGenerator(seed: 3)
        for number in 0..<40 { tar.file("usr/\(number)", generator.bytes(20_000)) }
        tar.file("usr/big", generator.bytes(3 << 20))
    }
    private static let small = TarSample.rich.bytes

    /// Imports a small layer with all the room there is.
    private func prepare(_ folder: String) throws -> String {
        let repo = folder + "/repo"
        let result = try Tool.run("import", "-", "--repo", repo, "--init", "archive", "--json", input: Self.small)
        #expect(result.exitCode == 0, "\(result.errors)")
        return try #require(result.object()["ref"] as? String)
    }

    private func expectFailure(_ result: ProgramResult, _ words: [String]) {
        #expect(result.exitCode == 2, "\(result.exitCode): \(result.errors)")
        #expect(result.errorLines.count == 1 && result.errors.hasPrefix("layerlab: "), "\(result.errors)")
        #expect(words.contains { result.errors.contains($0) }, "\(result.errors)")
    }

    private func expectSound(_ repo: String, _ ref: String, as before: [String: String]) throws {
        #expect(try TemporaryFolder.listing(of: repo) == before)
        #expect(try run("ostree", ["fsck", "--quiet", "--repo=" + repo]).exitCode == 0)
        #expect(try Tool.run("rebuild", ref, "--repo", repo, "-o", "-").outputBytes == Self.small)
    }

    /// The limit is in KiB: the first stops the spool of the big file, the second small files.
    @Test(arguments: [1000, 16])
    func fileSizeLimitIsAnError(_ limit: Int) throws {
        let folder = try TemporaryFolder()
        let ref = try prepare(folder.path)
        let repo = folder.path("repo")
        let before = try TemporaryFolder.listing(of: repo)
        let layer = try folder.write(Self.stream, to: "layer.tar")
        for strategy in ["raw@sidecar", "raw@commit-metadata"] {
            let result = try Tool.run(
                after: "ulimit -f \(limit)", "import", layer, "--repo", repo, "--strategy", strategy)
            expectFailure(result, ["File too large"])
            try expectSound(repo, ref, as: before)
        }
        print("full disks: a limit of \(limit) KiB on files has run")
    }

    /// Enough for every object, and not for the sidecar, which comes after them.
    @Test func sidecarThatDoesNotFitTakesTheImportAway() throws {
        let folder = try TemporaryFolder()
        let ref = try prepare(folder.path)
        let repo = folder.path("repo")
        // The extension folder is there already, so that listings can be compared.
        let kept = try Tool.run("import", "-", "--repo", repo, "--strategy", "raw@sidecar", input: Self.small)
        #expect(kept.exitCode == 0)
        let before = try TemporaryFolder.listing(of: repo)
        let stream = TarBuilder.stream { tar in for number in 0..<100 { tar.file("usr/\(number)", [1]) } }
        let layer = try folder.write(stream, to: "layer.tar")
        let result = try Tool.run(
            after: "ulimit -f 16", "import", layer, "--repo", repo, "--strategy", "raw@sidecar")
        expectFailure(result, ["File too large"])
        #expect(result.errors.contains("extensions/layerlab"))
        try expectSound(repo, ref, as: before)
    }

    @Test func rebuildBeyondTheLimitLeavesNoFile() throws {
        let folder = try TemporaryFolder()
        let ref = try prepare(folder.path)
        let names = try Set(FileManager.default.contentsOfDirectory(atPath: folder.path))
        let result = try Tool.run(
            after: "ulimit -f 2", "rebuild", ref, "--repo", folder.path("repo"), "-o", folder.path("out.tar"))
        expectFailure(result, ["File too large"])
        #expect(try Set(FileManager.default.contentsOfDirectory(atPath: folder.path)) == names)
    }

    /// A file system of 2 MiB, where the machine lets us mount one.
    @Test(.enabled(if: Mount.isPossible, "no file system can be mounted here"))
    func fullFileSystemIsAnError() throws {
        let folder = try TemporaryFolder()
        let mount = try Mount(at: folder.path("disk"), sizeKiB: 2048)
        let ref = try prepare(mount.path)
        let repo = mount.path + "/repo"
        let layer = try folder.write(Self.stream, to: "layer.tar")
        let before = try TemporaryFolder.listing(of: repo)
        for setting in ["3%", "0"] {
            let config = ["config", "--repo=" + repo, "set", "core.min-free-space-percent"]
            #expect(try run("ostree", config + [setting.replacingOccurrences(of: "%", with: "")]).exitCode == 0)
            let result = try Tool.run("import", layer, "--repo", repo, "--strategy", "raw@sidecar")
            expectFailure(result, ["No space left on device", "min-free-space"])
            var expected = before
            expected["config"] = try TemporaryFolder.listing(of: repo)["config"]
            try expectSound(repo, ref, as: expected)
        }
        let small = try Tool.run("import", "-", "--repo", repo, input: TarSample.all[1].bytes)
        #expect(small.exitCode == 0, "\(small.errors)")
        print("full disks: a file system of 2 MiB has run")
    }
}

/// A small file system in memory, taken away with its owner.
private final class Mount {
    let path: String

    static let isPossible: Bool = {
        guard let folder = try? TemporaryFolder() else { return false }
        return (try? Mount(at: folder.path("probe"), sizeKiB: 64)) != nil
    }()

    init(at path: String, sizeKiB: Int) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let result = try run("mount", ["-t", "tmpfs", "-o", "size=\(sizeKiB)k", "tmpfs", path])
        guard result.exitCode == 0 else { throw ProgramError(description: result.errors) }
        self.path = path
    }

    deinit { _ = try? run("umount", [path]) }
}
