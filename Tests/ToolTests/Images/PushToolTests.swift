import Digests
import Foundation
import TestSupport
import Testing

/// `layerlab import IMAGE` and `layerlab push`, as a user sees them.
@Suite struct PushToolTests {
    /// An image of a plain, a gzip and a zstd layer, and a repository that has it.
    private struct Fixture {
        let folder: TemporaryFolder
        let repo: String
        let written: ImageBuilder.Written
        let imported: ProgramResult

        init(_ options: String...) throws {
            folder = try TemporaryFolder()
            repo = folder.path("repo")
            var image = ImageBuilder(.oci)
            for (stream, compression) in zip(
                HostileImageTests.streams, [.none, .gzip, .zstd] as [ImageBuilder.Compression])
            {
                try image.add(stream, compression)
            }
            written = try image.write(.layout, to: folder.path("image"))
            imported = try run(
                Tool.path(), ["import", written.reference, "--repo", repo, "--init", "bare-user"] + options)
            guard imported.exitCode == 0 else { throw ProgramError(description: imported.errors) }
        }

        func push(_ destination: String, _ options: String...) throws -> ProgramResult {
            try run(Tool.path(), ["push", written.reference, destination, "--repo", repo, "--quiet"] + options)
        }

        func expectIsThere(_ folder: String, at location: SourceLocation = #_sourceLocation) throws {
            for file in written.blobs + [written.manifestFile, written.configurationFile] {
                let name = URL(filePath: file).lastPathComponent
                let bytes = try Data(contentsOf: URL(filePath: folder + "/blobs/sha256/" + name))
                #expect(SHA256Stream.digest(of: Array(bytes)).hex == name, sourceLocation: location)
            }
        }
    }

    private func expectFailure(
        _ result: ProgramResult, _ words: String..., exits code: Int32 = 2,
        at location: SourceLocation = #_sourceLocation
    ) {
        #expect(result.exitCode == code, "\(result.errors)", sourceLocation: location)
        #expect(
            result.errorLines.count == 1 && result.errors.hasPrefix("layerlab: "), "\(result.errors)",
            sourceLocation: location)
        #expect(result.output.isEmpty, sourceLocation: location)
        for word in words { #expect(result.errors.contains(word), "\(result.errors)", sourceLocation: location) }
    }

    @Test func reportsTellWhatWasDone() throws {
        let fixture = try Fixture("--json", "--strategy", "raw@sidecar")
        let image = try fixture.imported.object()
        #expect(image["image"] as? String == fixture.written.reference && image["keepsDigests"] as? Bool == true)
        #expect(image["manifestDigest"] as? String == fixture.written.manifestDigest.description)
        #expect(image["strategy"] as? String == "raw@sidecar" && image["blobPolicy"] as? String == "keep")
        let layers = try #require(image["layers"] as? [[String: Any]])
        #expect(layers.map { $0["blobForm"] as? String } == ["stream", "recipe", "kept"])
        #expect(layers.allSatisfy { $0["imported"] is [String: Any] })
        let pushed = try fixture.push("oci:\(fixture.folder.path("out")):tag", "--json").object()
        #expect(pushed["keepsDigests"] as? Bool == true && (pushed["layers"] as? [Any])?.count == 3)
        #expect(pushed["destination"] as? String == "oci:\(fixture.folder.path("out")):tag")
        try fixture.expectIsThere(fixture.folder.path("out"))

        let again = try run(
            Tool.path(), ["import", fixture.written.reference, "--repo", fixture.repo, "--strategy", "raw@sidecar"])
        #expect(again.exitCode == 0 && again.output.contains("held") && again.output.contains("0 imported"))
    }

