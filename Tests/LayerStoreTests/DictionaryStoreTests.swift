import Digests
import Foundation
import LayerStore
import OSTree
import Strategies
import TestSupport
import Testing

/// Dictionaries in real repositories: once for all layers, through every prune, and back.
@Suite struct DictionaryStoreTests {
    static let dictionary: ZstdDictionary = {
        let samples = (UInt8(0)..<200).map { index in
            TarBuilder.stream { $0.file("usr/share/file-\(index)", [index]) }
        }
        return try! ZstdDictionary.train(on: samples, byteCount: 2048)
    }()

    private static let streams = (UInt8(0)..<2).map { index in
        TarBuilder.stream {
            $0.file("usr/share/file-\(index)", [index, 1])
            $0.file("dev/orphan", [index])
        }
    }

    private func strategy(_ storage: any Storage) throws -> Strategy {
        try Strategy(parsing: "zstd:19,dictionary=\(Self.dictionary.digest.hex)@\(type(of: storage).name)")
    }

    private func importing(
        _ stream: [UInt8], _ strategy: Strategy, given: [ZstdDictionary], into temporary: TemporaryRepository
    ) throws -> ImportedLayer {
        let file = try temporary.folder.write(stream, to: "layer.tar")
        return try Importer(into: temporary.repository, strategy: strategy, proof: .full, dictionaries: given)
            .importLayer(from: LayerSource(file))
    }

    private static let keeping = Catalogue.storages.filter { !$0.isFloor }.map { $0.name }

    @Test(arguments: keeping, RepositoryMode.allCases)
    func layersShareIt(_ storage: String, _ mode: RepositoryMode) throws {
        let temporary = try TemporaryRepository(mode)
        let strategy = try strategy(try #require(Catalogue.storages.first { $0.name == storage }).init())
        var layers: [ImportedLayer] = []
        for (index, stream) in Self.streams.enumerated() {
            layers.append(
                try importing(stream, strategy, given: index == 0 ? [Self.dictionary] : [], into: temporary))
            #expect(try StoredDictionaries(in: temporary.repository).all() == [Self.dictionary.digest])
        }
        #expect(layers.allSatisfy { $0.dictionaryBytes == Self.dictionary.bytes.count })
        #expect(try temporary.ostree("prune", "--refs-only").exitCode == 0)
        #expect(try temporary.damage() == nil)
        for (layer, stream) in zip(layers, Self.streams) { #expect(try temporary.rebuild(layer.ref) == stream) }
        #expect(try StoredDictionaries(in: temporary.repository).load(Self.dictionary.digest) == Self.dictionary.bytes)
        let entry = try StoredLayers(in: temporary.repository).find(layers[0].ref)
        #expect(entry.strategy.description == strategy.description)
    }

    @Test func withoutItNothingIsKept() throws {
        let temporary = try TemporaryRepository()
        let before = try temporary.listing().keys.filter { $0.hasPrefix("refs/") }
        let error = #expect(throws: StrategyError.self) {
            try importing(Self.streams[0], strategy(Sidecar()), given: [], into: temporary)
        }
        #expect(error?.kind == .absent)
        #expect(try temporary.listing().keys.filter { $0.hasPrefix("refs/") }.sorted() == before.sorted())
    }

    @Test func aLayerWithoutItsDictionarySaysSo() throws {
        let temporary = try TemporaryRepository()
        let layer = try importing(Self.streams[0], strategy(Sidecar()), given: [Self.dictionary], into: temporary)
        try temporary.repository.remove(ref: LayerRefs.dictionary(Self.dictionary.digest))
        for _ in 0..<2 {
            let error = #expect(throws: LayerStoreError.self) { try temporary.rebuild(layer.ref) }
            #expect(error?.message.contains("--dictionary FILE") == true)
            #expect(try temporary.ostree("prune", "--refs-only").exitCode == 0)
        }
        _ = try importing(Self.streams[1], strategy(Sidecar()), given: [Self.dictionary], into: temporary)
        #expect(try temporary.rebuild(layer.ref) == Self.streams[0])
    }

    @Test func whatStandsUnderAWrongDigestIsRefused() throws {
        let temporary = try TemporaryRepository()
        let layer = try importing(Self.streams[0], strategy(Sidecar()), given: [Self.dictionary], into: temporary)
        let ref = LayerRefs.dictionary(Self.dictionary.digest)
        let samples = (UInt8(0)..<200).map { index in TarBuilder.stream { $0.file("other/\(index)", [index]) } }
        let other = try ZstdDictionary.train(on: samples, byteCount: 1024)
        for bytes in [other.bytes, [], [1, 2, 3], [UInt8](repeating: 0, count: ZstdDictionary.maximumBytes + 10)] {
            for name in ["dictionary", "else"] {
                let transaction = try Transaction(in: temporary.repository)
                let file = try transaction.writeFile(bytes[...], FileAttributes(mode: 0o644))
                let root = DirectoryReference(
                    contents: try transaction.write(DirectoryTree(files: [(Array(name.utf8), file)])),
                    metadata: try transaction.writeDirectoryAttributes(FileAttributes(mode: 0o755)))
                let commit = try transaction.write(CommitDraft(subject: "hostile"), root: root)
                try transaction.setRef(ref, to: commit)
                try transaction.commit()
                #expect(throws: (any Error).self) { try temporary.rebuild(layer.ref) }
                #expect(throws: (any Error).self) {
                    try StoredDictionaries(in: temporary.repository).load(Self.dictionary.digest)
                }
            }
        }
    }

