import Digests
import Foundation
import LayerStore
import OSTree
import Strategies
import Tar
import TestSupport
import Testing

/// Damage in a repository: a rebuild says what and where, and never gives other bytes as the layer.
@Suite struct DamageTests {
    private static let stream = TarBuilder.stream { tar in
        tar.file("usr/first", Array("the first payload".utf8))
        tar.file("usr/second", Array("the second payload".utf8))
        tar.file("dev/orphan", Array("an orphan".utf8))
    }

    enum Damage: String, CaseIterable { case flipped, missing, truncated, emptied }

    @Test(arguments: RepositoryMode.allCases, Damage.allCases)
    func damagedObjectIsFoundWithItsSegment(_ mode: RepositoryMode, _ damage: Damage) throws {
        let temporary = try TemporaryRepository(mode)
        let layer = try temporary.importing(Self.stream)
        let extent = mode == .archive ? "filez" : "file"
        let tree = try temporary.tree(layer.ref, "-C")
        let object = try #require(tree.first { $0.hasSuffix("/usr/second") }?.split(separator: " ").dropLast().last)
        let path = temporary.path + "/objects/\(object.prefix(2))/\(object.dropFirst(2)).\(extent)"
        try inflict(damage, on: path)

        let error = try #require(throws: LayerStoreError.self) { try temporary.rebuild(layer.ref) }
        #expect(error.kind == .check)
        #expect(error.message.contains("segment 3, at byte 15"), "\(error.message)")
        #expect(!error.message.contains("\n"))
    }

    @Test func withoutVerificationDamageGoesUnseen() throws {
        let temporary = try TemporaryRepository()
        let layer = try temporary.importing(Self.stream)
        let object = try #require(try temporary.listing().keys.first { $0.hasSuffix(".file") })
        try inflict(.flipped, on: temporary.path + "/" + object)
        let sink = MemorySink()
        try Rebuilder(layer.ref, in: temporary.repository).rebuild(into: sink, verify: false)
        #expect(sink.bytes != Self.stream && sink.bytes.count == Self.stream.count)
    }

    /// Every byte of what each storage keeps, flipped in its file: the rebuild throws, or nothing of it mattered.
    @Test(arguments: ["raw", "zstd:3"], Catalogue.storages.indices)
    func damagedRecipeNeverGivesAnotherStream(_ encoding: String, _ storageIndex: Int) throws {
        let storage = Catalogue.storages[storageIndex]
        guard !storage.isFloor else { return }
        let temporary = try TemporaryRepository(.bareUser)
        let layer = try temporary.importing(Self.stream, strategy: strategy("\(encoding)@\(storage.name)"))
        let envelope = try storage.init().load(layer.layer, in: temporary.repository).bytes
        let (file, start) = try find(envelope, in: temporary.path)
        let sound = Array(try Data(contentsOf: URL(filePath: file)))
        let stride = TestScale.isFull ? 1 : 7
        for offset in Swift.stride(from: 0, to: envelope.count, by: stride) {
            var damaged = sound
            damaged[start + offset] ^= 1 << UInt8(offset % 8)
            try overwrite(file, damaged)
            do {
                let stream = try temporary.rebuild(layer.ref)
                #expect(stream == Self.stream, "byte \(offset) of \(envelope.count)")
                #expect(encoding != "raw" || offset < envelope.count - layer.recipeBytes, "byte \(offset)")
            } catch let error as LayerStoreError {
                #expect(error.kind == .check, "byte \(offset): \(error)")
            }
        }
        for count in [0, 1, 40, envelope.count - 1] where storage.name == "sidecar" {
            try overwrite(file, Array(sound.prefix(count)))
            let error = #expect(throws: LayerStoreError.self) { try temporary.rebuild(layer.ref) }
            #expect(error?.kind == .check)
        }
        try overwrite(file, sound)
        #expect(try temporary.rebuild(layer.ref) == Self.stream)
    }

