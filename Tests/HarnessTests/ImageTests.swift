import Digests
import Foundation
import TestSupport
import Testing

@testable import Harness
import Processes

@Suite struct ImageTests {
    private static let canBuildah = Program.find("buildah") != nil && ProcessInfo.processInfo.userName == "root"
    private static let canUmoci = Program.find("umoci") != nil && ProcessInfo.processInfo.userName == "root"

    private func base(_ directory: String) throws -> CorpusEntry {
        let path = directory + "/base.tar"
        try Data(
            TarBuilder.stream { tar in
                tar.file("etc/os-release", Array("ID=none\n".utf8))
                tar.file("usr/bin/tool", [1, 2, 3])
            }
        ).write(to: URL(filePath: path))
        var entry = try LayerFiles([path]).entries[0]
        entry.name = "base"
        return entry
    }

    private func corpus(_ directory: String, _ build: ImageBuild) throws -> Corpus {
        let layers = (1..<build.layerCount).map { index in
            CorpusEntry(
                name: "layer-\(index)", sets: [], title: "", source: "", licence: "", policy: .imageLayer,
                expectedBytes: 10_240, expectedEntries: nil, pin: nil, needsNetwork: false,
                recipe: .imageLayer(ImageLayer(image: "image", index: index, build: build)))
        }
        return Corpus(entries: [try base(directory)] + layers, cache: Cache(directory: directory + "/cache"))
    }

    /// tar lists the layer of an insertion too, and fails afterwards since that has no end.
    private func names(in layer: FetchedLayer) throws -> [String] {
        try ChildProcess("tar", ["--list", "--file=" + layer.path]).run().output.text.split(separator: "\n")
            .map(String.init)
    }

    @Test(.enabled(if: canBuildah)) func buildahGoesOnWhereItStopped() throws {
        try withScratchDirectory { directory in
            let copy = BuildahImage.Step.copy(["/srv/a": "one", "/srv/b": "two"])
            // There is no shell in the image, so this step fails.
            let failing = try corpus(
                directory, .buildah(BuildahImage(base: "base", steps: [copy, .run("true")])))
            let first = try failing.fetch([failing.entries[2]])
            #expect(first.failures.map(\.name) == ["image"])
            #expect(first.failures.first?.error.remedy?.contains("goes on") == true)
            #expect(FileManager.default.fileExists(atPath: directory + "/cache/.build-image"))

            let sound = try corpus(
                directory, .buildah(BuildahImage(base: "base", steps: [copy, .copy(["/srv/c": "three"])])))
            var lines: [String] = []
            let second = try sound.fetch(sound.entries, progress: { lines.append($0) })
            #expect(second.failures.isEmpty)
            #expect(lines.contains("image: going on after step 2 of 3"))
            let names = try Dictionary(
                uniqueKeysWithValues: second.layers.map { ($0.entry.name, try self.names(in: $0)) })
            #expect(names["layer-1"]?.contains("srv/b") == true)
            #expect(names["layer-2"] == ["srv/", "srv/c"])
            let left = try FileManager.default.contentsOfDirectory(atPath: directory + "/cache")
            #expect(left.allSatisfy { !$0.hasPrefix(".") })
        }
    }

