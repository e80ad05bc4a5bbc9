import Digests
import Foundation
import TestSupport
import Testing

/// Wrong usage, wrong input, damaged repositories: one line that helps, and the exit code for it.
@Suite struct ErrorTests {
    /// A repository with one layer.
    private struct Fixture {
        let folder: TemporaryFolder
        let layer: String
        let repo: String
        let ref: String

        init() throws {
            folder = try TemporaryFolder()
            layer = try folder.write(TarSample.rich.bytes, to: "layer.tar")
            repo = folder.path("repo")
            let result = try Tool.run("import", layer, "--repo", repo, "--init", "bare-user", "--json")
            ref = try #require(result.object()["ref"] as? String)
        }
    }

    private func expect(
        _ result: ProgramResult, exits code: Int32 = 2, mentioning words: String..., at location: SourceLocation
    ) {
        #expect(result.exitCode == code, "\(result.errors)", sourceLocation: location)
        #expect(result.errorLines.count == 1, "\(result.errors)", sourceLocation: location)
        #expect(result.errors.hasPrefix("layerlab: "), "\(result.errors)", sourceLocation: location)
        #expect(result.output.isEmpty, sourceLocation: location)
        for word in words {
            #expect(result.errors.contains(word), "\(result.errors)", sourceLocation: location)
        }
    }

    @Test func misspeltStrategiesAreSuggested() throws {
        let fixture = try Fixture()
        for (text, hint) in [
            ("rw", "'raw'"), ("raw@sidcar", "'sidecar'"), ("raw+zst:3", "'zstd'"), ("zstd:77", "1 to 22"),
        ] {
            let imported = try Tool.run("import", fixture.layer, "--repo", fixture.repo, "--strategy", text)
            expect(imported, mentioning: hint, at: #_sourceLocation)
            let verified = try Tool.run("verify", fixture.layer, "--strategy", text)
            expect(verified, mentioning: hint, at: #_sourceLocation)
        }
    }

    @Test func missingFilesAreNamed() throws {
        let fixture = try Fixture()
        let none = fixture.folder.path("none.tar")
        for result in [
            try Tool.run("import", none, "--repo", fixture.repo), try Tool.run("verify", none),
            try Tool.run("inspect", none), try Tool.run("verify", fixture.layer, none),
        ] {
            expect(result, mentioning: none, "No such file or directory", at: #_sourceLocation)
        }
    }

    @Test func directoriesAreNoLayers() throws {
        let fixture = try Fixture()
        for result in [
            try Tool.run("import", fixture.folder.path, "--repo", fixture.repo), try Tool.run("verify", "/"),
            try Tool.run("inspect", fixture.folder.path),
        ] {
            expect(result, mentioning: "is a directory", at: #_sourceLocation)
        }
    }

    @Test func whatIsNoRepositoryIsNamed() throws {
        let fixture = try Fixture()
        for path in [fixture.folder.path, fixture.folder.path("none"), fixture.layer] {
            let imported = try Tool.run("import", fixture.layer, "--repo", path)
            expect(imported, mentioning: path, at: #_sourceLocation)
            let rebuilt = try Tool.run("rebuild", fixture.ref, "--repo", path, "-o", "-")
            expect(rebuilt, mentioning: path, at: #_sourceLocation)
        }
        let other = try Tool.run("import", fixture.layer, "--repo", fixture.repo, "--init", "archive")
        expect(other, mentioning: "bare-user, not archive", at: #_sourceLocation)
    }

    @Test func unknownRefsListWhatIsThere() throws {
        let fixture = try Fixture()
        for ref in [
            "no/such/ref", String(repeating: "0", count: 64), "sha256:" + String(repeating: "1", count: 64), "",
        ] {
            let result = try Tool.run("rebuild", ref, "--repo", fixture.repo, "-o", "-")
            expect(result, mentioning: fixture.ref, at: #_sourceLocation)
        }
    }

    @Test func unwritableOutputsAreNamed() throws {
        let fixture = try Fixture()
        for path in [fixture.folder.path("none/out.tar"), fixture.folder.path] {
            let result = try Tool.run("rebuild", fixture.ref, "--repo", fixture.repo, "-o", path)
            expect(result, mentioning: path, at: #_sourceLocation)
        }
    }

    @Test func closedPipesAreErrorsAndNoSignals() throws {
        let folder = try TemporaryFolder()
        let stream = TarBuilder.stream { $0.file("usr/big", [UInt8](repeating: 1, count: 2 << 20)) }
        let repo = folder.path("repo")
        let imported = try Tool.run("import", "-", "--repo", repo, "--init", "archive", "--json", input: stream)
        let ref = try #require(imported.object()["ref"] as? String)
        let result = try run(
            "bash",
            ["-c", "\"$0\" \"$@\" | head -c 10 >/dev/null; exit ${PIPESTATUS[0]}", Tool.path(), "rebuild", ref]
                + ["--repo", repo, "-o", "-"])
        expect(result, mentioning: "standard output", "Broken pipe", at: #_sourceLocation)
    }

    @Test func damageIsExitCode1() throws {
        let fixture = try Fixture()
        // The 600 bytes of `usr/b`.
        let digest = SHA256Stream.digest(of: [UInt8](repeating: 7, count: 600)).hex
        let name = try #require(try TemporaryFolder.listing(of: fixture.repo).first { $0.value == digest }?.key)
        let handle = try #require(FileHandle(forWritingAtPath: fixture.repo + "/" + name))
        try handle.write(contentsOf: Data([0x21]))
        try handle.close()
        let output = fixture.folder.path("out.tar")
        let result = try Tool.run("rebuild", fixture.ref, "--repo", fixture.repo, "-o", output)
        expect(result, exits: 1, mentioning: "segment", "damaged", at: #_sourceLocation)
        #expect(!FileManager.default.fileExists(atPath: output))
    }

    @Test func corruptBlobsAreInputErrors() throws {
        let fixture = try Fixture()
        let broken = try fixture.folder.write([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1], to: "broken.gz")
        for result in [
            try Tool.run("import", broken, "--repo", fixture.repo), try Tool.run("inspect", broken),
        ] {
            expect(result, mentioning: broken, "gzip", at: #_sourceLocation)
        }
        let xz = try fixture.folder.write([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], to: "layer.xz")
        let refused = try Tool.run("import", xz, "--repo", fixture.repo)
        expect(refused, mentioning: "xz -dc", at: #_sourceLocation)
    }

    @Test func wrongUsageIsExitCode2() throws {
        let fixture = try Fixture()
        for result in [
            try Tool.run("import"), try Tool.run("import", fixture.layer), try Tool.run("nonsense"),
            try Tool.run("rebuild", fixture.ref, "--repo", fixture.repo),
            try Tool.run("import", fixture.layer, "--repo", fixture.repo, "--policy", "nonsense"),
            try Tool.run("verify", fixture.layer, "--mode", "nonsense"), try Tool.run("verify"),
            try Tool.run("inspect", fixture.layer, "--nonsense"),
        ] {
            #expect(result.exitCode == 2 && result.output.isEmpty && !result.errors.isEmpty, "\(result.errors)")
        }
        #expect(try Tool.run("--version").exitCode == 0)
    }
}
