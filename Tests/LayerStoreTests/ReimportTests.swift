import Digests
import Foundation
import LayerStore
import OSTree
import Strategies
import TestSupport
import Testing

/// A repository keeps one recipe per diff ID, however often and however it is imported.
@Suite struct ReimportTests {
    private static let stream = TarSample.all.first { $0.name == "duplicates" }!.bytes

    @Test(arguments: RepositoryMode.allCases)
    func importingAgainChangesNothing(_ mode: RepositoryMode) throws {
        for strategy in Catalogue.allStrategies {
            let temporary = try TemporaryRepository(mode)
            let first = try temporary.importingIfCarried(TarSample.rich.bytes, strategy: strategy)
            let before = try temporary.listing()
            let second = try temporary.importingIfCarried(TarSample.rich.bytes, strategy: strategy)
            #expect(first?.layer == second?.layer && first?.ref == second?.ref)
            #expect(try temporary.listing() == before, "\(strategy)")
        }
    }

    @Test func plainAndGzipAreTwoRefsToOneCommit() throws {
        let temporary = try TemporaryRepository()
        let plain = try temporary.importing(Self.stream)
        let packed = try temporary.importing(gzip(Self.stream))
        #expect(plain.layer == packed.layer && plain.ref != packed.ref && plain.blob != packed.blob)
        let refs = try temporary.repository.refs(below: "ostree/container/blob")
        #expect(refs == [plain.ref: plain.layer.commit, packed.ref: plain.layer.commit])
        #expect(try StoredLayers(in: temporary.repository).all().map(\.ref) == [plain.ref, packed.ref].sorted())
    }

    /// Whatever storage was there before, what stays is what an import into a new repository leaves.
    @Test(arguments: Catalogue.storages.indices, Catalogue.storages.indices)
    func anotherStrategyMovesAllRefsAndLeavesNothing(_ old: Int, _ new: Int) throws {
        let encoding = Strategy.standard.encoding
        let strategies = [old, new].map { Strategy(encoding: encoding, storage: Catalogue.storages[$0].init()) }
        let mode = RepositoryMode.allCases[(old + new) % 4]
        let packed = try gzip(Self.stream)

        let temporary = try TemporaryRepository(mode)
        let first = try temporary.importing(packed, strategy: strategies[0])
        let second = try temporary.importing(Self.stream, strategy: strategies[1])
        let refs = try temporary.repository.refs(below: "ostree/container/blob")
        #expect(refs == [first.ref: second.layer.commit, second.ref: second.layer.commit])
        #expect(try temporary.ostree("prune", "--refs-only").exitCode == 0)

        let fresh = try TemporaryRepository(mode)
        try fresh.importing(packed, strategy: strategies[1])
        try fresh.importing(Self.stream, strategy: strategies[1])
        #expect(try fresh.ostree("prune", "--refs-only").exitCode == 0)
        func files(_ repository: TemporaryRepository) throws -> [String: String] {
            try repository.listing().filter { !$0.key.hasSuffix("/") }
        }
        #expect(try files(temporary) == files(fresh))
        guard !type(of: strategies[1].storage).isFloor else { return }
        #expect(try temporary.rebuild(first.ref) == Self.stream)
        #expect(try temporary.rebuild(second.ref) == Self.stream)
        #expect(second.orphanCount == 3)
    }

    @Test func anotherPolicyReplacesTheCommit() throws {
        let temporary = try TemporaryRepository()
        let first = try temporary.importing(TarSample.all[2].bytes, policy: .identity)
        let second = try temporary.importing(TarSample.all[2].bytes, policy: .standard)
        #expect(first.ref == second.ref && first.layer.commit != second.layer.commit)
        #expect(try temporary.rebuild(second.ref) == TarSample.all[2].bytes)
    }

