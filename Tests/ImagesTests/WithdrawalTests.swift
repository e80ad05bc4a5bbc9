import Digests
import Foundation
import LayerStore
import OSTree
import Strategies
import TestSupport
import Testing

@testable import Images

/// An import that fails takes away what it has brought, and nothing that anybody else has.
@Suite struct WithdrawalTests {
    private let repository: TemporaryRepository
    init() throws { repository = try TemporaryRepository(.bareUser, isDurable: true) }

    /// Two layers, of which the second is not what the configuration says.
    private func broken() throws -> ImageBuilder {
        var image = try ImageBuilder(.oci, Array(ImageSample.streams.prefix(2)), .gzip)
        image.layers[1].diffID = Digest.zero.description
        return image
    }

    private func failToImport(_ image: ImageBuilder, at location: SourceLocation = #_sourceLocation) throws {
        let written = try image.write(.layout, to: repository.folder.path("broken-\(UUID().uuidString)"))
        // One after the other, the first one first: it is there when the second one fails.
        #expect(throws: LayerStoreError.self, sourceLocation: location) {
            try repository.importImage(written.reference, jobs: 1)
        }
    }

    @Test func whatThereIsNoRefForStays() throws {
        // A commit that only another one's history names has the same files as the first layer.
        let first = try repository.importing(ImageSample.streams[0])
        let tree = try repository.repository.commit(first.layer.commit).tree
        let transaction = try Transaction(in: repository.repository)
        let old = try transaction.write(CommitDraft(subject: "before"), root: tree)
        try transaction.commit()
        try repository.repository.remove(ref: first.ref)
        try failToImport(broken())
        #expect(try repository.repository.isWhole(old))
        #expect(try repository.refs().isEmpty)
        #expect(try repository.damage() == nil)
    }

    @Test func refsOfOthersShowWhatTheyShowed() throws {
        let image = try broken()
        let ref = LayerRefs.blob(try #require(Digest(oci: image.layers[0].digest)))
        let transaction = try Transaction(in: repository.repository)
        let root = DirectoryReference(
            contents: try transaction.write(DirectoryTree()),
            metadata: try transaction.writeDirectoryAttributes(FileAttributes(mode: 0o755)))
        let foreign = try transaction.write(CommitDraft(subject: "by somebody else"), root: root)
        try transaction.commit()
        try repository.repository.set(ref: ref, to: foreign)
        try failToImport(image)
        #expect(try repository.refs() == [ref: foreign])
        #expect(try repository.repository.isWhole(foreign))
        #expect(try repository.damage() == nil)
    }

    @Test func aNewRefOfALayerThatWasThereGoes() throws {
        var good = ImageBuilder(.oci)
        try good.add(ImageSample.streams[0], .zlib)
        try repository.importImage(good)
        let before = try repository.refs()
        let objects = try repository.objectCount()
        try failToImport(broken())
        #expect(try repository.refs() == before)
        #expect(try repository.objectCount() == objects)
    }

    @Test func whatBecamePartOfAnImageMeanwhileStays() throws {
        let brought = BroughtObjects()
        let layout = try ImageBuilder(.oci, Array(ImageSample.streams.prefix(2)), .gzip)
            .write(.layout, to: repository.folder.path("good"))
        // Another import has brought the first layer, and its blob's recipe.
        let importer = ImageImporter(into: repository.repository, .init(blobs: .replay))
        let (layer, _) = try importer.importLayer(
            from: LayerSource(layout.blobs[0]), at: layout.blobs[0], keepsBlob: true)
        brought.add(layer)
        let form = LayerRefs.blobForm(layer.blob)
        brought.add(try #require(try repository.repository.resolve(ref: form)), ofBlob: layer.blob)
        let image = try repository.importImage(layout.reference)
        #expect(image.layers[0].imported == nil)
        // It fails now.
        #expect(brought.withdraw(by: .standard, in: repository.repository) == nil)
        let pushed = try repository.push(layout.reference, to: "oci:" + repository.folder.path("out") + ":x")
        #expect(pushed.keepsDigests)
    }

    @Test func aRepositoryThatIsNotWholeIsNoReasonToLeaveAnything() throws {
        let other = try repository.importing(ImageSample.streams[3])
        let tree = try repository.repository.commit(other.layer.commit).tree.contents.hex
        try FileManager.default.removeItem(
            atPath: repository.path + "/objects/\(tree.prefix(2))/\(tree.dropFirst(2)).dirtree")
        let objects = try repository.objectCount()
        try failToImport(broken())
        #expect(try repository.objectCount() == objects)
        #expect(try repository.refs() == [other.ref: other.layer.commit])
    }

    @Test func aLayerThatLostAnObjectIsImportedAgain() throws {
        let written = try ImageSample.image(.oci).write(.layout, to: repository.folder.path("layout"))
        let image = try repository.importImage(written.reference)
        let tree = try repository.repository.commit(image.layers[0].imported!.layer.commit).tree.contents.hex
        try FileManager.default.removeItem(
            atPath: repository.path + "/objects/\(tree.prefix(2))/\(tree.dropFirst(2)).dirtree")
        #expect(try repository.importImage(written.reference).layers[0].imported != nil)
        #expect(try repository.push(written.reference, to: "oci:" + repository.folder.path("out")).keepsDigests)
    }

    @Test func sizesOfHeldLayersAreCompared() throws {
        for compression in [ImageBuilder.Compression.none, .gzip] {
            let name = "sizes-\(compression)"
            var image = try ImageBuilder(.oci, [ImageSample.streams[2]], compression)
            try repository.importImage(image)
            image.layers[0].byteCount += 1
            let written = try image.write(.layout, to: repository.folder.path(name))
            let error = #expect(throws: LayerStoreError.self) { try repository.importImage(written.reference) }
            #expect("\(error!)".contains("bytes instead of"))
        }
    }

    @Test(arguments: [Int.max, 1 << 50])
    func sizesThatNoImageHasAreRefused(_ size: Int) throws {
        var image = try ImageBuilder(.oci, Array(ImageSample.streams.prefix(3)))
        for index in 0..<3 { image.layers[index].byteCount = size }
        let written = try image.write(.layout, to: repository.folder.path("layout"))
        let error = #expect(throws: LayerStoreError.self) { try repository.importImage(written.reference) }
        #expect("\(error!)".contains("more bytes together"))
    }

    @Test func aBlobOfTheRightNameAndSizeIsComparedByAPush() throws {
        let written = try ImageSample.image(.oci).write(.layout, to: repository.folder.path("layout"))
        try repository.importImage(written.reference)
        let out = repository.folder.path("out")
        try repository.push(written.reference, to: "oci:\(out):x")
        let blob = out + "/blobs/sha256/" + URL(filePath: written.blobs[1]).lastPathComponent
        var bytes = try Data(contentsOf: URL(filePath: blob))
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: URL(filePath: blob))
        let pushed = try repository.push(written.reference, to: "oci:\(out):x")
        #expect(pushed.layers.map { $0.method == "was there already" } == [true, false, true, true, true])
        #expect(try Data(contentsOf: URL(filePath: blob)) == Data(contentsOf: URL(filePath: written.blobs[1])))
    }

    @Test func namesAndPlacesThatCannotBeMeantAreRefused() throws {
        let written = try ImageSample.image(.oci).write(.layout, to: repository.folder.path("layout"))
        try repository.importImage(written.reference, named: "a")
        let importer = ImageImporter(into: repository.repository, .init())
        for name in ["a/b", String(repeating: "x", count: 300)] {
            #expect(throws: LayerStoreError.self, "\(name)") { try importer.checkName(name) }
        }
        try importer.checkName("a")
        for place in ["oci:", "oci::x", "dir:"] {
            #expect(throws: LayerStoreError.self, "\(place)") { try repository.push("a", to: place) }
        }
        let opener = ImageOpener(platform: Platform("linux/s390x")!, temporaryFolder: repository.folder.path)
        let error = #expect(throws: LayerStoreError.self) {
            _ = try opener.open(ImageReference(written.reference)!, mustMatch: true)
        }
        #expect("\(error!)".contains("not for linux/s390x"))
    }
}