    @Test func aFailedImportTakesItBack() throws {
        let temporary = try TemporaryRepository()
        // A layer without its proof: the storage cannot write its file.
        let folder = temporary.path + "/extensions/layerlab"
        try FileManager.default.createDirectory(
            atPath: temporary.path + "/extensions", withIntermediateDirectories: true)
        try Data().write(to: URL(filePath: folder))
        #expect(throws: (any Error).self) {
            try importing(Self.streams[0], strategy(Sidecar()), given: [Self.dictionary], into: temporary)
        }
        #expect(try temporary.repository.refs(below: "layerlab").isEmpty)
        #expect(try temporary.repository.refs(below: LayerRefs.blobs).isEmpty)
    }

    @Test func theFloorKeepsNone() throws {
        let temporary = try TemporaryRepository()
        _ = try importing(Self.streams[0], strategy(Discard()), given: [Self.dictionary], into: temporary)
        #expect(try StoredDictionaries(in: temporary.repository).all().isEmpty)
    }

    @Test func aPullTakesItAlong() throws {
        let (origin, copy) = (try TemporaryRepository(), try TemporaryRepository())
        let layer = try importing(Self.streams[0], strategy(SeparateRef()), given: [Self.dictionary], into: origin)
        #expect(
            try copy.ostree("remote", "add", "--no-gpg-verify", "there", "file://" + origin.path).exitCode == 0)
        let companions = try origin.repository.refs(below: "layerlab").keys.filter { !$0.contains("dictionary") }
        #expect(try copy.ostree("pull-local", "--remote=there", origin.path, layer.ref).exitCode == 0)
        for ref in companions {
            #expect(try copy.ostree("pull-local", "--remote=there", origin.path, ref).exitCode == 0)
        }
        let error = #expect(throws: LayerStoreError.self) { try copy.rebuild("there:" + layer.ref) }
        #expect(error?.message.contains("a pull takes") == true)
        let ref = LayerRefs.dictionary(Self.dictionary.digest)
        #expect(try copy.ostree("pull-local", "--remote=there", origin.path, ref).exitCode == 0)
        #expect(try copy.rebuild("there:" + layer.ref) == Self.streams[0])
    }
}