    @Test func layersShareTheirObjectsAndNothingElse() throws {
        let temporary = try TemporaryRepository()
        let layers = try TarSample.all.map {
            ($0, try temporary.importing($0.bytes, strategy: strategy("raw@sidecar")))
        }
        for (sample, layer) in layers { #expect(try temporary.rebuild(layer.ref) == sample.bytes, "\(sample)") }
        #expect(try StoredLayers(in: temporary.repository).all().count == TarSample.all.count)
        #expect(try temporary.damage() == nil)
    }

    @Test func discardCannotBeRebuiltAndSaysWhy() throws {
        let temporary = try TemporaryRepository()
        let layer = try temporary.importing(Self.stream, strategy: strategy("raw@discard"))
        #expect(layer.storedBytes == 0)
        let error = #expect(throws: LayerStoreError.self) { try temporary.rebuild(layer.ref) }
        #expect(error?.kind == .input && error?.message.contains("keeps no recipe") == true)
        #expect(try temporary.companions() == [])
    }

    @Test func unknownLayersAreNamedWithWhatIsThere() throws {
        let temporary = try TemporaryRepository()
        let none = #expect(throws: LayerStoreError.self) { try temporary.rebuild("no/such") }
        #expect(none?.kind == .input && none?.message.contains("it holds no layers yet") == true)
        let layer = try temporary.importing(Self.stream)
        let other = #expect(throws: LayerStoreError.self) { try temporary.rebuild(String(repeating: "0", count: 64)) }
        #expect(other?.message.contains(layer.ref) == true)
        #expect(try temporary.ostree("refs", "--create=foreign", layer.ref).exitCode == 0)
        #expect(try temporary.rebuild("foreign") == Self.stream)
    }

    /// What a killed import leaves: companions that no layer names.
    @Test func staleCompanionsGoWithTheNextImport() throws {
        let temporary = try TemporaryRepository()
        let kept = try temporary.importing(Self.stream, strategy: strategy("raw@separate-ref"))
        try temporary.repository.remove(ref: kept.ref)
        #expect(try temporary.companions().count == 1)
        let again = try temporary.importing(Self.stream, strategy: strategy("raw@commit-metadata"))
        #expect(try temporary.repository.refs(below: "layerlab/recipe").isEmpty)
        #expect(try temporary.repository.refs(below: "layerlab/orphans").count == 1)
        #expect(try temporary.rebuild(again.ref) == Self.stream)
    }

    @Test func anUnreadableRefStopsNobody() throws {
        let temporary = try TemporaryRepository()
        let broken = try temporary.importing(TarSample.rich.bytes)
        let hex = broken.layer.commit.hex
        try FileManager.default.removeItem(
            atPath: "\(temporary.path)/objects/\(hex.prefix(2))/\(hex.dropFirst(2)).commit")
        let layer = try temporary.importing(Self.stream)
        #expect(try temporary.rebuild(layer.layer.diffID.hex) == Self.stream)
        #expect(throws: LayerStoreError.self) { try temporary.rebuild(broken.ref) }
    }

    /// ostree fails after it has set the refs of a transaction: nothing that a ref shows may lose its recipe.
    @Test(arguments: Catalogue.allStrategies.map(\.description))
    func aFailureAfterTheCommitLosesNothing(_ name: String) throws {
        let temporary = try TemporaryRepository(.archive)
        let kept = try temporary.importing(Self.stream, strategy: strategy("raw@commit-metadata"))
        #expect(try temporary.ostree("config", "set", "core.auto-update-summary", "true").exitCode == 0)
        try FileManager.default.createDirectory(
            atPath: temporary.path + "/summary/x", withIntermediateDirectories: true)
        let repository = try Repository(opening: temporary.path)
        let file = temporary.path + "-layer.tar"
        try Data(Self.stream).write(to: URL(filePath: file))
        defer { try? FileManager.default.removeItem(atPath: file) }
        let importer = Importer(into: repository, strategy: try strategy(name))
        #expect(throws: (any Error).self) { try importer.importLayer(from: LayerSource(file)) }
        let sink = MemorySink()
        try Rebuilder(kept.ref, in: repository).rebuild(into: sink)
        #expect(sink.bytes == Self.stream)
    }
}