    /// Long recipes are read piece by piece, while the stream is written: damage behind the first piece.
    @Test(arguments: Catalogue.storages.indices)
    func damageFarBehindIsFound(_ storageIndex: Int) throws {
        let storage = Catalogue.storages[storageIndex]
        guard !storage.isFloor else { return }
        let stream = TarBuilder.stream { tar in
            for number in 0..<500 { tar.file("usr/file-\(number)", [UInt8](repeating: 7, count: 100)) }
        }
        let temporary = try TemporaryRepository(.bareUser)
        let layer = try temporary.importing(stream, strategy: strategy("raw@\(storage.name)"))
        let envelope = try storage.init().load(layer.layer, in: temporary.repository).bytes
        #expect(envelope.count > 400_000)
        let (file, start) = try find(envelope, in: temporary.path)
        let sound = Array(try Data(contentsOf: URL(filePath: file)))
        let output = try TemporaryFolder()
        for offset in [200_000, 300_001, envelope.count - 1] {
            var flipped = sound
            flipped[start + offset] ^= 4
            for damaged in [flipped, Array(sound.prefix(start + offset))] {
                try overwrite(file, damaged)
                let error = #expect(throws: LayerStoreError.self, "byte \(offset)") {
                    let sink = try FileSink(output.path("layer.tar"))
                    try Rebuilder(layer.ref, in: temporary.repository).rebuild(into: sink)
                    try sink.finish()
                }
                #expect(error?.kind == .check, "byte \(offset): \(error as Any)")
                #expect(try TemporaryFolder.listing(of: output.path).isEmpty)
            }
        }
        try overwrite(file, sound)
        #expect(try temporary.rebuild(layer.ref) == stream)
    }

    @Test func missingRecipesAreNamed() throws {
        let temporary = try TemporaryRepository()
        let layer = try temporary.importing(Self.stream, strategy: strategy("raw@sidecar"))
        try FileManager.default.removeItem(
            atPath: temporary.path + "/extensions/layerlab/\(layer.layer.commit.hex).recipe")
        let sidecar = #expect(throws: LayerStoreError.self) { try temporary.rebuild(layer.ref) }
        #expect(sidecar?.kind == .check && sidecar?.message.contains("extensions/layerlab") == true)

        let again = try temporary.importing(Self.stream, strategy: strategy("raw@separate-ref"))
        let ref = try #require(temporary.repository.refs(below: "layerlab/recipe").keys.first)
        try temporary.repository.remove(ref: ref)
        // The commit is still there until somebody prunes.
        #expect(try temporary.rebuild(again.ref) == Self.stream)
        #expect(try temporary.ostree("prune", "--refs-only").exitCode == 0)
        let separate = #expect(throws: LayerStoreError.self) { try temporary.rebuild(again.ref) }
        #expect(separate?.kind == .check && separate?.message.contains("is gone") == true)
    }

    @Test func anotherLayersRecipeIsRefused() throws {
        let temporary = try TemporaryRepository()
        let one = try temporary.importing(Self.stream, strategy: strategy("raw@sidecar"))
        let two = try temporary.importing(TarSample.rich.bytes, strategy: strategy("raw@sidecar"))
        let folder = temporary.path + "/extensions/layerlab/"
        try overwrite(
            folder + "\(one.layer.commit.hex).recipe",
            Array(try Data(contentsOf: URL(filePath: folder + "\(two.layer.commit.hex).recipe"))))
        let error = #expect(throws: LayerStoreError.self) { try temporary.rebuild(one.ref) }
        #expect(error?.kind == .check)
    }

    @Test func fileSinkLeavesNothingOnFailure() throws {
        let temporary = try TemporaryRepository()
        let layer = try temporary.importing(Self.stream)
        let object = try #require(try temporary.listing().keys.first { $0.hasSuffix(".file") })
        try inflict(.flipped, on: temporary.path + "/" + object)
        let output = try TemporaryFolder()
        try output.write([1, 2], to: "old.tar")
        for name in ["new.tar", "old.tar"] {
            #expect(throws: LayerStoreError.self) {
                try Rebuilder(layer.ref, in: temporary.repository).rebuild(into: FileSink(output.path(name)))
            }
        }
        #expect(try TemporaryFolder.listing(of: output.path) == ["old.tar": SHA256Stream.digest(of: [1, 2]).hex])
    }

    @Test func fileSinkGivesTheNameAtTheEnd() throws {
        let output = try TemporaryFolder()
        try output.write([1, 2], to: "file")
        let sink = try FileSink(output.path("file"))
        try sink.write([3, 4, 5])
        #expect(try output.read("file") == [1, 2])
        try sink.finish()
        #expect(try output.read("file") == [3, 4, 5])
        #expect(try TemporaryFolder.listing(of: output.path).count == 1)
        #expect(throws: LayerStoreError.self) { _ = try FileSink(output.path("none/file")) }
        #expect(throws: LayerStoreError.self) { _ = try FileSink(output.path) }
    }

    private func inflict(_ damage: Damage, on path: String) throws {
        var bytes = Array(try Data(contentsOf: URL(filePath: path)))
        switch damage {
        case .missing:
            try FileManager.default.removeItem(atPath: path)
            return
        case .flipped: bytes[bytes.count - 3] ^= 0x10
        case .truncated: bytes.removeLast(3)
        case .emptied: bytes = []
        }
        try overwrite(path, bytes)
    }

    /// Writes in place, so that the file keeps its extended attributes.
    private func overwrite(_ path: String, _ bytes: [UInt8]) throws {
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.truncate(atOffset: 0)
        try handle.write(contentsOf: Data(bytes))
        try handle.close()
    }

    /// The one file below a folder that holds the bytes, and where.
    private func find(_ bytes: [UInt8], in folder: String) throws -> (file: String, offset: Int) {
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
            guard let data = FileManager.default.contents(atPath: folder + "/" + name) else { continue }
            if let range = data.firstRange(of: Data(bytes)) { return (folder + "/" + name, range.lowerBound) }
        }
        throw ProgramError(description: "no file in \(folder) holds the bytes")
    }
}