    @Test(.enabled(if: canUmoci)) func umociPacksChangesAndInsertions() throws {
        try withScratchDirectory { directory in
            let insertion = try JSONDecoder().decode(
                UmociImage.Insertion.self,
                from: Data(#"{"to": "/usr/bin", "opaque": true, "make": "cp $ROOT/etc/os-release new"}"#.utf8))
            let build = ImageBuild.umoci(
                UmociImage(
                    base: "base", steps: [.change("rm usr/bin/tool; ln etc/os-release etc/link"), .insert(insertion)]))
            let corpus = try corpus(directory, build)
            let outcome = try corpus.fetch(corpus.entries)
            #expect(outcome.failures.isEmpty, "\(outcome.failures)")
            let names = try Dictionary(
                uniqueKeysWithValues: outcome.layers.map { ($0.entry.name, try self.names(in: $0)) })
            #expect(names["layer-1"]?.contains("usr/bin/.wh.tool") == true)
            #expect(names["layer-2"]?.contains("usr/bin/.wh..wh..opq") == true)
            #expect(outcome.layers.allSatisfy { $0.digest == $0.diffID })
        }
    }

    @Test func layersThatAreNotWhatTheImageSaysAreRefused() throws {
        try withScratchDirectory { directory in
            let cache = Cache(directory: directory + "/cache")
            let entry = try base(directory)
            let path = directory + "/base.tar"
            let error = #expect(throws: LocatedError.self) {
                try cache.keep([
                    Cache.Made(file: path, entry: entry, diffID: Digest([UInt8](repeating: 1, count: 32)))
                ])
            }
            #expect(error?.what.contains("and its image says sha256:0101") == true)
            #expect(cache.sidecar(of: entry) == nil)
        }
    }

    @Test func imageDirectoriesAreReadInBothForms() throws {
        try withScratchDirectory { directory in
            let hex = { (digit: String) in String(repeating: digit, count: 64) }
            let manifest = """
                {"config": {"mediaType": "c", "digest": "sha256:\(hex("c"))"},
                 "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": "sha256:\(hex("1"))"},
                            {"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": "sha256:\(hex("2"))"}]}
                """
            let configuration = """
                {"rootfs": {"type": "layers", "diff_ids": ["sha256:\(hex("a"))", "sha256:\(hex("2"))"]}}
                """
            let index = """
                {"manifests": [{"mediaType": "m", "digest": "sha256:\(hex("d"))",
                                "annotations": {"org.opencontainers.image.ref.name": "image"}}]}
                """
            let layout = directory + "/layout"
            try write(index, to: layout + "/index.json")
            try write(manifest, to: layout + "/blobs/sha256/" + hex("d"))
            try write(configuration, to: layout + "/blobs/sha256/" + hex("c"))
            let layers = try ImageDirectory(directory: layout, form: .ociLayout(tag: "image")).layers()
            #expect(layers.map(\.isCompressed) == [true, false])
            #expect(layers.map(\.diffID.hex) == [hex("a"), hex("2")])
            #expect(layers[0].path == layout + "/blobs/sha256/" + hex("1"))
            #expect(throws: LocatedError.self) {
                try ImageDirectory(directory: layout, form: .ociLayout(tag: "other")).layers()
            }

            let flat = directory + "/flat"
            try write(manifest, to: flat + "/manifest.json")
            try write(configuration, to: flat + "/" + hex("c"))
            #expect(
                try ImageDirectory(directory: flat, form: .flat).layers().map(\.path)
                    == [hex("1"), hex("2")].map { flat + "/" + $0 })
            try write(configuration.replacing(", \"sha256:\(hex("2"))\"", with: ""), to: flat + "/" + hex("c"))
            #expect(throws: LocatedError.self) { try ImageDirectory(directory: flat, form: .flat).layers() }
        }
    }

    @Test func stepFilesStayBelowTheRoot() throws {
        try withScratchDirectory { directory in
            try StepFiles(["/a/b": "text"]).write(below: directory + "/root")
            #expect(try String(contentsOfFile: directory + "/root/a/b", encoding: .utf8) == "text")
            for (path, mode) in [("", 0o755), ("/a", 0o755), ("/a/b", 0o644)] {
                let facts = try FileManager.default.attributesOfItem(atPath: directory + "/root" + path)
                #expect(facts[.modificationDate] as? Date == Date(timeIntervalSince1970: 1_700_000_000), "\(path)")
                #expect(facts[.posixPermissions] as? Int == mode, "\(path)")
            }
            #expect(throws: LocatedError.self) { try StepFiles(["/../up": ""]).write(below: directory + "/root") }
            #expect(throws: LocatedError.self) { try StepFiles(["a": ""]).write(below: directory + "/root") }
        }
    }
}
