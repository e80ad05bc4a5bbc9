import Foundation
import TestSupport
import Testing

/// Long work in temporary repositories that is told to stop: it says so by its exit code, and leaves nothing.
@Suite struct InterruptedWorkTests {
    private static let stream = TarBuilder.stream { tar in
        for number in 0..<200 {
            tar.file("usr/\(number)", [UInt8](repeating: UInt8(number), count: 10_000))
        }
    }

    @Test(arguments: [
        ["survive", "LAYER", "--all-strategies"], ["measure", "relabel", "LAYER", "--all-strategies"],
        [
            "measure", "inline", "LAYER", "--limits",
            "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20",
        ],
        ["measure", "scaling", "--files", "1000,100000", "--bytes", "1000000", "-o", "REPORT"],
        ["inspect", "LAYER", "--encoding", "raw"],
    ])
    func nothingIsLeft(_ arguments: [String]) throws {
        let folder = try TemporaryFolder()
        let work = folder.path("work")
        try FileManager.default.createDirectory(atPath: work, withIntermediateDirectories: true)
        let file = try folder.write(Self.stream, to: "layer.tar")
        let words = arguments.map { $0 == "LAYER" ? file : $0 == "REPORT" ? folder.path("report") : $0 }
        let program = try RunningProgram(
            Tool.path(), words + ["--work-dir", work, "--quiet"],
            environment: ["TMPDIR": folder.path("work")])
        var isBusy: Bool {
            (try? FileManager.default.contentsOfDirectory(atPath: work))?.isEmpty == false
        }
        for _ in 0..<6_000 where !isBusy { usleep(5_000) }
        kill(program.processID, SIGINT)
        let result = try program.wait(timeoutSeconds: 60)
        // What is quick may be done by then.
        if arguments[0] != "inspect" || result.exitCode != 0 {
            #expect(result.exitCode == 130, "\(result.exitCode): \(result.errors)")
            #expect(result.errorLines.last?.contains("interrupted") == true, "\(result.errors)")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: work).isEmpty)
        #expect(!FileManager.default.fileExists(atPath: folder.path("report")))
    }

    /// Somebody else publishes, and does not come to an end.
    @Test(arguments: [SIGINT, SIGTERM]) func aWaitForTheLockCanBeEnded(_ signal: Int32) throws {
        let folder = try TemporaryFolder()
        let repo = folder.path("repo")
        #expect(try run("ostree", ["init", "--repo=" + repo, "--mode=archive"]).exitCode == 0)
        let holder = try RunningProgram(
            "flock", [repo, "sh", "-c", "touch \"$1\"; exec sleep 300", "sh", folder.path("held")])
        defer { kill(holder.processID, SIGKILL) }
        for _ in 0..<1_000 where !FileManager.default.fileExists(atPath: folder.path("held")) {
            usleep(10_000)
        }
        let file = try folder.write(TarSample.rich.bytes, to: "layer.tar")
        let program = try RunningProgram(Tool.path(), ["import", file, "--repo", repo, "--quiet"])
        usleep(1_500_000)
        kill(program.processID, signal)
        let result = try program.wait(timeoutSeconds: 30)
        #expect(result.exitCode == 128 + signal, "\(result.errors)")
        #expect(result.errorLines == ["layerlab: interrupted; nothing was kept"])
        #expect(try run("ostree", ["refs", "--repo=" + repo]).output.isEmpty)
    }

    /// A skopeo that only waits stands for a slow registry.
    @Test func anInterruptedAdditionAddsNothing() throws {
        let folder = try TemporaryFolder()
        for name in ["work", "bin"] {
            try FileManager.default.createDirectory(
                atPath: folder.path(name), withIntermediateDirectories: true)
        }
        let skopeo = try folder.write(
            Array("#!/bin/sh\ntouch \(folder.path("started"))\nexec sleep 300\n".utf8), to: "bin/skopeo")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: skopeo)
        let program = try RunningProgram(
            Tool.path(), ["corpus", "add", "containers-storage:name", "--work-dir", folder.path("work")],
            environment: [
                "LAYERLAB_USER_CORPUS": folder.path("own.yaml"),
                "LAYERLAB_CORPUS_CACHE": folder.path("cache"),
                "PATH": folder.path("bin") + ":"
                    + (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"),
            ])
        for _ in 0..<3_000 where !FileManager.default.fileExists(atPath: folder.path("started")) {
            usleep(10_000)
        }
        kill(program.processID, SIGINT)
        let result = try program.wait(timeoutSeconds: 60)
        #expect(result.exitCode == 130, "\(result.errors)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("work")).isEmpty)
        #expect(!FileManager.default.fileExists(atPath: folder.path("own.yaml")))
    }
}