    @Test func lostDigestsAreTold() throws {
        let fixture = try Fixture("--blobs", "rewrite")
        #expect(fixture.imported.output.contains("a push has other digests"))
        let text = try Tool.run(
            "push", fixture.written.reference, "oci:" + fixture.folder.path("one"), "--repo", fixture.repo)
        #expect(text.exitCode == 0 && text.errors.contains("note: signatures of \(fixture.written.manifestDigest)"))
        #expect(text.output.contains("was sha256:\(fixture.written.blobs[2].suffix(64))"))
        let report = try fixture.push("oci:" + fixture.folder.path("two"), "--json").object()
        #expect(report["keepsDigests"] as? Bool == false)
        #expect(report["pulledManifestDigest"] as? String == fixture.written.manifestDigest.description)
        let lost = try #require(report["layers"] as? [[String: Any]]).map {
            $0["blob"] as? String != $0["pulledBlob"] as? String
        }
        #expect(lost == [false, false, true])
    }

    @Test func replayRefusesTheImage() throws {
        let fixture = try Fixture()
        let repo = fixture.folder.path("other")
        let result = try run(
            Tool.path(),
            ["import", fixture.written.reference, "--repo", repo, "--init", "archive", "--blobs", "replay", "--quiet"])
        expectFailure(result, "--blobs keep", "--blobs rewrite", String(fixture.written.blobs[2].suffix(64)))
        // A repository that was made for the import goes with it.
        #expect(!FileManager.default.fileExists(atPath: repo))
    }

    @Test func destinationsThatCannotTakeItStayAsTheyAre() throws {
        let fixture = try Fixture()
        let folder = fixture.folder
        for name in ["other", "damaged", "locked"] {
            try FileManager.default.createDirectory(atPath: folder.path(name), withIntermediateDirectories: true)
        }
        try folder.write([1], to: "other/file")
        try folder.write(Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8), to: "damaged/oci-layout")
        try folder.write(Array("{".utf8), to: "damaged/index.json")
        let names = ["other", "damaged"]
        let before = try names.map { try TemporaryFolder.listing(of: folder.path($0)) }
        expectFailure(try fixture.push("oci:\(folder.path("other")):tag"), folder.path("other"), "no image layout")
        expectFailure(try fixture.push("dir:\(folder.path("other"))"), folder.path("other"), "no image of dir:")
        expectFailure(try fixture.push("oci:\(folder.path("damaged")):tag"), "damaged/index.json")
        let after = try names.map { try TemporaryFolder.listing(of: folder.path($0)) }
        #expect(before == after)
        // Nobody, root included, may write there.
        expectFailure(try fixture.push("oci:/proc/layerlab/layout:tag"), "/proc/layerlab")
        expectFailure(try fixture.push("oci:\(folder.path("other/file")):tag"), "other/file")
        expectFailure(try fixture.push("dir:\(folder.path("other/file"))/deep"), "other/file")
        expectFailure(try fixture.push("nonsense:a"), "no destination")
        expectFailure(try fixture.push("docker-archive:/proc/none.tar:a:b"), "skopeo")
        #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.repo + "/tmp") == ["cache"])
    }

    @Test func unknownImagesListWhatIsThere() throws {
        let fixture = try Fixture()
        let result = try Tool.run("push", "nobody", "dir:" + fixture.folder.path("out"), "--repo", fixture.repo)
        expectFailure(result, "no image 'nobody'", fixture.written.reference)
    }

    /// The limit in KiB stops blobs; half of one is never seen under its name.
    @Test(arguments: ["oci", "dir"], [false, true])
    func noRoomLeavesNoHalfOfABlob(_ transport: String, _ isThere: Bool) throws {
        let fixture = try Fixture()
        let out = fixture.folder.path("out")
        if isThere {
            let image = try ImageBuilder(.oci, [TarSample.rich.bytes])
            try image.write(transport == "oci" ? .layout : .flat, to: out)
        }
        let before = isThere ? try TemporaryFolder.listing(of: out) : [:]
        let result = try Tool.run(
            after: "ulimit -f 8", "push", fixture.written.reference, "\(transport):\(out)", "--repo", fixture.repo,
            "--quiet")
        expectFailure(result, "File too large")
        if isThere {
            #expect(try TemporaryFolder.listing(of: out) == before)
        } else {
            #expect(!FileManager.default.fileExists(atPath: out))
        }
        #expect(try fixture.push("\(transport):\(out)").exitCode == 0)
    }

    /// A blob that is there under its name with other bytes would make the pushed image a broken one.
    @Test func aDamagedBlobOfTheDestinationIsNoBlob() throws {
        let fixture = try Fixture()
        let out = fixture.folder.path("out")
        #expect(try fixture.push("oci:\(out):one").exitCode == 0)
        let name = "out/blobs/sha256/" + fixture.written.blobs[0].suffix(64)
        try fixture.folder.write(Array(fixture.folder.read(name).dropLast(7)), to: name)
        #expect(try fixture.push("oci:\(out):two").exitCode == 0)
        try fixture.expectIsThere(out)
    }

    @Test(.enabled(if: ImageTool.areThere(.skopeo, .registry), "needs skopeo and docker-registry"))
    func registriesAreReachedWithoutCertificatesWhereThatIsAllowed() throws {
        let fixture = try Fixture()
        let remote = "docker://\(try RegistryServer.sharedHost())/tool/image:tag"
        #expect(try fixture.push(remote).exitCode == 2)
        let pushed = try fixture.push(remote, "--no-tls-verify", "--json")
        #expect(pushed.exitCode == 0, "\(pushed.errors)")
        let repo = fixture.folder.path("pulled")
        let pulled = try Tool.run("import", remote, "--repo", repo, "--init", "archive", "--no-tls-verify", "--json")
        #expect(try pulled.object()["manifestDigest"] as? String == fixture.written.manifestDigest.description)
        let inspected = try ImageTool.skopeo("inspect", "--tls-verify=false", remote)
        #expect(inspected.output.contains(fixture.written.manifestDigest.description))
    }

    @Test(arguments: ["--jobs", "--name", "--platform", "--blobs", "--max-layer-bytes"])
    func wrongOptionsAreUsageErrors(_ option: String) throws {
        for value in ["0", "", "-1", "x"]
        where !(option == "--name" && value != "") && !(option == "--max-layer-bytes" && value == "0") {
            let result = try Tool.run("import", "oci:/none", "--repo", "/none", "\(option)=\(value)")
            #expect(result.exitCode == 2 && result.output.isEmpty && !result.errors.isEmpty)
        }
    }
}
