import Foundation
import TestSupport
import Testing

/// Layers of a registry's image by the tool. A script stands for skopeo: it hands out an image layout's documents and blobs, and
/// waits instead of copying as long as the test wants it to.
@Suite struct CorpusPullToolTests {
    private struct Fixture {
        let folder: TemporaryFolder
        let image: ImageBuilder.Written

        init() throws {
            folder = try TemporaryFolder()
            try folder.write(Array("schemaVersion: 1\nlayers: []\n".utf8), to: "manifest.yaml")
            let streams = [TarSample.rich.bytes, TarBuilder.stream { $0.file("usr/a", [1, 2, 3]) }]
            image = try ImageBuilder(.oci, streams, .gzip).write(.layout, to: folder.path("layout"))
            let script = """
                #!/bin/sh
                for last; do :; done
                case "$*" in
                *--config*) exec cat \(image.configurationFile) ;;
                inspect*) exec cat \(image.manifestFile) ;;
                esac
                touch \(folder.path("started"))
                [ -e \(folder.path("go")) ] || exec sleep 300
                blobs=${last#oci:}
                cp \(image.folder)/blobs/sha256/* "${blobs%:*}/blobs/sha256/"
                """
            let skopeo = try folder.write(Array(script.utf8), to: "skopeo")
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: skopeo)
        }

        var environment: [String: String] {
            [
                "LAYERLAB_CORPUS": folder.path("manifest.yaml"), "LAYERLAB_USER_CORPUS": folder.path("own.yaml"),
                "LAYERLAB_CORPUS_CACHE": folder.path("cache"),
                "PATH": folder.path + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"),
            ]
        }

        func run(_ arguments: String...) throws -> ProgramResult {
            try TestSupport.run(Tool.path(), ["corpus"] + arguments, environment: environment)
        }

        func names(_ result: ProgramResult) throws -> [String] {
            try result.objects().compactMap { $0["name"] as? String }
        }

        func isThere(_ name: String) -> Bool { FileManager.default.fileExists(atPath: folder.path(name)) }
    }

    @Test func anInterruptedAddGoesOnTheNextTime() throws {
        let fixture = try Fixture()
        let program = try RunningProgram(
            Tool.path(), ["corpus", "add", "docker://host.invalid/app:1"], environment: fixture.environment)
        for _ in 0..<3_000 where !fixture.isThere("started") { usleep(10_000) }
        kill(program.processID, SIGINT)
        let interrupted = try program.wait(timeoutSeconds: 60)
        #expect(interrupted.exitCode == 128 + SIGINT, "\(interrupted.errors)")
        #expect(interrupted.errors.contains("the same command goes on from there"), "\(interrupted.errors)")

        try fixture.folder.write([], to: "go")
        let added = try fixture.run("add", "docker://host.invalid/app:1", "--json")
        #expect(added.exitCode == 0, "\(added.errors)")
        #expect(try fixture.names(added) == ["app-1-1", "app-1-2"])
        #expect(added.errors.contains("all of it is in the corpus already; what is missing is fetched"))
        let manifest = String(decoding: try fixture.folder.read("own.yaml"), as: UTF8.self)
        #expect(manifest.ranges(of: "name: app-1-1").count == 1)
    }

    /// One image, and two names: each has files of its own, also where all come in one go.
    @Test func anImageMayBeThereUnderTwoNames() throws {
        let fixture = try Fixture()
        try fixture.folder.write([], to: "go")
        for tag in ["1.2", "latest"] {
            let added = try fixture.run("add", "docker://host.invalid/app:\(tag)", "--json")
            #expect(added.exitCode == 0, "\(added.errors)")
        }
        try FileManager.default.removeItem(atPath: fixture.folder.path("cache"))
        let fetched = try fixture.run("fetch", "app", "app-1.2", "--json")
        #expect(fetched.exitCode == 0, "\(fetched.errors)")
        #expect(try fixture.names(fetched).sorted() == ["app-1", "app-1.2-1", "app-1.2-2", "app-2"])
        // What goes with one name stays with the other.
        #expect(try fixture.run("remove", "app").exitCode == 0)
        let again = try fixture.run("fetch", "app-1.2")
        #expect(again.exitCode == 0 && again.errorLines.contains("nothing to fetch"), "\(again.errors)")
    }

    @Test func noNameGoesWhereOneIsUnknown() throws {
        let fixture = try Fixture()
        try fixture.folder.write([], to: "go")
        #expect(try fixture.run("add", "docker://host.invalid/app:1").exitCode == 0)
        let before = try fixture.folder.read("own.yaml")
        let failed = try fixture.run("remove", "app-1-1", "app-1-9")
        #expect(failed.exitCode == 2 && failed.output.isEmpty, "\(failed.errors)")
        #expect(failed.errors.contains("app-1-9: ") && failed.errors.contains("did you mean"), "\(failed.errors)")
        #expect(try fixture.folder.read("own.yaml") == before && fixture.isThere("cache/app-1-1.json"))
        let removed = try fixture.run("remove", "app-1-1", "app-1", "--json")
        #expect(try fixture.names(removed) == ["app-1-1", "app-1-2"])
    }
}
