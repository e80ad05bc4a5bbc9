import Digests
import LayerStore
import OSTree
import Strategies
import Tar
import TestSupport
import Testing

@Suite struct ColumnsTests {
    private static let fromTree = try! Columns(parameters: ["checksums": "tree", "level": "3"])

    @Test func parametersHaveACanonicalForm() throws {
        for (text, canonical) in [
            ("columns", "columns"), ("columns:level=19", "columns"), ("columns:checksums=column", "columns"),
            ("columns:level=3,checksums=tree", "columns:checksums=tree,level=3"),
            ("columns:level=1+zstd:3", "columns:level=1+zstd:3"),
        ] {
            #expect(try Strategy.encoding(text).description == canonical)
            #expect(try Strategy.encoding(canonical).description == canonical)
        }
        for text in ["level=0", "level=23", "level=+3", "level=x", "checksums=none", "speed=3"] {
            let error = #expect(throws: StrategyError.self) { try Strategy.encoding("columns:\(text)") }
            #expect(error?.kind == .unknown)
        }
        #expect(throws: StrategyError.self) { try Delta(parameters: ["level": "3"]) }
    }

    /// A layer with payloads that the tree holds at their own paths, elsewhere, and not at all.
    private static let layer = TarBuilder.stream { tar in
        tar.directory("usr/")
        tar.file("usr/a", [1])
        tar.file("usr/twice", [2])
        tar.file("usr/twice", [3])
        tar.file("tmp/dropped", [4])
        tar.file("tmp/dropped-too", [4])
        tar.file("usr/b", [4])
        tar.file("usr/a", [1])
        tar.file("tmp/a", [1])
        tar.pax(["path": "usr/" + String(repeating: "p", count: 200)])
        tar.file("usr/pppp", [5])
        tar.hardLink("usr/c", to: "usr/a")
    }

    @Test(arguments: PathPolicy.allCases)
    func checksumsComeFromTheTree(_ policy: PathPolicy) throws {
        let others = policy == .standard || TestScale.isFull ? TarSample.all.map(\.bytes) : []
        for sample in [Self.layer] + others {
            let repository = try TemporaryRepository(.archive)
            let strategy = Strategy(encoding: Self.fromTree, storage: Sidecar())
            let layer = try repository.importing(sample, strategy: strategy, policy: policy)
            #expect(try repository.rebuild(layer.ref) == sample)
            let stored = try StoredRecipe(layer.ref, in: repository.repository)
            let bytes = try Self.fromTree.encode(stored.recipe, against: stored.context)
            try holdsLaws(bytes, stored)
            let streams = try Self.fromTree.streams(of: bytes[...], against: stored.context)
            #expect(streams.reduce(0) { $0 + $1.byteCount } == bytes.count)
            guard sample == Self.layer, policy == .standard else { continue }
            // The tree holds the objects of `tmp/a` and the dropped files at other paths, so that they are no orphans.
            #expect(streams.last == RecipeStream(name: RecipeStream.checksums, byteCount: 0))
        }
    }

    private func holdsLaws(_ bytes: [UInt8], _ stored: StoredRecipe) throws {
        #expect(try Self.fromTree.decode(bytes[...], against: stored.context) == stored.recipe)
        #expect(try Self.fromTree.encode(stored.recipe, against: stored.context) == bytes)
        for count in stride(from: 0, to: bytes.count, by: max(bytes.count / 40, 1)) {
            #expect(throws: StrategyError.self) {
                try Self.fromTree.decode(bytes.prefix(count), against: stored.context)
            }
        }
        for seed in UInt64(0)..<10 {
            var generator = SeededGenerator(seed: seed)
            do {
                let damaged = generator.mutation(of: bytes)
                _ = try Self.fromTree.decode(damaged[...], against: stored.context)
            } catch {
                #expect(error.kind == .malformed, "seed \(seed)")
            }
        }
        // Another tree is an error or another recipe.
        _ = try? Self.fromTree.decode(bytes[...], against: .empty)
    }

    @Test func aTreeThatHoldsNothingIsRefused() throws {
        let repository = try TemporaryRepository(.archive)
        let layer = try repository.importing(Self.layer)
        let stored = try StoredRecipe(layer.ref, in: repository.repository)
        let bytes = try Self.fromTree.encode(stored.recipe, against: stored.context)
        let error = #expect(throws: StrategyError.self) { try Self.fromTree.decode(bytes[...], against: .empty) }
        #expect(error?.kind == .malformed && error?.reason.contains("tree") == true)
        #expect(throws: StrategyError.self) { try Columns(parameters: [:]).decode(bytes[...], against: .empty) }
    }
}
