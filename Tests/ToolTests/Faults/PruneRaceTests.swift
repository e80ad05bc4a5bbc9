import Digests
import Foundation
import LayerStore
import OSTree
import Strategies
import TestSupport
import Testing

/// Others at work on the same repository.
@Suite struct PruneRaceTests {
    private static let stream = TarBuilder.stream { tar in
        for number in 0..<10 { tar.file("usr/\(number)", [UInt8](repeating: UInt8(number), count: 1000)) }
    }

    /// Stops an import where it is going to make a ref, and prunes there: all objects are in their places, and nothing shows
    /// them yet.
    ///
    /// - Parameter place: what the ref's path begins with.
    private func prune(whenImporting source: [String], at place: String) throws -> (String, TemporaryFolder) {
        let folder = try TemporaryFolder()
        func repository(_ name: String) throws -> String {
            let repo = folder.path(name)
            #expect(try run("ostree", ["init", "--repo=" + repo, "--mode=bare-user"]).exitCode == 0)
            return repo
        }
        // The first time shows how many calls among the refs come before.
        let sample = try repository("sample")
        let report = folder.path("report")
        var environment = try FaultShim.environment(nil, below: sample, report: report)
        environment["LAYERLAB_FAULT_TRACE"] = "1"
        let traced = try run(Tool.path(), ["import"] + source + ["--repo", sample], environment: environment)
        #expect(traced.exitCode == 0, "\(traced.errors)")
        let calls = try String(contentsOfFile: report, encoding: .utf8).split(separator: "\n")
            .filter { $0.hasPrefix("call refs ") }
        let number = try #require(calls.firstIndex { $0.contains(" /refs/heads/" + place) }) + 1

        let repo = try repository("repo")
        let flag = folder.path("paused")
        environment = try FaultShim.environment(
            Fault(action: .pause, phase: "refs", number: number), below: repo, report: folder.path("hit"))
        environment["LAYERLAB_FAULT_PAUSE"] = flag
        let program = try RunningProgram(
            Tool.path(), ["import"] + source + ["--repo", repo, "--json"], environment: environment)
        for _ in 0..<6000 where !FileManager.default.fileExists(atPath: flag) { usleep(5_000) }
        try #require(FileManager.default.fileExists(atPath: flag))
        #expect(try run("ostree", ["config", "--repo=" + repo, "set", "core.lock-timeout-secs", "1"]).exitCode == 0)
        let prune = try run("ostree", ["prune", "--refs-only", "--repo=" + repo])
        #expect(prune.exitCode != 0 && prune.errors.contains("Locking"), "\(prune.output)\(prune.errors)")
        try FileManager.default.removeItem(atPath: flag)
        let result = try program.wait()
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(try run("ostree", ["prune", "--refs-only", "--repo=" + repo]).exitCode == 0)
        #expect(try run("ostree", ["fsck", "--quiet", "--repo=" + repo]).exitCode == 0)
        return (repo, folder)
    }

    @Test func aPruneWaitsForTheRefOfALayer() throws {
        let source = try TemporaryFolder()
        let layer = try source.write(Self.stream, to: "layer.tar")
        let (repo, folder) = try prune(
            whenImporting: [layer, "--strategy", "tree@commit-metadata"], at: LayerRefs.blobs)
        defer { withExtendedLifetime(folder) {} }
        let ref = try #require(try StoredLayers(in: Repository(opening: repo)).all().first?.ref)
        #expect(try Tool.run("rebuild", ref, "--repo", repo, "-o", "-").outputBytes == Self.stream)
    }

    /// How a blob is made again, and the image, have refs of their own.
    @Test(arguments: [LayerRefs.blobForms, LayerRefs.images])
    func aPruneWaitsForTheRefsOfAnImage(_ place: String) throws {
        let source = try TemporaryFolder()
        let image = try ImageBuilder(.oci, [Self.stream], .gzip).write(.layout, to: source.path("image"))
        let (repo, folder) = try prune(whenImporting: [image.reference, "--jobs", "1"], at: place)
        let pushed = try Tool.run("push", image.reference, "dir:" + folder.path("out"), "--repo", repo)
        #expect(pushed.exitCode == 0, "\(pushed.errors)")
        #expect(try folder.read("out/manifest.json") == image.manifest)
    }

