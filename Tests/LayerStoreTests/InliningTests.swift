import LayerStore
import OSTree
import Strategies
import Tar
import TestSupport
import Testing

/// What an import by an encoding with a limit keeps.
@Suite struct InliningImportTests {
    /// Payloads of 10, 100 and 1000 bytes, in the tree and as orphans.
    private static let stream = TarBuilder.stream { tar in
        for count in [10, 100, 1000] {
            tar.file("usr/file-\(count)", [UInt8](repeating: UInt8(count & 0xff), count: count))
            tar.file("dev/orphan-\(count)", [UInt8](repeating: UInt8(count & 0xff) ^ 1, count: count))
        }
    }

    @Test(arguments: RepositoryMode.allCases, [0, 9, 10, 100, 65_536] as [UInt64])
    func smallPayloadsAreLiterals(_ mode: RepositoryMode, _ limit: UInt64) throws {
        let temporary = try TemporaryRepository(mode)
        let strategy = try Strategy(parsing: "raw:inline=\(limit)@sidecar")
        let layer = try temporary.importing(Self.stream, strategy: strategy, proof: .full)
        let left = [10, 100, 1000].count { $0 > limit }
        #expect(layer.orphanCount == left)
        let stored = try StoredRecipe(layer.ref, in: temporary.repository)
        #expect(stored.recipe.payloads.map(\.byteCount).allSatisfy { $0 > limit })
        #expect(Array(stored.recipe.payloads).count == 2 * left)
        #expect(try temporary.ostree("prune", "--refs-only").exitCode == 0)
        #expect(try temporary.rebuild(layer.ref) == Self.stream)
        // The tree has its files, whatever the recipe holds.
        #expect(try temporary.tree(layer.ref).filter { $0.hasPrefix("-") }.count == 3)
    }

    @Test(arguments: TarSample.all, [4096] as [UInt64])
    func whatIsMadeOfAnotherRecipeIsWhatAnImportMakes(_ sample: TarSample, _ limit: UInt64) throws {
        let (one, two) = (try TemporaryRepository(), try TemporaryRepository())
        let plain = try one.importing(sample.bytes, strategy: Strategy(parsing: "raw@sidecar"))
        let inlined = try two.importing(sample.bytes, strategy: Strategy(parsing: "raw:inline=\(limit)@sidecar"))
        let (recipe, context) = try StoredRecipe(plain.ref, in: one.repository).inlining(
            upTo: limit, in: one.repository)
        let stored = try StoredRecipe(inlined.ref, in: two.repository)
        #expect(recipe == stored.recipe)
        #expect(context.orphans == stored.context.orphans)
    }
}
