import ExampleStrategies
import LayerStore
import OSTree
import Strategies
import Tar
import TestSupport
import Testing

/// The examples by themselves; what holds for every encoding and storage is asked of them in `StrategiesTests`.
@Suite struct ExampleStrategyTests {
    /// As a program does that brings them along.
    static let strategies = [
        "once@text-metadata", "once+zstd:3@text-metadata", "tree@text-metadata", "once@separate-ref",
    ]

    init() throws {
        try Catalogue.add(Once.self)
        try Catalogue.add(TextMetadata.self)
    }

    /// Each sample in one mode by one strategy; in all modes by `LAYERLAB_FULL=1`.
    @Test(arguments: RepositoryMode.allCases)
    func everySampleComesBackAlsoAfterAPrune(_ mode: RepositoryMode) throws {
        let temporary = try TemporaryRepository(mode)
        let strategies = try Self.strategies.map { try Strategy(parsing: $0) }
        var refs: [(ref: String, sample: TarSample)] = []
        let modes = RepositoryMode.allCases
        for (number, sample) in TarSample.all.enumerated()
        where TestScale.isFull || modes[number % modes.count] == mode {
            let strategy = strategies[(number / modes.count) % strategies.count]
            let layer = try temporary.importing(sample.bytes, strategy: strategy, proof: .full)
            #expect(layer.strategy == strategy.description)
            refs.append((layer.ref, sample))
        }
        #expect(try temporary.ostree("prune", "--refs-only").exitCode == 0)
        for (ref, sample) in refs { #expect(try temporary.rebuild(ref) == sample.bytes, "\(sample)") }
        #expect(try temporary.damage() == nil)
        #expect(try StoredLayers(in: temporary.repository).all().count == refs.count)
    }

    @Test func eachChecksumIsWrittenOnce() throws {
        let stream = TarBuilder.stream { tar in for name in ["a", "b", "c"] { tar.file(name, [1, 2, 3]) } }
        let recipe = try Recipe(splitting: stream)
        let once = try Once(parameters: [:])
        let (short, long) = (
            try once.encode(recipe, against: .empty), try Raw().encode(recipe, against: .empty)
        )
        #expect(recipe.segments.payloadCount == 3)
        // Two checksums less, and a number for each of the three.
        #expect(long.count - short.count == 2 * 32 - 3)
    }

    @Test func theTextIsReadableForOstree() throws {
        let temporary = try TemporaryRepository()
        let layer = try temporary.importing(
            TarBuilder.stream { $0.file("usr/a", [1, 2, 3]) }, strategy: try Strategy(parsing: "once@text-metadata"))
        let shown = try temporary.ostree("show", "--print-metadata-key=example.recipe", layer.ref)
        #expect(shown.exitCode == 0)
        let text = shown.output.filter { $0 != "'" && $0 != "\n" }
        let envelope = try Envelope(bytes: try Base64().unwrap(Array(text.utf8)[...]))
        #expect(envelope.diffID == layer.layer.diffID && envelope.encoding == "once")
        #expect(layer.footprint.bytes == UInt64(text.utf8.count))
    }
}
