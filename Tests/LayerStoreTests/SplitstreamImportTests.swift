import Digests
import LayerStore
import OSTree
import Strategies
import Tar
import TestSupport
import Testing

/// `splitstream` in real repositories.
@Suite struct SplitstreamImportTests {
    private static let stream = TarBuilder.stream { tar in
        tar.directory("usr/")
        tar.file("usr/short", Array("short".utf8))
        tar.file("usr/limit", [UInt8](repeating: 1, count: 64))
        tar.file("usr/long", [UInt8](repeating: 2, count: 65))
        tar.file("usr/same", [UInt8](repeating: 2, count: 65))
        tar.file("usr/owned", [UInt8](repeating: 2, count: 65)) { $0.userID = 7 }
        tar.symbolicLink("usr/link", to: "long")
        tar.file("dev/orphan", [UInt8](repeating: 3, count: 5000))
        tar.fifo("dev/pipe")
    }

    @Test(arguments: RepositoryMode.allCases, ["commit-metadata", "separate-ref", "sidecar"])
    func theLayerComesBackAlsoAfterPrune(_ mode: RepositoryMode, _ storage: String) throws {
        let temporary = try TemporaryRepository(mode)
        let layer = try temporary.importing(
            Self.stream, strategy: strategy("splitstream@" + storage), policy: .identity, proof: .full)
        #expect(try temporary.ostree("prune", "--refs-only").exitCode == 0)
        #expect(try temporary.rebuild(layer.ref) == Self.stream)
        #expect(try temporary.damage() == nil)
    }

    /// The objects are counted where the recipe is stored, and not as the recipe's.
    @Test func theAttachmentCountsAsStored() throws {
        let temporary = try TemporaryRepository()
        let layer = try temporary.importing(Self.stream, strategy: strategy("splitstream@sidecar"))
        let stored = try StoredRecipe(layer.ref, in: temporary.repository)
        let attachment = stored.context.attachment
        #expect(stored.recipe.payloads.map(\.byteCount) == [65, 65, 65, 5000])
        // Version, count, two objects with lengths of one byte and of two, and the file of another owner.
        #expect(attachment.count == 2 + 33 + 34 + 1 + 33)
        #expect(layer.storedBytes > layer.recipeBytes + attachment.count)
        #expect(layer.footprint.bytes == UInt64(layer.storedBytes))
    }

    /// An import by another encoding holds all that a splitstream needs.
    @Test func anotherImportGivesTheSameBytes() throws {
        let (one, two) = (try TemporaryRepository(), try TemporaryRepository())
        let own = try one.importing(Self.stream, strategy: strategy("splitstream@sidecar"))
        let other = try two.importing(Self.stream, strategy: strategy("raw@sidecar"))
        let stored = try StoredRecipe(other.ref, in: two.repository)
        let encoding = Splitstream()
        let recipe = try stored.inlining(upTo: encoding.inlineLimit, in: two.repository).0
        let digests = try stored.payloadDigests(encoding.requiredDigests, in: two.repository)
        let bytes = try encoding.encode(recipe, against: LayerContext(payloadDigests: digests))
        #expect(bytes.count == own.recipeBytes)
        let kept = try StoredRecipe(own.ref, in: one.repository)
        #expect(recipe == kept.recipe && stored.recipe != recipe)
        #expect(try stored.inlining(upTo: 0, in: two.repository).0 == stored.recipe)
        let verity = FSVerityStream.digest(of: [UInt8](repeating: 2, count: 65))
        #expect(Array(bytes[112..<144]) == verity)
    }

    @Test func whatItCannotCarryLeavesNothingBehind() throws {
        let temporary = try TemporaryRepository()
        let before = try temporary.listing()
        let stream = TarBuilder.stream(dialect: .gnu) { $0.sparseFile("usr/s", parts: [(0, [1])], realSize: 4096) }
        let error = #expect(throws: StrategyError.self) {
            try temporary.importing(stream, strategy: strategy("splitstream@sidecar"))
        }
        #expect(error?.kind == .cannot && error?.reason.contains("a file is sparse (near byte 512") == true)
        #expect(try temporary.repository.refs(below: "layerlab").isEmpty)
        #expect(try temporary.leftovers() == [] && before.count <= temporary.listing().count)
    }
}