    /// Imports of the same layers and of others, removals, prunes and rebuilds, all at once.
    @Test(arguments: [RepositoryMode.bareUser, .archive])
    func manyAtOnceLoseNothing(_ mode: RepositoryMode) throws {
        let folder = try TemporaryFolder()
        let repo = folder.path("repo")
        #expect(try run("ostree", ["init", "--repo=" + repo, "--mode=" + mode.rawValue]).exitCode == 0)
        // Nobody gives up waiting.
        #expect(try run("sed", ["-i", "/^.core/a lock-timeout-secs=-1", repo + "/config"]).exitCode == 0)
        let streams = (0..<4).map { seed in
            TarBuilder.stream { tar in
                var generator = SeededGenerator(seed: UInt64(seed))
                for number in 0..<20 { tar.file("usr/\(seed)/\(number)", generator.bytes(number * 30)) }
                tar.file("usr/shared", [UInt8](repeating: 3, count: 5000))
                tar.file("dev/orphan", generator.bytes(8))
            }
        }
        let files = try streams.enumerated().map { try folder.write($0.element, to: "\($0.offset).tar") }
        let tool = try Tool.path()
        let first = try Tool.run("import", files[3], "--repo", repo, "--json")
        let kept = try #require(first.object()["ref"] as? String)
        func script(_ text: String) throws -> RunningProgram {
            try RunningProgram("bash", ["-c", "set -eu; " + text, tool, repo] + files)
        }
        func imports(_ files: [Int], by strategies: [String]) throws -> RunningProgram {
            try script(
                strategies.flatMap { strategy in
                    files.map { "\"$0\" import \"${\($0 + 2)}\" --repo \"$1\" --strategy \(strategy) --quiet" }
                }.joined(separator: "; "))
        }
        let stop = folder.path("stop")
        let loops = [
            "ostree prune --refs-only --repo=\"$1\"",
            "\"$0\" rebuild \(kept) --repo \"$1\" -o /dev/null --quiet",
        ].map { "while [ ! -e '\(stop)' ]; do \($0) >/dev/null; done" }
        let beside = try loops.map(script)
        let work = [
            try imports([0, 1], by: ["raw@sidecar", "delta@separate-ref"]),
            try imports([0, 3], by: ["tree@commit-metadata", "raw@sidecar"]),
            // Nobody else has this layer.
            try script(
                (0..<3).map { _ in
                    "\"$0\" import \"$4\" --repo \"$1\" --strategy raw@sidecar --quiet; \"$0\" remove \(digest(streams[2])) --repo \"$1\" --quiet --prune"
                }.joined(separator: "; ") + "; \"$0\" import \"$4\" --repo \"$1\" --quiet"),
        ]
        for program in work {
            let result = try program.wait()
            #expect(result.exitCode == 0, "\(result.errors)")
        }
        try folder.write([], to: "stop")
        for program in beside {
            let result = try program.wait()
            #expect(result.exitCode == 0, "\(result.errors)")
        }
        for stream in streams {
            let rebuilt = try Tool.run("rebuild", digest(stream), "--repo", repo, "-o", "-")
            #expect(rebuilt.outputBytes == stream, "\(rebuilt.errors)")
        }
        #expect(try run("ostree", ["fsck", "--quiet", "--repo=" + repo]).exitCode == 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: repo + "/tmp") == ["cache"])
        let layers = try StoredLayers(in: Repository(opening: repo)).all()
        let sidecars = (try? FileManager.default.contentsOfDirectory(atPath: repo + "/extensions/layerlab")) ?? []
        #expect(sidecars.count == layers.filter { $0.strategy.storage is Sidecar }.count)
    }

    private func digest(_ stream: [UInt8]) -> String { SHA256Stream.digest(of: stream).description }
}
