import Foundation
import TestSupport
import Testing

/// Imports of images that end in the middle: what is there stays, and the next import goes on with the others.
@Suite struct ImageInterruptionTests {
    @Test(arguments: [SIGKILL, SIGINT], ["raw@sidecar", "raw@separate-ref"])
    func theNextImportGoesOn(_ signal: Int32, _ strategy: String) throws {
        let folder = try TemporaryFolder()
        let repo = folder.path("repo")
        let streams = (0..<12).map { number in
            TarBuilder.stream { tar in
                for file in 0..<60 {
                    tar.file("usr/\(number)/\(file)", [UInt8](repeating: UInt8(file), count: 20_000 + number))
                }
            }
        }
        let written = try ImageBuilder(.oci, streams, .gzip).write(.layout, to: folder.path("image"))
        #expect(try run("ostree", ["init", "--repo=" + repo, "--mode=bare-user"]).exitCode == 0)

        let arguments = ["import", written.reference, "--repo", repo, "--strategy", strategy, "--jobs", "1", "--quiet"]
        let program = try RunningProgram(Tool.path(), arguments)
        let refs = repo + "/refs/heads/ostree/container/blob"
        func count() -> Int { (try? FileManager.default.contentsOfDirectory(atPath: refs))?.count ?? 0 }
        for _ in 0..<6000 where count() < 2 { usleep(5_000) }
        kill(program.processID, signal)
        let result = try program.wait(timeoutSeconds: 60)
        let there = count()
        #expect((2..<12).contains(there), "\(there) layers were there when it ended")
        if signal == SIGKILL {
            #expect(result.exitCode == -SIGKILL)
        } else {
            #expect(result.exitCode == 128 + signal, "\(result.errors)")
            // One whose blob was not looked at to the end is not counted.
            let lines = [there, there - 1].map {
                "layerlab: interrupted; \($0) of 12 layers are there, and the next import goes on with the others"
            }
            #expect(result.errorLines.count == 1 && lines.contains(result.errorLines[0]), "\(result.errors)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: repo + "/tmp") == ["cache"])
        }
        #expect(try run("ostree", ["refs", "--repo=" + repo, "ostree/container/image"]).output.isEmpty)
        #expect(try run("ostree", ["fsck", "--quiet", "--repo=" + repo]).exitCode == 0)

        let next = try run(Tool.path(), arguments + ["--json"])
        #expect(next.exitCode == 0, "\(next.errors)")
        let layers = try #require(try next.object()["layers"] as? [[String: Any]])
        #expect(layers.filter { $0["imported"] == nil }.count == there)
        #expect(try FileManager.default.contentsOfDirectory(atPath: repo + "/tmp") == ["cache"])
        let pushed = try Tool.run("push", written.reference, "dir:" + folder.path("out"), "--repo", repo)
        #expect(pushed.exitCode == 0, "\(pushed.errors)")
        #expect(try folder.read("out/manifest.json") == written.manifest)
        #expect(try run("ostree", ["fsck", "--quiet", "--repo=" + repo]).exitCode == 0)
    }

    @Test func interruptedPushLeavesNothing() throws {
        let folder = try TemporaryFolder()
        let repo = folder.path("repo")
        let stream = TarBuilder.stream { tar in
            for file in 0..<40 { tar.file("usr/\(file)", [UInt8](repeating: UInt8(file), count: 500_000)) }
        }
        let written = try ImageBuilder(.oci, [TarSample.rich.bytes, stream], .gzip).write(
            .layout, to: folder.path("image"))
        let imported = try Tool.run("import", written.reference, "--repo", repo, "--init", "bare-user")
        #expect(imported.exitCode == 0, "\(imported.errors)")
        let program = try RunningProgram(
            Tool.path(), ["push", written.reference, "oci:" + folder.path("out"), "--repo", repo, "--quiet"])
        for _ in 0..<6000 where !FileManager.default.fileExists(atPath: folder.path("out")) { usleep(2_000) }
        kill(program.processID, SIGINT)
        let result = try program.wait(timeoutSeconds: 60)
        // A fast machine may be done by then.
        if result.exitCode == 0 { return }
        #expect(
            result.exitCode == 130 && result.errorLines == ["layerlab: interrupted; nothing was kept"],
            "\(result.errors)")
        #expect(!FileManager.default.fileExists(atPath: folder.path("out")))
    }
}
