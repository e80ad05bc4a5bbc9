import Foundation
import TestSupport
import Testing

/// Imports that end in the middle: the repository stays sound, and the next import takes over.
@Suite struct InterruptionTests {
    /// Longer than what a pipe holds and what the splitter may keep back, so that objects are staged.
    private static let stream = TarBuilder.stream { tar in
        for number in 0..<200 { tar.file("usr/\(number)", [UInt8](repeating: UInt8(number), count: 10_000)) }
        tar.file("usr/big", [UInt8](repeating: 1, count: 3 << 20))
    }

    @Test(arguments: [SIGKILL, SIGINT, SIGTERM], ["raw@sidecar", "raw@separate-ref"])
    func killedImportLeavesTheRepositorySound(_ signal: Int32, _ strategy: String) throws {
        let folder = try TemporaryFolder()
        let repo = folder.path("repo")
        let first = try Tool.run(
            "import", "-", "--repo", repo, "--init", "bare-user", "--json", input: TarSample.rich.bytes)
        let ref = try #require(first.object()["ref"] as? String)
        let refs = try run("ostree", ["refs", "--repo=" + repo, "--revision"]).output
        let before = try TemporaryFolder.listing(of: repo)

        // All but the last bytes: the tool has read it all, and waits for more.
        let program = try Tool.start(
            "import", "-", "--repo", repo, "--strategy", strategy, input: Array(Self.stream.dropLast(2000)))
        try program.waitUntilIdle()
        kill(program.processID, signal)
        let result = try program.wait(timeoutSeconds: 60)
        if signal == SIGKILL {
            #expect(result.exitCode == -SIGKILL)
        } else {
            #expect(result.exitCode == 128 + signal)
            #expect(result.errorLines == ["layerlab: interrupted; nothing was kept"])
            #expect(try TemporaryFolder.listing(of: repo) == before)
        }

        #expect(try run("ostree", ["refs", "--repo=" + repo, "--revision"]).output == refs)
        #expect(try run("ostree", ["fsck", "--quiet", "--repo=" + repo]).exitCode == 0)
        #expect(try Tool.run("rebuild", ref, "--repo", repo, "-o", "-").outputBytes == TarSample.rich.bytes)

        let next = try Tool.run("import", "-", "--repo", repo, "--strategy", strategy, "--json", input: Self.stream)
        #expect(next.exitCode == 0, "\(next.errors)")
        let nextRef = try #require(next.object()["ref"] as? String)
        #expect(try Tool.run("rebuild", nextRef, "--repo", repo, "-o", "-").outputBytes == Self.stream)
        #expect(try FileManager.default.contentsOfDirectory(atPath: repo + "/tmp") == ["cache"])
        #expect(try run("ostree", ["fsck", "--quiet", "--repo=" + repo]).exitCode == 0)
    }

    @Test func interruptedRebuildLeavesNoFile() throws {
        let folder = try TemporaryFolder()
        let repo = folder.path("repo")
        let imported = try Tool.run("import", "-", "--repo", repo, "--init", "archive", "--json", input: Self.stream)
        let ref = try #require(imported.object()["ref"] as? String)
        let before = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        // A signal that is pending from the start: the shell ignores none, and the tool looks before it writes.
        let result = try run(
            "bash",
            ["-c", "\"$0\" \"$@\" & kill -INT $!; wait $!", Tool.path(), "rebuild", ref, "--repo", repo]
                + ["-o", folder.path("out.tar"), "--quiet"])
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        if result.exitCode == 0 {
            #expect(try folder.read("out.tar") == Self.stream)
        } else {
            #expect(Set(names) == Set(before))
        }
    }

