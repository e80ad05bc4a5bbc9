import Digests
import Foundation
import LayerStore
import OSTree
import Strategies
import TestSupport
import Testing

/// Single bits and truncations of what a strategy keeps, at all positions: a rebuild throws, or gives the layer.
@Suite struct DamageLawTests {
    /// Each entry of the catalogue, by its name.
    static let strategies = Catalogue.allStrategies.map(\.description)

    /// How many positions of a stored file are tried: in `make damage` all of most files and as many of those of `raw`, in
    /// `make test` some.
    private static let flipCount = TestScale.isFull ? 4096 : 48
    private static let cutCount = TestScale.isFull ? 1024 : 24

    @Test(arguments: strategies)
    func damagedRecipesNeverGiveAnotherStream(_ name: String) throws {
        let temporary = try TemporaryRepository(.bareUser)
        let (layer, stream) = try DamageSample.imported(into: temporary, by: strategy(name))
        let storage = try strategy(name).storage
        let envelope = try storage.load(layer.layer, in: temporary.repository).bytes
        let file = try StoredBytes.holding(envelope, in: temporary.path)
        // A damaged commit is refused by its checksum. What is behind that has to hold alone, too.
        let isCommit = file.path.hasSuffix(".commit")
        var (counts, unguarded) = (DamageCounts(), DamageCounts())
        func rebuild() -> LayerStoreError? {
            let error = counts.rebuild(layer.ref, in: temporary, expecting: stream)
            guard isCommit else { return error }
            #expect(error?.message.contains(layer.layer.commit.hex) == true)
            unguarded.rebuild(layer.layer, keptBy: storage, in: temporary, expecting: stream)
            return error
        }
        var generator = SeededGenerator(seed: UInt64(Self.strategies.firstIndex(of: name) ?? 0))
        for (number, bit) in generator.positions(below: file.sound.count * 8, atMost: Self.flipCount).enumerated() {
            try file.flip(bit: bit)
            let error = rebuild()
            #expect(error == nil || error?.kind == .check, "bit \(bit): \(error as Any)")
            if number % (TestScale.isFull ? 101 : 12) == 0 {
                try expectNamed(layer, in: temporary, where: error != nil, "bit \(bit)")
            }
            try file.flipBack(bit: bit)
        }
        // From the longest to the shortest, so that each needs one cut.
        let cuts = generator.positions(below: file.sound.count, atMost: Self.cutCount).reversed()
        for (number, count) in cuts.enumerated() {
            try file.cut(at: count)
            let error = rebuild()
            #expect(error?.kind == .check, "cut at \(count): \(error as Any)")
            if number % (TestScale.isFull ? 101 : 12) == 0 {
                try expectNamed(layer, in: temporary, where: true, "cut at \(count)")
            }
        }
        #expect(counts.silent == 0 && unguarded.silent == 0)
        try file.mend()
        #expect(try temporary.rebuild(layer.ref) == stream)
        let verdict = try #require(try deepVerdict(layer, in: temporary))
        #expect(verdict.isSound && verdict.isExact == true, "\(verdict.damages)")
        counts.tell(name)
        if isCommit { unguarded.tell("\(name), the commit's checksum not looked at") }
    }

    /// What stops a rebuild is among what `verify --deep` names.
    private func expectNamed(
        _ layer: ImportedLayer, in temporary: TemporaryRepository, where isStopped: Bool, _ what: String
    ) throws {
        let verdict = try #require(try deepVerdict(layer, in: temporary))
        guard isStopped else { return }
        #expect(!verdict.isSound, "\(what)")
        #expect(verdict.damages.allSatisfy { !$0.reason.isEmpty }, "\(what)")
    }

    /// A recipe of another layer, or a commit of another layer, in the place of the layer's own.
    @Test(arguments: Catalogue.storages.filter { !$0.isFloor }.map { $0.name })
    func anotherLayersCommitIsRefused(_ storage: String) throws {
        let temporary = try TemporaryRepository(.bareUser)
        let one = try temporary.importing(DamageSample.rich, strategy: strategy("raw@\(storage)"))
        let two = try temporary.importing(TarSample.rich.bytes, strategy: strategy("raw@\(storage)"))
        let commit = try StoredBytes(temporary.path(.commit, one.layer.commit))
        try commit.overwrite(try StoredBytes(temporary.path(.commit, two.layer.commit)).sound)
        for name in [one.ref, one.layer.diffID.description] {
            let error = #expect(throws: LayerStoreError.self) { try temporary.rebuild(name) }
            #expect(error?.kind == .check && error?.message.contains(one.layer.commit.hex) == true, "\(error as Any)")
        }
        let verdict = try #require(try deepVerdict(one, in: temporary))
        #expect(verdict.damages.contains { $0.part == .commit && $0.object == one.layer.commit })
        #expect(try temporary.rebuild(two.ref) == TarSample.rich.bytes)
    }
}

/// What `verify --deep` says of a layer.
func deepVerdict(_ layer: ImportedLayer, in temporary: TemporaryRepository) throws -> LayerVerdict? {
    let name = try StoredLayers(in: temporary.repository).locate(layer.ref)
    return try LayerVerification(in: temporary.repository).verifyDeeply(name)
}

/// Layers with a little of everything, small enough to be damaged at each bit.
enum DamageSample {
    static let rich = TarBuilder.stream { tar in
        tar.directory("usr/") { $0.userID = 5 }
        tar.file("usr/a", Array("hello".utf8)) { ($0.userID, $0.modificationTime) = (1000, 1_700_000_000) }
        tar.extendedAttribute("user.note", [1, 2])
        tar.file("usr/b", [UInt8](repeating: 7, count: 600))
        tar.hardLink("usr/c", to: "usr/a")
        tar.symbolicLink("usr/d", to: "a")
        tar.file("usr/b", Array("the second".utf8))
        tar.file("usr/lib/twin", Array("hello".utf8)) { $0.userID = 1000 }
        tar.file("dev/orphan", Array("an orphan".utf8))
        tar.file("dev/other", Array("one more!".utf8))
    }

    /// For formats that do not carry the other.
    static let plain = TarBuilder.stream { tar in
        tar.directory("usr/") { $0.userID = 5 }
        tar.file("usr/a", Array("hello".utf8)) { $0.userID = 1000 }
        tar.file("usr/b", [UInt8](repeating: 7, count: 600))
        tar.hardLink("usr/c", to: "usr/a")
        tar.symbolicLink("usr/d", to: "a")
        tar.file("dev/orphan", [UInt8](repeating: 9, count: 70))
    }

    static func imported(
        into temporary: TemporaryRepository, by strategy: Strategy
    ) throws -> (layer: ImportedLayer, stream: [UInt8]) {
        for stream in [rich, plain] {
            if let layer = try temporary.importingIfCarried(stream, strategy: strategy) { return (layer, stream) }
        }
        throw ProgramError(description: "\(strategy) carries no sample")
    }
}

extension SeededGenerator {
    /// Positions from 0 on, sorted: all of them, or so many at random.
    mutating func positions(below end: Int, atMost count: Int) -> [Int] {
        guard count < end else { return Array(0..<end) }
        return Set((0..<count).map { _ in Int.random(in: 0..<end, using: &self) }).sorted()
    }
}
