import Digests
import Foundation
import LayerStore
import OSTree
import Strategies
import TestSupport
import Testing

/// What holds for every storage of the catalogue, in every mode.
@Suite struct StorageLawTests {
    private static let envelope = envelope()

    private static func envelope(
        diffID: Digest = RecipeSample.counting, attachment: [UInt8] = [],
        recipe: [UInt8] = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    ) -> Envelope {
        Envelope(
            diffID: diffID, streamLength: 300, encoding: "raw", policy: "identity", attachment: attachment,
            recipe: recipe)
    }

    /// Keeps an envelope, with orphans of these bytes, as an import does; the layer's own tree is one folder.
    private func keep(
        _ envelope: Envelope, by storage: any Storage, orphans: [[UInt8]] = [], in repository: Repository,
        rootMode: UInt32 = 0o700
    ) throws -> StoredLayer {
        let transaction = try Transaction(in: repository)
        let objects = try orphans.map { try transaction.writeFile($0[...], FileAttributes(mode: 0o644)) }
        let root = DirectoryReference(
            contents: try transaction.write(DirectoryTree()),
            metadata: try transaction.writeDirectoryAttributes(FileAttributes(mode: rootMode)))
        var draft = CommitDraft(subject: "layer")
        try storage.attach(envelope, orphans: objects, to: &draft, in: transaction)
        let layer = StoredLayer(diffID: envelope.diffID, commit: try transaction.write(draft, root: root))
        try storage.finish(envelope, commit: layer.commit, in: repository)
        try transaction.setRef("layer", to: layer.commit)
        try transaction.commit()
        return layer
    }

    @Test(arguments: StorageCase.keeping, RepositoryMode.allCases)
    func loadingGivesWhatWasKept(_ test: StorageCase, _ mode: RepositoryMode) throws {
        let temporary = try TemporaryRepository(mode)
        let big = Self.envelope(recipe: [UInt8](repeating: 5, count: 300_000))
        let empty = Self.envelope(recipe: [])
        let attached = Self.envelope(attachment: (0..<500).map { UInt8(truncatingIfNeeded: $0 &* 3) })
        for envelope in [Self.envelope, big, empty, attached] {
            let layer = try keep(envelope, by: test.storage, orphans: [[1], [2, 2]], in: temporary.repository)
            #expect(try test.storage.load(layer, in: temporary.repository) == envelope)
            let reopened = try Repository(opening: temporary.path)
            #expect(try test.storage.load(layer, in: reopened) == envelope)
            #expect(try temporary.ostree("prune", "--refs-only").exitCode == 0)
            #expect(try test.storage.load(layer, in: temporary.repository) == envelope)
        }
        #expect(try temporary.damage() == nil)
    }

    @Test(arguments: StorageCase.keeping, RepositoryMode.allCases)
    func recipeCanBeLoadedBeforeTheTransactionEnds(_ test: StorageCase, _ mode: RepositoryMode) throws {
        let temporary = try TemporaryRepository(mode, isDurable: true)
        let transaction = try Transaction(in: temporary.repository)
        let root = DirectoryReference(
            contents: try transaction.write(DirectoryTree()),
            metadata: try transaction.writeDirectoryAttributes(FileAttributes(mode: 0o755)))
        var draft = CommitDraft(subject: "layer")
        try test.storage.attach(Self.envelope, orphans: [], to: &draft, in: transaction)
        let layer = StoredLayer(diffID: Self.envelope.diffID, commit: try transaction.write(draft, root: root))
        try test.storage.finish(Self.envelope, commit: layer.commit, in: temporary.repository)
        #expect(try test.storage.load(layer, in: temporary.repository) == Self.envelope)
        transaction.abort()
        try test.storage.erase(layer, in: temporary.repository)
        #expect(throws: (any Error).self) { try test.storage.load(layer, in: temporary.repository) }
    }

