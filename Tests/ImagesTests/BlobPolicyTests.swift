import Digests
import Foundation
import LayerStore
import OSTree
import Strategies
import TestSupport
import Testing

@testable import Images

/// What becomes of blobs that no known compressor makes again.
@Suite struct BlobPolicyTests {
    /// Forms of the layers of `ImageSample.image(.oci)`: none, gzip, zlib, flushed, zstd.
    private func forms(_ image: ImportedImage) -> [String] {
        image.layers.map { layer in
            switch layer.blob {
            case .stream: "stream"
            case .recipe: "recipe"
            case .kept: "kept"
            case .lost: "lost"
            }
        }
    }

    @Test func keepStoresThem() throws {
        let repository = try TemporaryRepository()
        let written = try ImageSample.image(.oci).write(.layout, to: repository.folder.path("layout"))
        let imported = try repository.importImage(written.reference, blobs: .keep)
        #expect(forms(imported) == ["stream", "recipe", "recipe", "kept", "kept"] && imported.keepsDigests)
        #expect(imported.layers.allSatisfy { ($0.blobStoredBytes == 0) == ($0.blob == .stream) })
        #expect(imported.layers[1].blobStoredBytes < 600 && imported.layers[4].blobStoredBytes > 2000)
    }

    @Test func replayRefusesThemAndLeavesNothing() throws {
        let repository = try TemporaryRepository(.bareUser, isDurable: true)
        let written = try ImageSample.image(.oci).write(.layout, to: repository.folder.path("layout"))
        let before = try repository.listing()
        let error = #expect(throws: LayerStoreError.self) {
            try repository.importImage(written.reference, blobs: .replay, jobs: 1)
        }
        #expect(error?.kind == .input && "\(error!)".contains("--blobs keep"))
        #expect(try repository.objectCount() == 0)
        #expect(try repository.refs().isEmpty)
        #expect(
            Set(try repository.listing().keys.filter { !$0.hasSuffix("/") })
                == Set(before.keys.filter { !$0.hasSuffix("/") }))
        var image = ImageBuilder(.oci)
        for (stream, compression) in zip(ImageSample.streams, [.none, .gzip, .zlib] as [ImageBuilder.Compression]) {
            try image.add(stream, compression)
        }
        let other = try image.write(.layout, to: repository.folder.path("other"))
        #expect(try forms(repository.importImage(other.reference, blobs: .replay)) == ["stream", "recipe", "recipe"])
    }

    @Test(
        .enabled(if: ImageTool.areThere(.umoci, .skopeo), "needs umoci and skopeo"),
        arguments: ImageBuilder.Family.allCases)
    func rewriteSaysWhichDigestsAreLost(_ family: ImageBuilder.Family) throws {
        let repository = try TemporaryRepository()
        let folder = repository.folder
        var image = try ImageSample.image(family)
        let last = image.layers.count - 1
        image.layers[last].annotations = ["io.github.containers.zstd-chunked.manifest-checksum": "x", "note": "stays"]
        let written = try image.write(.layout, to: folder.path("layout"))
        let imported = try repository.importImage(written.reference, blobs: .rewrite)
        #expect(forms(imported).prefix(4) == ["stream", "recipe", "recipe", "lost"] && !imported.keepsDigests)
        let pushed = try repository.push(written.reference, to: "oci:\(folder.path("pushed")):tag")
        let lost = pushed.layers.map { $0.pushed != $0.pulled }
        #expect(!pushed.keepsDigests && lost.prefix(4) == [false, false, false, true])
        #expect(pushed.layers.map(\.diffID) == imported.layers.map(\.diffID))

        let opened = try ImageOpener(temporaryFolder: folder.path)
            .open(ImageReference(.ociLayout, folder.path("pushed:tag")))
        #expect(opened.manifest.digest == pushed.manifestDigest && opened.configuration.bytes == written.configuration)
        #expect(opened.manifest.layers[last].annotations == ["note": "stays"])
        #expect(opened.manifest.layers[last].mediaType == MediaType.gzipLayer(like: image.layers[last].mediaType))
        // The pushed image is as good as any: it comes back digest for digest.
        let second = try TemporaryRepository()
        let again = try second.importImage("oci:\(folder.path("pushed")):tag", blobs: .replay)
        #expect(again.keepsDigests && again.layers.map(\.diffID) == imported.layers.map(\.diffID))
        #expect(try second.nodes(of: again.commit) == repository.nodes(of: imported.commit))
        guard family == .oci else { return }
        try ImageTool.copy("oci:\(folder.path("pushed")):tag", to: "dir:" + folder.path("copied"))
        try ImageTool.umoci("unpack", "--image", folder.path("pushed") + ":tag", folder.path("bundle"))
    }

    /// Held layers do not keep a later import from keeping their blobs.
    @Test func whatWasGivenUpCanBeKeptLater() throws {
        let repository = try TemporaryRepository()
        let written = try ImageSample.image(.oci).write(.layout, to: repository.folder.path("layout"))
        for (policy, last) in [(.rewrite, "lost"), (.rewrite, "lost"), (.keep, "kept"), (.rewrite, "kept")]
            as [(BlobPolicy, String)]
        {
            #expect(try forms(repository.importImage(written.reference, blobs: policy)).last == last)
        }
        #expect(try repository.push(written.reference, to: "dir:" + repository.folder.path("out")).keepsDigests)
    }

    /// An image that keeps its blobs may be pushed anew where they are gone, and only where that is asked for.
    @Test func missingBlobsAreNamedUnlessTheyMayChange() throws {
        let repository = try TemporaryRepository()
        let folder = repository.folder
        let written = try ImageSample.image(.oci).write(.layout, to: folder.path("layout"))
        let imported = try repository.importImage(written.reference)
        let blob = imported.manifest.layers[3].digest
        try repository.repository.remove(ref: LayerRefs.blobForm(blob))
        let error = #expect(throws: LayerStoreError.self) {
            try repository.push(written.reference, to: "oci:" + folder.path("pushed"))
        }
        #expect("\(error!)".contains(blob.hex) && !FileManager.default.fileExists(atPath: folder.path("pushed")))
        let pushed = try repository.push(written.reference, to: "oci:" + folder.path("pushed"), rewrites: true)
        #expect(pushed.layers.map { $0.pushed != $0.pulled } == [false, false, false, true, false])
    }

    /// One stream as two blobs: both are made anew at the same time, and are then the same.
    @Test func oneStreamAsTwoBlobsIsRewritten() throws {
        let repository = try TemporaryRepository()
        let folder = repository.folder
        var image = ImageBuilder(.oci)
        let stream = TarBuilder.stream { tar in
            var random = SeededGenerator(seed: 9)
            for number in 0..<30 { tar.file("usr/\(number)", random.bytes(40_000)) }
        }
        try image.add(stream, .flushed)
        try image.add(ImageSample.streams[0], .gzip)
        try image.add(stream, .zstd)
        let written = try image.write(.layout, to: folder.path("layout"))
        let imported = try repository.importImage(written.reference, blobs: .rewrite)
        #expect(forms(imported) == ["lost", "recipe", "lost"])
        for number in 0..<4 {
            let pushed = try repository.push(written.reference, to: "oci:" + folder.path("pushed-\(number)"))
            #expect(pushed.layers[0].pushed == pushed.layers[2].pushed)
            let bytes = try folder.read("pushed-\(number)/blobs/sha256/" + pushed.layers[0].pushed.hex)
            #expect(SHA256Stream.digest(of: bytes) == pushed.layers[0].pushed)
            let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path("pushed-\(number)"))
            #expect(names.count == 2 + 2 + 4 && !names.contains { $0.contains("layerlab") }, "\(names)")
        }
    }

    @Test func damagedKeptBlobIsNotPushed() throws {
        let repository = try TemporaryRepository(.bareUser)
        let folder = repository.folder
        let written = try ImageSample.image(.oci).write(.layout, to: folder.path("layout"))
        let imported = try repository.importImage(written.reference)
        let blob = try Data(contentsOf: URL(filePath: written.blobs[4]))
        let objects = try FileManager.default.subpathsOfDirectory(atPath: repository.path + "/objects")
        let object = try #require(
            objects.first {
                $0.hasSuffix(".file")
                    && (try? Data(contentsOf: URL(filePath: repository.path + "/objects/" + $0))) == blob
            })
        let handle = try #require(FileHandle(forWritingAtPath: repository.path + "/objects/" + object))
        try handle.seek(toOffset: 100)
        try handle.write(contentsOf: Data([blob[100] ^ 1]))
        try handle.close()
        let error = #expect(throws: LayerStoreError.self) {
            try repository.push(imported.name, to: "oci:" + folder.path("pushed"))
        }
        #expect(error?.kind == .check && "\(error!)".contains("damaged"), "\(error!)")
        #expect(!FileManager.default.fileExists(atPath: folder.path("pushed")))
    }
}
