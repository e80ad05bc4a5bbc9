import Foundation
import TestSupport
import Testing

/// What the tool refuses before it does anything, and what it undoes.
@Suite struct UsageTests {
    private func expectLine(_ result: ProgramResult, _ words: String..., at location: SourceLocation) {
        #expect(result.exitCode == 2 && result.output.isEmpty, "\(result.errors)", sourceLocation: location)
        #expect(result.errorLines.count == 1 && result.errors.hasPrefix("layerlab: "), sourceLocation: location)
        for word in words { #expect(result.errors.contains(word), "\(result.errors)", sourceLocation: location) }
    }

    @Test func commandsAreSuggested() throws {
        expectLine(try Tool.run("imprt", "x"), "'imprt'", "did you mean 'import'?", at: #_sourceLocation)
        expectLine(try Tool.run("corpus", "ftch"), "did you mean 'fetch'?", at: #_sourceLocation)
        expectLine(try Tool.run("qqqqqqqq"), "known: import, push, rebuild", at: #_sourceLocation)
    }

    @Test func verifyTakesRegularFilesOnly() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(TarSample.rich.bytes, to: "layer.tar")
        let result = try run("bash", ["-c", "\"$0\" verify \"$1\" <(cat \"$1\")", Tool.path(), file])
        expectLine(result, "/dev/fd/", "no regular file", at: #_sourceLocation)
        expectLine(try Tool.run("verify", "/dev/null"), "no regular file", at: #_sourceLocation)
    }

    @Test func contradictionsAreRefused() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(TarSample.rich.bytes, to: "layer.tar")
        let strategies = try Tool.run("verify", file, "--strategy", "raw", "--all-strategies")
        #expect(strategies.exitCode == 2 && strategies.errors.contains("leave --strategy out"))
        let modes = try Tool.run("verify", file, "--mode", "bare", "--all-modes")
        #expect(modes.exitCode == 2 && modes.errors.contains("leave --mode out"))
        expectLine(try Tool.run("verify", file, "--strategy", "raw@discard"), "no recipe", at: #_sourceLocation)
        let floor = try Tool.run(
            "import", file, "--repo", folder.path("repo"), "--init", "archive", "--strategy", "raw@discard")
        #expect(floor.exitCode == 0 && floor.errors.contains("cannot be rebuilt"), "\(floor.errors)")
    }

    @Test func standardInputHasItsOwnHint() throws {
        let folder = try TemporaryFolder()
        let xz: [UInt8] = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]
        let result = try Tool.run("import", "-", "--repo", folder.path("repo"), "--init", "archive", input: xz)
        expectLine(result, "try: xz -dc FILE | layerlab import -", at: #_sourceLocation)
    }

    @Test func failedImportsLeaveNoNewRepository() throws {
        let folder = try TemporaryFolder()
        let broken = try folder.write(Array(gzip([1, 2, 3]).dropLast(9)), to: "broken.gz")
        try folder.write([1], to: "kept")
        try FileManager.default.createDirectory(atPath: folder.path("empty"), withIntermediateDirectories: true)
        let before = try TemporaryFolder.listing(of: folder.path)
        for path in ["a/b/repo", "repo/", "empty", "empty/repo"] {
            let result = try Tool.run("import", broken, "--repo", folder.path(path), "--init", "bare-user")
            expectLine(result, "broken.gz", at: #_sourceLocation)
            #expect(try TemporaryFolder.listing(of: folder.path) == before, "\(path)")
        }
        // What is lost on standard output is no reason to take a layer away that is in.
        let file = try folder.write(TarSample.rich.bytes, to: "layer.tar")
        let repo = folder.path("a/b/repo")
        let full = try run(
            "bash",
            ["-c", "\"$0\" \"$@\" >/dev/full", Tool.path(), "import", file, "--repo", repo, "--init", "bare-user"])
        #expect(full.exitCode == 2)
        let refs = try run("ostree", ["refs", "--repo=" + repo])
        #expect(refs.output.contains("ostree/container/blob/"), "\(refs.output) \(refs.errors) \(full.errors)")
    }

    @Test func aFileIsNoPlaceForARepository() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(TarSample.rich.bytes, to: "layer.tar")
        for path in [file, file + "/below", folder.path("new/../layer.tar")] {
            let result = try Tool.run("import", file, "--repo", path, "--init", "archive")
            expectLine(result, "cannot make the folder", "name another one", at: #_sourceLocation)
        }
        #expect(try TemporaryFolder.listing(of: folder.path).count == 1)
    }

    private func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
        try run("gzip", ["-nc"], input: bytes).outputBytes
    }
}
