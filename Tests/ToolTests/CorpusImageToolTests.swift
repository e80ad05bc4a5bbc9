import Digests
import Foundation
import TestSupport
import Testing

/// `corpus add` with images: of folders, archives and a registry, and folders full of them.
@Suite struct CorpusImageToolTests {
    /// A corpus of a test's own, with two streams to make images of.
    private struct Fixture {
        let folder: TemporaryFolder
        let streams = [1, 2].map { (seed: UInt8) in
            TarBuilder.stream { tar in
                for number in 0..<20 {
                    tar.file("usr/\(seed)-\(number)", [UInt8](repeating: seed, count: 50 * number))
                }
            }
        }

        init() throws {
            folder = try TemporaryFolder()
            try folder.write(Array("schemaVersion: 1\nlayers: []\n".utf8), to: "manifest.yaml")
        }

        /// Writes an image layout whose layers are these streams in gzip.
        func layout(_ name: String, _ streams: [[UInt8]]) throws -> ImageBuilder.Written {
            try ImageBuilder(.oci, streams, .gzip).write(.layout, to: folder.path(name))
        }

        func run(_ arguments: String..., command: String = "corpus") throws -> ProgramResult {
            let environment = [
                "LAYERLAB_CORPUS=" + folder.path("manifest.yaml"),
                "LAYERLAB_USER_CORPUS=" + folder.path("own/corpus.yaml"),
                "LAYERLAB_CORPUS_CACHE=" + folder.path("cache"), "TMPDIR=" + folder.path,
            ]
            return try TestSupport.run("env", environment + [try Tool.path(), command] + arguments)
        }

        func names(_ result: ProgramResult) throws -> [String] {
            try result.objects().compactMap { $0["name"] as? String }
        }

        func diffIDs(_ result: ProgramResult) throws -> [String] {
            try result.objects().compactMap { $0["diffID"] as? String }
        }

        var expectedDiffIDs: [String] { streams.map { SHA256Stream.digest(of: $0).description } }

