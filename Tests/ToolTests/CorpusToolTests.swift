import Foundation
import TestSupport
import Testing

/// The corpus by the tool: layers of one's own, and what cannot be fetched.
@Suite struct CorpusToolTests {
    /// Runs the tool with a manifest, a user's manifest and a cache of the test's own.
    private func run(_ folder: TemporaryFolder, _ arguments: String...) throws -> ProgramResult {
        try TestSupport.run("env", environment(folder) + [try Tool.path(), "corpus"] + arguments)
    }

    private func environment(_ folder: TemporaryFolder) -> [String] {
        [
            "LAYERLAB_CORPUS=" + folder.path("manifest.yaml"), "LAYERLAB_USER_CORPUS=" + folder.path("own/corpus.yaml"),
            "LAYERLAB_CORPUS_CACHE=" + folder.path("cache"),
        ]
    }

    private func entry(_ name: String, _ recipe: String) -> String {
        """
        {name: \(name), sets: [tiny], title: t, source: s, licence: l, policy: identity, expectedBytes: 1,
          needsNetwork: false, recipe: {\(recipe)}}
        """
    }

    private func folder(layers: String = "[]") throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write(Array("schemaVersion: 1\nlayers: \(layers)\n".utf8), to: "manifest.yaml")
        try folder.write(TarSample.rich.bytes, to: "layer.tar")
        return folder
    }

    private func names(_ result: ProgramResult) throws -> [String] {
        try result.objects().compactMap { $0["name"] as? String }
    }

    @Test func filesComeAndGo() throws {
        let folder = try folder()
        let added = try run(
            folder, "add", folder.path("layer.tar"), "--name", "mine", "--set", "own", "--policy", "identity", "--json")
        #expect(added.exitCode == 0, "\(added.errors)")
        let object = try added.object()
        #expect(object["path"] as? String == folder.path("layer.tar") && object["isFresh"] as? Bool == true)
        let again = try run(folder, "add", folder.path("layer.tar"), "--name", "mine")
        #expect(again.exitCode == 2)
        #expect(
            again.errorLines.last
                == "layerlab: mine: this very file is in the corpus already, with other sets or another policy; `layerlab corpus remove mine` takes it out, to be added anew"
        )
        let same = try run(
            folder, "add", folder.path("layer.tar"), "--name", "mine", "--set", "own", "--policy", "identity", "--json")
        #expect(try same.exitCode == 0 && names(same) == ["mine"], "\(same.errors)")

        let list = try run(folder, "list", "--json").objects()
        #expect(list.compactMap { $0["name"] as? String } == ["host", "mine"])
        #expect(list[1]["isFetched"] as? Bool == true && list[1]["policy"] as? String == "identity")
        #expect(list[1]["entries"] as? Int == object["entries"] as? Int)
        let fetched = try run(folder, "fetch", "own", "--json")
        #expect(try fetched.object()["isFresh"] as? Bool == false)
        #expect(fetched.errorLines.contains("nothing to fetch"), "\(fetched.errors)")

        #expect(try run(folder, "remove", "mnie").errors.contains("did you mean `mine`?"))
        #expect(FileManager.default.fileExists(atPath: folder.path("cache/mine.json")))
        #expect(try run(folder, "remove", "mine").exitCode == 0)
        #expect(!FileManager.default.fileExists(atPath: folder.path("cache/mine.json")))
        #expect(try names(run(folder, "list", "--json")) == ["host"])
        #expect(try folder.read("layer.tar") == TarSample.rich.bytes)
    }

    @Test func oneFailureKeepsNoOtherBackAndIsToldAtTheEnd() throws {
        let folder = try folder()
        let layers =
            "[\(entry("gone", "kind: file, path: /nonexistent/a.tar")), "
            + "\(entry("there", "kind: file, path: \(folder.path("layer.tar"))"))]"
        try folder.write(Array("schemaVersion: 1\nlayers: \(layers)\n".utf8), to: "manifest.yaml")
        let result = try run(folder, "fetch", "tiny", "--json", "--jobs", "2")
        #expect(result.exitCode == 2)
        #expect(try names(result) == ["there"])
        #expect(result.errorLines.first == "corpus: " + folder.path("cache"))
        #expect(result.errorLines.contains { $0.hasPrefix("layerlab: gone: the file /nonexistent/a.tar is not there") })
        #expect(result.errorLines.last == "not fetched: gone; the same command tries them again")
        #expect(try run(folder, "fetch", "tiny", "--jobs", "0").exitCode != 0)
    }

    /// What was added, and cannot be fetched: here since there is a file where the cache should be.
    @Test func whatIsAddedAndCannotBeFetchedIsTold() throws {
        let folder = try folder()
        try FileManager.default.createDirectory(
            atPath: folder.path("cache/mine.json/x"), withIntermediateDirectories: true)
        let result = try run(folder, "add", folder.path("layer.tar"), "--name", "mine")
        #expect(result.exitCode == 2, "\(result.errors)")
        #expect(result.errorLines.contains { $0.hasPrefix("layerlab: ") && $0.contains("mine.json") })
        #expect(result.errorLines.last == "not fetched: mine; `layerlab corpus fetch` tries them again")
    }

    @Test func furtherManifestsAreNamed() throws {
        let folder = try folder()
        let other = """
            schemaVersion: 1
            layers:
              - {name: other, sets: [], title: t, source: s, licence: l, policy: identity, expectedBytes: 1,
                 needsNetwork: false, recipe: {kind: file, path: /nonexistent}}
            """
        let path = try folder.write(Array(other.utf8), to: "other.yaml")
        #expect(try names(run(folder, "list", "--json", "--manifest", path)) == ["host", "other"])
        let absent = try run(folder, "list", "--manifest", folder.path("none"))
        #expect(absent.exitCode == 2 && absent.errors.contains("as named by --manifest"), "\(absent.errors)")
    }

    /// A download that never ends, by a pip of our own.
    @Test(arguments: [SIGINT, SIGHUP]) func anInterruptedFetchKeepsWhatIsComplete(_ signal: Int32) throws {
        let folder = try folder()
        let layers =
            "[\(entry("slow", "kind: pypi, project: p, version: '1'")), "
            + "\(entry("there", "kind: file, path: \(folder.path("layer.tar"))"))]"
        try folder.write(Array("schemaVersion: 1\nlayers: \(layers)\n".utf8), to: "manifest.yaml")
        try FileManager.default.createDirectory(atPath: folder.path("bin"), withIntermediateDirectories: true)
        let pip = try folder.write(Array("#!/bin/sh\ntouch \(folder.path("started"))\nsleep 300\n".utf8), to: "bin/pip")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: pip)
        let path = "PATH=\(folder.path("bin")):" + (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")
        let program = try RunningProgram(
            // Whoever runs the tests may ignore it, which children inherit.
            "env",
            ["--default-signal=HUP"] + environment(folder) + [
                path, try Tool.path(), "corpus", "fetch", "tiny", "--jobs", "2", "--json",
            ])
        let isReady = {
            ["started", "cache/there.json"].allSatisfy { FileManager.default.fileExists(atPath: folder.path($0)) }
        }
        for _ in 0..<3_000 where !isReady() { usleep(10_000) }
        kill(program.processID, signal)
        let result = try program.wait(timeoutSeconds: 60)
        #expect(result.exitCode == 128 + signal, "\(result.errors)")
        #expect(result.errorLines.last?.contains("interrupted; what is complete was kept") == true, "\(result.errors)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("cache")) == ["there.json"])
    }
}