    /// A reader that does not read: all threads have filled what there is room for, and the writer waits.
    @Test(arguments: [[], ["--no-verify"]])
    func rebuildIntoAPipeThatNobodyReadsCanBeInterrupted(_ options: [String]) throws {
        let folder = try TemporaryFolder()
        let repo = folder.path("repo")
        let imported = try Tool.run("import", "-", "--repo", repo, "--init", "bare-user", "--json", input: Self.stream)
        let ref = try #require(imported.object()["ref"] as? String)
        let pipe = folder.path("pipe")
        try #require(try run("mkfifo", [pipe]).exitCode == 0)
        let reader = try FileHandle(forUpdating: URL(filePath: pipe))
        defer { try? reader.close() }
        let program = try RunningProgram(
            Tool.path(), ["rebuild", ref, "--repo", repo, "-o", pipe, "--quiet"] + options)
        try program.waitUntilIdle()
        kill(program.processID, SIGINT)
        let result = try program.wait(timeoutSeconds: 60)
        #expect(result.exitCode == 130)
        #expect(result.errorLines == ["layerlab: interrupted; nothing was kept"])
    }

    @Test func interruptedVerifyIsNoResult() throws {
        let folder = try TemporaryFolder()
        let temporary = folder.path("tmp")
        try FileManager.default.createDirectory(atPath: temporary, withIntermediateDirectories: true)
        let file = try folder.write(Self.stream, to: "layer.tar")
        let files = [String](repeating: file, count: 200)
        let program = try RunningProgram(
            Tool.path(), ["verify", "--all-strategies", "--json", "--work-dir", temporary] + files)
        while try FileManager.default.contentsOfDirectory(atPath: temporary).isEmpty { usleep(10_000) }
        usleep(200_000)
        kill(program.processID, SIGINT)
        let result = try program.wait(timeoutSeconds: 60)
        #expect(result.exitCode == 130)
        #expect(result.errorLines == ["layerlab: interrupted; nothing was kept"])
        #expect(try result.objects().allSatisfy { $0["outcome"] as? String == "exact" })
        #expect(try FileManager.default.contentsOfDirectory(atPath: temporary).isEmpty)
    }

    @Test func interruptedBenchReportsWhatIsThere() throws {
        let folder = try TemporaryFolder()
        let work = folder.path("tmp")
        let file = try folder.write(Self.stream, to: "layer.tar")
        let program = try RunningProgram(
            Tool.path(),
            ["bench", file, "--strategy", "raw@sidecar", "--no-peers", "--samples", "300", "--stage", "end-to-end"]
                + ["--work-dir", work, "-o", folder.path("report")])
        let results = folder.path("report/results.json")
        for _ in 0..<6000 where !FileManager.default.fileExists(atPath: results) { usleep(10_000) }
        usleep(300_000)
        kill(program.processID, SIGTERM)
        let result = try program.wait(timeoutSeconds: 60)
        #expect(result.exitCode == 128 + SIGTERM, "\(result.errors)")
        #expect(
            result.output.contains("raw@sidecar") && result.output.contains("not complete: the benchmark was stopped"))
        #expect(result.errorLines.last == "layerlab: interrupted; what was measured until then is reported")
        let saved = try Data(contentsOf: URL(filePath: results))
        let object = try #require(try JSONSerialization.jsonObject(with: saved) as? [String: Any])
        #expect(object["ending"] as? String == "interrupted")
        #expect(try FileManager.default.contentsOfDirectory(atPath: work).isEmpty)
    }

    @Test func benchInterruptedBeforeTheFirstRoundLeavesNoReport() throws {
        let folder = try TemporaryFolder()
        let work = folder.path("tmp")
        let file = try folder.write(Self.stream, to: "layer.tar")
        let program = try RunningProgram(
            Tool.path(),
            ["bench", file, "--no-peers", "--stage", "encodings", "--samples", "100000", "--work-dir", work]
                + ["-o", folder.path("report")])
        for _ in 0..<1000 where !FileManager.default.fileExists(atPath: work) { usleep(10_000) }
        usleep(500_000)
        kill(program.processID, SIGINT)
        let result = try program.wait(timeoutSeconds: 60)
        #expect(result.exitCode == 130 && result.output.isEmpty, "\(result.errors)")
        #expect(!FileManager.default.fileExists(atPath: folder.path("report")))
        #expect(try FileManager.default.contentsOfDirectory(atPath: work).isEmpty)
    }
}