        /// What is in the cache beside layers and their records.
        var leftovers: [String] {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path("cache"))) ?? []
            return names.filter { $0.hasPrefix(".") }
        }
    }

    @Test func layersOfALayoutAreUsedWhereTheyAre() throws {
        let fixture = try Fixture()
        let image = try fixture.layout("os", fixture.streams + [fixture.streams[0]])
        let added = try fixture.run("add", image.reference, "--json")
        #expect(added.exitCode == 0, "\(added.errors)")
        // The third layer is the first one again.
        #expect(
            try fixture.names(added) == ["os-1", "os-2"]
                && fixture.diffIDs(added) == fixture.expectedDiffIDs)
        #expect(
            try added.objects().compactMap { $0["path"] as? String } == image.blobs.prefix(2).map { $0 })
        #expect(added.errors.contains("`layerlab bench os` measures the set os"))
        let list = try fixture.run("list", "--json").objects().filter {
            $0["name"] as? String != "host"
        }
        #expect(
            list.allSatisfy { $0["sets"] as? [String] == ["os"] && $0["kind"] as? String == "file" })
        #expect(list[0]["title"] as? String == "Layer 1 of 3 of os")

        let again = try fixture.run("add", image.reference, "--json")
        #expect(try again.exitCode == 0 && fixture.names(again) == ["os-1", "os-2"], "\(again.errors)")
        let joined = try fixture.run("add", image.reference, "--set", "mine")
        #expect(
            joined.exitCode == 2 && joined.errors.contains("this very file is in the corpus already, with other sets"),
            "\(joined.errors)")
        let other = try fixture.run("add", image.reference, "--name", "copy", "--set", "mine", "--json")
        #expect(try fixture.names(other) == ["copy-1", "copy-2"])
        #expect(try fixture.names(fixture.run("fetch", "mine", "--json")) == ["copy-1", "copy-2"])

        let removed = try fixture.run("remove", "os", "--json")
        #expect(try fixture.names(removed) == ["os-1", "os-2"])
        #expect(try fixture.names(fixture.run("list", "--json")) == ["host", "copy-1", "copy-2"])
        for blob in image.blobs { #expect(FileManager.default.fileExists(atPath: blob)) }
    }

    @Test(.enabled(if: ImageTool.areThere(.skopeo, .registry), "needs skopeo and docker-registry"))
    func layersOfARegistryComeAgainByDigest() throws {
        let fixture = try Fixture()
        let image = try fixture.layout("source", fixture.streams)
        let host = try RegistryServer.sharedHost()
        let name = "corpus/os-\(UUID().uuidString.lowercased())"
        try ImageTool.copy(image.reference, to: "docker://\(host)/\(name):12")
        let added = try fixture.run(
            "add", "docker://\(host)/\(name):12", "--name", "os", "--no-tls-verify", "--json")
        #expect(added.exitCode == 0, "\(added.errors)")
        #expect(
            try fixture.names(added) == ["os-1", "os-2"]
                && fixture.diffIDs(added) == fixture.expectedDiffIDs)
        let manifest = String(decoding: try fixture.folder.read("own/corpus.yaml"), as: UTF8.self)
        #expect(
            manifest.contains("docker://\(host)/\(name)@\(image.manifestDigest)")
                && !manifest.contains(":12\n"))
        // Both layers came in one go, as the blobs that they are.
        #expect(
            try RegistryServer.blobRequests(of: name).count {
                $0.contains(SHA256Stream.digest(of: image.manifest).hex)
            } == 0)
        #expect(fixture.leftovers.isEmpty)

        // The tag is another image now, and the cache is gone: the same layers come.
        let moved = try fixture.layout("moved", [TarSample.rich.bytes])
        try ImageTool.copy(moved.reference, to: "docker://\(host)/\(name):12")
        try FileManager.default.removeItem(atPath: fixture.folder.path("cache"))
        let fetched = try fixture.run("fetch", "os", "--json")
        #expect(fetched.exitCode == 0, "\(fetched.errors)")
        #expect(try fixture.diffIDs(fetched) == fixture.expectedDiffIDs)
        #expect(fetched.errors.contains("to fetch: ") && fixture.leftovers.isEmpty, "\(fetched.errors)")
    }

    @Test(.enabled(if: ImageTool.areThere(.skopeo), "needs skopeo"))
    func aFolderGivesImagesArchivesAndLayers() throws {
        let fixture = try Fixture()
        let layout = try fixture.layout("all/layout", fixture.streams)
        try FileManager.default.createDirectory(
            atPath: fixture.folder.path("all/deep"), withIntermediateDirectories: true)
        try ImageTool.copy(
            layout.reference, to: "docker-archive:\(fixture.folder.path("all/saved.tar")):host/saved:1",
            preservingDigests: false)
        try ImageTool.copy(layout.reference, to: "dir:" + fixture.folder.path("all/deep/flat"))
        try fixture.folder.write(TarSample.rich.bytes, to: "all/layer.tar")
        try fixture.folder.write(Array("no tar".utf8), to: "all/notes.txt")

        let flat = try fixture.run("add", fixture.folder.path("all"), "--json")
        #expect(flat.exitCode == 0, "\(flat.errors)")
        // Of the archive, whose layers are not compressed, the blobs are others.
        #expect(try fixture.names(flat) == ["layer", "layout-1", "layout-2", "saved-1", "saved-2"])
        #expect(try Array(fixture.diffIDs(flat).suffix(2)) == fixture.expectedDiffIDs)
        #expect(flat.errors.contains("passed over, no layer: \(fixture.folder.path("all/notes.txt"))"))
        #expect(fixture.leftovers.isEmpty)

        for set in ["layer", "layout", "saved"] {
            #expect(try fixture.run("remove", set).exitCode == 0)
        }
        let deep = try fixture.run("add", "--all", fixture.folder.path("all"), "--set", "own", "--json")
        #expect(deep.exitCode == 0, "\(deep.errors)")
        // The folder's image has the same blobs as the layout's, so its layers are there once.
        #expect(
            try Set(fixture.names(deep)).count == 5
                && fixture.names(fixture.run("fetch", "own", "--json")).count == 5)
    }

    @Test func whatCannotBeAddedSaysWhatToDo() throws {
        let fixture = try Fixture()
        let image = try fixture.layout("os", fixture.streams)
        func expect(
            _ result: ProgramResult, _ words: String..., at location: SourceLocation = #_sourceLocation
        ) {
            #expect(
                result.exitCode == 2 && result.output.isEmpty, "\(result.errors)", sourceLocation: location)
            for word in words {
                #expect(
                    result.errorLines.last?.contains(word) == true, "\(result.errors)",
                    sourceLocation: location)
            }
        }
        expect(try fixture.run("add", image.reference + "x"), "it has no image 'latestx', but: latest")
        expect(try fixture.run("add", "oci:" + fixture.folder.path("none")), "there is no folder")
        expect(
            try fixture.run("add", fixture.folder.path("none")), "there is no such file", "docker://")
        expect(try fixture.run("add", image.reference, "--name", "No"), "is not a name")
        expect(try fixture.run("add", fixture.folder.path("own")), "there is no such file")
        try FileManager.default.createDirectory(
            atPath: fixture.folder.path("own"), withIntermediateDirectories: true)
        expect(try fixture.run("add", fixture.folder.path("own")), "there is no layer here", "--all")
        expect(try fixture.run("remove", "os"), "has no entry and no set of this name")
        // Nothing was added by any of them.
        #expect(!FileManager.default.fileExists(atPath: fixture.folder.path("own/corpus.yaml")))
    }

    /// Killed while the image is fetched: a skopeo that only waits stands for a slow registry.
    @Test(arguments: [SIGINT, SIGTERM]) func anInterruptedFetchLeavesNothing(_ signal: Int32) throws {
        let fixture = try Fixture()
        let folder = fixture.folder
        let digest = String(repeating: "0", count: 64)
        let entry = """
            {name: slow-1, sets: [slow], title: t, source: s, licence: l, expectedBytes: 1, needsNetwork: true,
              sha256: \(digest), recipe: {kind: pulled-layer, image: "docker://host.invalid/slow@sha256:\(digest)", diffID: \(digest)}}
            """
        try folder.write(Array("schemaVersion: 1\nlayers: [\(entry)]\n".utf8), to: "manifest.yaml")
        let skopeo = try folder.write(
            Array("#!/bin/sh\ntouch \(folder.path("started"))\nexec sleep 300\n".utf8), to: "skopeo")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: skopeo)
        let program = try RunningProgram(
            Tool.path(), ["corpus", "fetch", "slow"],
            environment: [
                "LAYERLAB_CORPUS": folder.path("manifest.yaml"),
                "LAYERLAB_USER_CORPUS": folder.path("none.yaml"),
                "LAYERLAB_CORPUS_CACHE": folder.path("cache"),
                "PATH": folder.path + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"),
            ])
        for _ in 0..<3_000 where !FileManager.default.fileExists(atPath: folder.path("started")) {
            usleep(10_000)
        }
        kill(program.processID, signal)
        let result = try program.wait(timeoutSeconds: 60)
        #expect(result.exitCode == 128 + signal, "\(result.errors)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("cache")).isEmpty)
    }
}
