import Digests
import Foundation
import Images
import Processes
import TestSupport
import Testing

@testable import Harness

/// Images as entries of the corpus: what they are called, where they are found, how their layers are written down.
@Suite struct ImageEntriesTests {
    @Test(arguments: [
        ("docker://HOST:5000/os/Base:12", "base-12"), ("docker://HOST/base:latest", "base"),
        ("docker://HOST/base", "base"),
        ("docker://HOST/base@sha256:0", "base"), ("oci:/a/layout:latest", "layout"),
        ("oci:/a/layout:v1", "layout-v1"),
        ("oci:/a/layout", "layout"), ("dir:/a/flat", "flat"), ("docker-archive:/a/saved.tar", "saved"),
        ("docker-archive:/a/saved.tar:host/name:1", "saved-host-name-1"),
        ("docker-archive:/a/saved.tar:@1", "saved-1"), ("oci:/data/@x/img", "img"), ("dir:/a@b/c@d", "c-d"),
        ("oci-archive:/a/b.tar:v2", "b-v2"),
        ("containers-storage:[vfs@/x+/y]host/name:1", "name-1"), ("docker-daemon:name:latest", "name"),
    ])
    func imagesGiveNames(_ text: String, _ name: String) throws {
        #expect(ImageEntries.name(of: try #require(ImageReference(text))) == name)
    }

    @Test func relativePathsBecomeAbsolute() throws {
        let here = FileManager.default.currentDirectoryPath
        #expect(ImageEntries.absolute(ImageReference(.ociLayout, "a:b")).location == here + "/a:b")
        #expect(ImageEntries.absolute(ImageReference(.ociLayout, "/a:b")).location == "/a:b")
        #expect(ImageEntries.absolute(ImageReference(.docker, "//h/n")).location == "//h/n")
    }