    @Test(arguments: StorageCase.all, RepositoryMode.allCases)
    func absentLayerThrows(_ test: StorageCase, _ mode: RepositoryMode) throws {
        let temporary = try TemporaryRepository(mode)
        // A commit that is there, without a recipe.
        let other = Self.envelope(diffID: SHA256Stream.digest(of: [1]))
        var layer = try keep(other, by: Discard(), in: temporary.repository)
        layer.diffID = Self.envelope.diffID
        let error = #expect(throws: StrategyError.self) { try test.storage.load(layer, in: temporary.repository) }
        #expect(error?.kind == .absent && error?.part == test.description)
        if !test.isFloor {
            let cost = #expect(throws: StrategyError.self) {
                try test.storage.footprint(layer, in: temporary.repository)
            }
            #expect(cost?.kind == .absent)
        }
        try test.storage.erase(layer, in: temporary.repository)
    }

    @Test(arguments: StorageCase.all, RepositoryMode.allCases)
    func orphansLiveUntilNoLayerNamesThem(_ test: StorageCase, _ mode: RepositoryMode) throws {
        let temporary = try TemporaryRepository(mode)
        let orphans: [[UInt8]] = (0..<12).map { [$0, $0] }
        let layer = try keep(Self.envelope, by: test.storage, orphans: orphans, in: temporary.repository)
        func alive() throws -> Int {
            #expect(try temporary.ostree("prune", "--refs-only").exitCode == 0)
            return try temporary.listing().keys.filter { $0.hasSuffix(".file") || $0.hasSuffix(".filez") }.count
        }
        let own = test.description == "separate-ref" ? 1 : 0
        #expect(try alive() == (test.isFloor ? 0 : orphans.count + own))
        try LayerRefs.Companion.removeStale(of: layer.diffID, keeping: [layer], in: temporary.repository)
        #expect(try alive() == (test.isFloor ? 0 : orphans.count + own))
        try test.storage.erase(layer, in: temporary.repository)
        try LayerRefs.Companion.removeStale(of: layer.diffID, keeping: [], in: temporary.repository)
        #expect(try alive() == 0)
        #expect(try temporary.repository.refs(below: "layerlab").isEmpty)
        #expect(try !temporary.listing().keys.contains { $0.hasSuffix(".recipe") || $0.hasSuffix(".commitmeta") })
    }

    @Test(arguments: StorageCase.all, RepositoryMode.allCases)
    func footprintIsWhatIsOnDisk(_ test: StorageCase, _ mode: RepositoryMode) throws {
        let (floor, kept) = (try TemporaryRepository(mode), try TemporaryRepository(mode))
        let bare = try keep(Self.envelope, by: Discard(), in: floor.repository)
        let layer = try keep(Self.envelope, by: test.storage, in: kept.repository)
        let footprint = try test.storage.footprint(layer, in: kept.repository)

        let before = try floor.listing()
        let added = try kept.listing().keys.filter {
            before[$0] == nil && !$0.hasSuffix("/") && !$0.hasSuffix(layer.commit.hex.dropFirst(2) + ".commit")
        }
        let files = added.filter { !$0.hasPrefix("refs/") }
        #expect(footprint.files == files.count && footprint.refs == added.count - files.count, "\(added)")
        let growth =
            try kept.repository.storedByteCount(.commit, layer.commit)
            - floor.repository.storedByteCount(.commit, bare.commit)
        let bytes = try files.reduce(UInt64(0)) { try $0 + size(of: kept.path + "/" + $1) }
        if files.isEmpty, !test.isFloor {
            // All is in the commit. The key and GVariant's frame come on top.
            #expect(footprint.bytes >= UInt64(Self.envelope.byteCount))
            #expect(footprint.bytes == UInt64(Self.envelope.byteCount) || test.description != CommitMetadata.name)
            #expect(growth >= footprint.bytes && growth < footprint.bytes + 64)
        } else {
            // A companion is named by its checksum.
            #expect(footprint.bytes == bytes && (growth == 0 || footprint.refs == 1 && growth < 144))
        }
    }

    /// What an encoding keeps beside its bytes is no less stored than these.
    @Test(arguments: StorageCase.keeping, RepositoryMode.allCases)
    func footprintCountsTheAttachment(_ test: StorageCase, _ mode: RepositoryMode) throws {
        // Random, so that no mode compresses it.
        var generator = SeededGenerator(seed: 7)
        let attached = Self.envelope(attachment: generator.bytes(5000))
        let footprints = try [Self.envelope, attached].map { envelope in
            let temporary = try TemporaryRepository(mode)
            let layer = try keep(envelope, by: test.storage, in: temporary.repository)
            return try test.storage.footprint(layer, in: temporary.repository)
        }
        #expect(attached.byteCount == Self.envelope.byteCount + 5000 + 2)
        #expect(footprints[1].bytes >= footprints[0].bytes + 5000)
        #expect(footprints[1].files == footprints[0].files && footprints[1].refs == footprints[0].refs)
    }

    @Test(arguments: StorageCase.all, RepositoryMode.allCases)
    func equalInputGivesEqualRepositories(_ test: StorageCase, _ mode: RepositoryMode) throws {
        let (one, two) = (try TemporaryRepository(mode), try TemporaryRepository(mode))
        let layers = try [one, two].map {
            try keep(Self.envelope, by: test.storage, orphans: [[1]], in: $0.repository)
        }
        #expect(layers[0] == layers[1])
        #expect(try one.listing() == two.listing())
    }

    /// A later import of the same layer by another storage: what the old one kept goes, the orphans stay.
    @Test(arguments: StorageCase.all, StorageCase.all)
    func anotherStorageTakesOver(_ old: StorageCase, _ new: StorageCase) throws {
        let stream = TarBuilder.stream { $0.file("dev/orphan", [1, 2, 3]) }
        let temporary = try TemporaryRepository()
        let strategies = [old, new].map { Strategy(encoding: Raw(), storage: $0.storage) }
        let first = try temporary.importing(stream, strategy: strategies[0])
        let second = try temporary.importing(stream, strategy: strategies[1])
        if old.description != new.description {
            #expect(throws: (any Error).self) { try old.storage.load(second.layer, in: temporary.repository) }
        }
        let sidecars = try temporary.listing().keys.filter { $0.hasSuffix(".recipe") }
        #expect(sidecars.count == (new.description == Sidecar.name ? 1 : 0))
        let detached = try temporary.listing().keys.filter { $0.hasSuffix(".commitmeta") }
        #expect(detached.count == (new.description == DetachedMetadata.name ? 1 : 0))
        let expected = new.isFloor ? [] : [new.description == SeparateRef.name ? "recipe" : "orphans"]
        let refs = try temporary.repository.refs(below: "layerlab").keys.map { $0.split(separator: "/")[1] }
        #expect(refs.map(String.init) == expected)
        #expect(first.ref == second.ref)
        guard !new.isFloor else { return }
        #expect(try temporary.ostree("prune", "--refs-only").exitCode == 0)
        #expect(try temporary.rebuild(second.ref) == stream)
    }

    /// Signatures are neighbours of the recipe: neither takes the other away.
    @Test(arguments: RepositoryMode.allCases)
    func detachedMetadataOfOthersStay(_ mode: RepositoryMode) throws {
        let temporary = try TemporaryRepository(mode)
        let (repository, key) = (temporary.repository, "layerlab.test")
        let layer = try keep(Self.envelope, by: Discard(), in: repository)
        try repository.setDetached(key, to: [1, 2, 3], of: layer.commit)
        let storage = DetachedMetadata()
        for envelope in [Self.envelope, Self.envelope(recipe: [9])] {
            try storage.finish(envelope, commit: layer.commit, in: repository)
            #expect(try storage.load(layer, in: repository) == envelope)
            #expect(try repository.detachedBytes(key, of: layer.commit) == [1, 2, 3])
        }
        let shared = try storage.footprint(layer, in: repository)
        #expect(shared == Footprint(bytes: UInt64(Self.envelope(recipe: [9]).byteCount), files: 0, refs: 0))
        try storage.erase(layer, in: repository)
        #expect(throws: StrategyError.self) { try storage.load(layer, in: repository) }
        #expect(try repository.detachedBytes(key, of: layer.commit) == [1, 2, 3])
        try repository.setDetached(key, to: nil, of: layer.commit)
        #expect(try !temporary.listing().keys.contains { $0.hasSuffix(".commitmeta") })
        #expect(try temporary.damage() == nil)
    }

    /// An import of the same layer has the same commit: what proves it must be what it wrote, not what lay there.
    @Test func detachedMetadataAreWrittenAnewOverWhatIsThere() throws {
        let stream = TarBuilder.stream { tar in for number in 0..<400 { tar.file("usr/file-\(number)", [1]) } }
        let temporary = try TemporaryRepository()
        let strategy = Strategy(encoding: Raw(), storage: DetachedMetadata())
        let first = try temporary.importing(stream, strategy: strategy)
        let file = try #require(try temporary.listing().keys.first { $0.hasSuffix(".commitmeta") })
        let path = temporary.path + "/" + file
        let whole = try Data(contentsOf: URL(filePath: path))
        #expect(whole.count > 200_000)

        // A neighbour before the recipe moves it; a second one comes behind it.
        try temporary.repository.setDetached("a", to: [UInt8](repeating: 1, count: 5_000), of: first.layer.commit)
        let second = try temporary.importing(stream, strategy: strategy)
        #expect(second.layer == first.layer)
        #expect(try temporary.rebuild(first.ref) == stream)
        #expect(try temporary.repository.detachedBytes("a", of: first.layer.commit)?.count == 5_000)

        var damaged = whole
        damaged[whole.count / 2] ^= 1
        try damaged.write(to: URL(filePath: path))
        #expect(throws: LayerStoreError.self) { try temporary.rebuild(first.ref) }
        try temporary.importing(stream, strategy: strategy)
        #expect(try temporary.rebuild(first.ref) == stream)
    }

    /// Nobody checks detached metadata: what is no dictionary, or another's, is an error and no trap.
    @Test(arguments: [[], [0], [1, 2, 3], [UInt8](repeating: 0xff, count: 4_000)])
    func damagedDetachedMetadataAreAnError(_ bytes: [UInt8]) throws {
        let temporary = try TemporaryRepository()
        let layer = try keep(Self.envelope, by: DetachedMetadata(), in: temporary.repository)
        let path = try #require(try temporary.listing().keys.first { $0.hasSuffix(".commitmeta") })
        try Data(bytes).write(to: URL(filePath: temporary.path + "/" + path))
        #expect(throws: StrategyError.self) { try DetachedMetadata().load(layer, in: temporary.repository) }
        #expect(try temporary.damage() == nil)
        try DetachedMetadata().finish(Self.envelope, commit: layer.commit, in: temporary.repository)
        #expect(try DetachedMetadata().load(layer, in: temporary.repository) == Self.envelope)
    }

    private func size(of path: String) throws -> UInt64 {
        try #require(FileManager.default.attributesOfItem(atPath: path)[.size] as? UInt64)
    }
}