    @Test func layersAreWrittenDownAndRead() throws {
        let digest = String(repeating: "a1", count: 32)
        func manifest(_ recipe: String) -> String {
            """
            schemaVersion: 1
            layers:
              - {name: x, sets: [], title: t, source: s, licence: l, expectedBytes: 1, needsNetwork: true, recipe: {kind: pulled-layer, \(recipe)}}
            """
        }
        func read(_ recipe: String) throws -> CorpusEntry {
            try #require(try Manifest(yaml: manifest(recipe), path: "m.yaml").layers.first)
        }
        let entry = try read(
            "image: \"docker://HOST/n@sha256:\(digest)\", diffID: \(digest), platform: linux/arm64, tlsVerify: false"
        )
        guard case .pulledLayer(let layer) = entry.recipe else {
            Issue.record("\(entry.recipe)")
            return
        }
        #expect(
            layer.diffID.hex == digest && layer.platform?.description == "linux/arm64"
                && !layer.verifiesTLS)
        let data = try JSONEncoder().encode(entry)
        #expect(try JSONDecoder().decode(CorpusEntry.self, from: data) == entry)
        for (recipe, words) in [
            ("image: n, diffID: \(digest)", "is no image"),
            ("image: \"oci:/a\", diffID: \(digest)", "use the kind `file`"),
            ("image: \"docker://HOST/n\", diffID: 12ab", "64 hexadecimal digits"),
            ("image: \"docker://HOST/n\", diffID: \(digest), tag: x", "unknown key `tag`"),
            ("image: \"docker://HOST/n\", diffID: \(digest), platform: linux", "os/architecture"),
        ] {
            let error = #expect(throws: LocatedError.self) { try read(recipe) }
            #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
        }
    }

    @Test func layersOfOneImageComeInOneGo() throws {
        func entry(_ name: String, _ image: String, _ byte: String) throws -> CorpusEntry {
            let digest = String(repeating: byte, count: 64)
            let yaml = """
                schemaVersion: 1
                layers:
                  - {name: \(name), sets: [], title: t, source: s, licence: l, expectedBytes: 10, needsNetwork: true,
                     recipe: {kind: pulled-layer, image: "\(image)", diffID: \(digest)}}
                """
            return try #require(try Manifest(yaml: yaml, path: "m.yaml").layers.first)
        }
        let entries = [
            try entry("os-1", "docker://HOST/os:1", "1"), try entry("app-1", "docker://HOST/app:1", "2"),
            try entry("os-2", "docker://HOST/os:1", "3"),
        ]
        try withScratchDirectory { directory in
            let plan = Corpus(entries: entries, cache: Cache(directory: directory + "/cache")).plan(
                entries)
            #expect(plan.jobs.map { $0.entries.map(\.name) } == [["os-1", "os-2"], ["app-1"]])
            #expect(
                plan.jobs.map(\.name) == ["os-1", "app-1"] && plan.downloadBytes == 30
                    && plan.keptBytes == 30)
            #expect(plan.announcement.contains("to fetch: os-1 (os-1, os-2)"), "\(plan.announcement)")
        }
    }

    @Test func archivesOfImagesAreTold() throws {
        try withScratchDirectory { directory in
            func archive(_ name: String, _ files: [(String, String)]) throws -> String {
                let stream = TarBuilder.stream { tar in
                    for (path, text) in files { tar.file(path, Array(text.utf8)) }
                }
                let path = "\(directory)/\(name)"
                try Data(stream).write(to: URL(filePath: path))
                return path
            }
            let one = try archive(
                "one.tar",
                [
                    ("a.tar", "x"),
                    ("manifest.json", #"[{"Config":"c","RepoTags":["h/n:1"],"Layers":["a.tar"]}]"#),
                ])
            #expect(try LocalImages.references(at: one).map(\.description) == ["docker-archive:" + one])
            // Configurations by digests with their algorithm before them, and layers that are no digests at all.
            let digests = try archive(
                "digests.tar",
                [("sha256:" + String(repeating: "0c", count: 32), "{}")]
                    + (1...12).map { ("layer-\($0)/layer.tar", "x") } + [
                        ("manifest.json", #"[{"Config":"c","RepoTags":["n:1"],"Layers":[]}]"#)
                    ])
            #expect(try LocalImages.references(at: digests).map(\.location) == [digests])
            // A layer is not walked through to its end for it.
            let long = try archive(
                "long.tar",
                (1...20).map { ("usr/share/\($0)", "") } + [
                    ("manifest.json", #"[{"Config":"c","RepoTags":["n:1"],"Layers":[]}]"#)
                ])
            #expect(try LocalImages.references(at: long).isEmpty)
            let two = try archive(
                "two.tar",
                [
                    (
                        "manifest.json",
                        #"[{"Config":"c","RepoTags":["n:1"],"Layers":[]},{"Config":"d","RepoTags":["n:2"],"Layers":[]}]"#
                    )
                ])
            #expect(try LocalImages.references(at: two).map(\.location) == [two + ":n:1", two + ":n:2"])
            let unnamed = try archive(
                "unnamed.tar",
                [
                    (
                        "manifest.json",
                        #"[{"Config":"c","RepoTags":["n:1"],"Layers":[]},{"Config":"d","RepoTags":null,"Layers":[]}]"#
                    )
                ])
            #expect(try LocalImages.references(at: unnamed).map(\.location) == [unnamed + ":n:1", unnamed + ":@1"])
            let index = #"{"manifests":[{"annotations":{"org.opencontainers.image.ref.name":"v1"}}]}"#
            let layout = try archive("oci.tar", [("oci-layout", "{}"), ("index.json", index)])
            #expect(
                try LocalImages.references(at: layout).map(\.description) == ["oci-archive:\(layout):v1"])
            // A layer may have such a file, too, in which other things stand.
            let layer = try archive(
                "layer.tar", [("manifest.json", #"{"name": "an extension"}"#), ("usr/a", "")])
            #expect(try LocalImages.references(at: layer).isEmpty)
            #expect(
                try LocalImages.references(at: directory).isEmpty
                    && LocalImages.references(at: directory + "/none").isEmpty)
        }
    }

    /// What skopeo cannot read is no layer either.
    @Test func compressedArchivesOfImagesSayWhatToDo() throws {
        try withScratchDirectory { directory in
            func compressed(_ name: String, _ build: (inout TarBuilder) -> Void) throws -> String {
                let path = "\(directory)/\(name)"
                try Data(TarBuilder.stream(build)).write(to: URL(filePath: path))
                try ChildProcess("gzip", ["-n", path]).runChecked()
                return path + ".gz"
            }
            let digest = String(repeating: "ab", count: 32)
            let saved = try compressed("saved.tar") { tar in
                tar.file(digest + ".tar", [UInt8](repeating: 7, count: 700_000))
                tar.file(
                    "manifest.json", Array(#"[{"Config":"c","RepoTags":["n:1"],"Layers":["\#(digest).tar"]}]"#.utf8))
            }
            let error = #expect(throws: LocatedError.self) { try LocalImages.references(at: saved) }
            #expect(error?.what == "it is an archive of images in gzip, and archives are taken as they are")
            #expect(error?.remedy == "undo that first: gunzip -k \(saved)")
            #expect(ImageHint.text(for: saved)?.contains("gunzip -k") == true)
            let layer = try compressed("layer.tar") { tar in
                for number in 1...20 { tar.file("usr/\(number)", [1]) }
                tar.file("manifest.json", Array(#"[{"Config":"c","RepoTags":null,"Layers":[]}]"#.utf8))
            }
            #expect(try LocalImages.references(at: layer).isEmpty && ImageHint.text(for: layer) == nil)
        }
    }

    /// Neither a pipe, which would wait for a writer for ever, nor what is too long to be a document.
    @Test func onlyRegularFilesOfModestSizeAreDocuments() throws {
        try withScratchDirectory { directory in
            try FileManager.default.createDirectory(
                atPath: directory + "/blobs/sha256", withIntermediateDirectories: true)
            let index = directory + "/index.json"
            try ChildProcess("mkfifo", [index, directory + "/pipe"]).runChecked()
            #expect(throws: LocatedError.self) { try LocalImages.references(at: directory) }
            #expect(try LocalImages.references(at: directory + "/pipe").isEmpty)
            #expect(ImageHint.text(for: directory + "/pipe") == nil)
            try FileManager.default.removeItem(atPath: index)
            let head = Data(#"{"manifests":[{}], "x": ""#.utf8)
            try (head + Data(repeating: 0x61, count: 5 << 20) + Data(#""}"#.utf8)).write(to: URL(filePath: index))
            #expect(throws: LocatedError.self) { try LocalImages.references(at: directory) }
            try Data(#"{"manifests":[{}]}"#.utf8).write(to: URL(filePath: index))
            #expect(try LocalImages.references(at: directory).map(\.description) == ["oci:" + directory])
        }
    }

    @Test func reportsAreCalledByTheSet() {
        #expect(BenchSelection.subject(of: ["own"]) == "own")
        #expect(
            BenchSelection.subject(of: ["own", "other"]) == nil
                && BenchSelection.subject(of: ["/x/layer.tar"]) == nil)
        #expect(BenchSelection.subject(of: ["oci:layout:latest"]) == nil)
    }
}
