import Digests
import Tar
import TestSupport
import Testing

@testable import Strategies

@Suite struct SplitstreamTests {
    @Test(arguments: TarSample.all)
    func decodingUndoesEncodingOrItCannot(_ sample: TarSample) throws {
        let recipe = try sample.splitstreamRecipe()
        guard let refusal = sample.refusal else {
            let kept = try SplitstreamSample(recipe)
            #expect(try kept.decoded() == recipe)
            #expect(try SplitstreamSample(recipe).bytes == kept.bytes, "equal input, equal bytes")
            return
        }
        let error = try #require(throws: StrategyError.self) { try SplitstreamSample(recipe) }
        #expect(error.kind == .cannot && error.description.contains(refusal), "\(error)")
    }

    @Test func everyRefusedSampleIsThere() {
        let names = Set(TarSample.all.map(\.name))
        #expect(TarSample.refusedByComposefs.values.joined().allSatisfy(names.contains))
        #expect(TarSample.all.contains { $0.refusal == nil })
    }

    /// A payload that composefs-rs keeps inline and the recipe does not have, as of an import by another encoding.
    @Test func shortPayloadsThatAreObjectsCannotBe() throws {
        let recipe = try Recipe(splitting: TarBuilder.stream { $0.file("a", [1, 2, 3]) })
        let error = #expect(throws: StrategyError.self) { try SplitstreamSample(recipe) }
        #expect(error?.kind == .cannot && error?.reason.contains("keeps inline") == true)
    }

    @Test func sectionsLieAsComposefsLaysThem() throws {
        let recipe = SplitstreamSample.documented
        let kept = try SplitstreamSample(recipe, against: SplitstreamSample.documentedContext)
        #expect(kept.bytes.starts(with: Array("SplitStream".utf8) + [0, 0, 0, 1, 12]))
        #expect(kept.word(at: 16) == 32 && kept.word(at: 24) == 112)
        #expect(kept.word(at: 32) == 112 && kept.word(at: 40) == 112, "no stream references")
        #expect(kept.section(at: 48) == (UInt8(0)..<32).map { 255 - $0 })
        let stream = kept.section(at: 64)
        #expect(kept.word(at: 80) == 144 && kept.word(at: 88) == 153 && kept.word(at: 64) == 153)
        #expect(kept.section(at: 80) == [0x28, 0xb5, 0x2f, 0xfd, 0x20, 0, 1, 0, 0], "zstd of nothing")
        #expect(Array(kept.bytes[96..<104]) == Array("ocilayer".utf8))
        #expect(kept.word(at: 104) == recipe.streamLength && kept.word(at: 72) == UInt64(kept.bytes.count))

        let chunks = try ZstdFrame.decompress(stream[...], limit: 10_000)
        var expected: [UInt8] = []
        expected.append(word: UInt64(bitPattern: -512))
        expected += recipe.literals.prefix(512)
        expected.append(word: 0)
        expected.append(word: UInt64(bitPattern: -(412 + 1024)))
        expected += recipe.literals.dropFirst(512)
        #expect(chunks == expected)
    }

    @Test func theRealZstdReadsTheStream() throws {
        let kept = try SplitstreamSample(SplitstreamSample.documented)
        let result = try run("zstd", ["-dc"], input: kept.section(at: 64))
        #expect(result.exitCode == 0 && result.outputBytes.count == 3 * 8 + 512 + 412 + 1024)
    }

    @Test func payloadsOfEqualContentAreOneReference() throws {
        let recipe = try Self.files(["a", "b", "a", "c", "b"])
        var context = LayerContext.verities(of: recipe)
        let objects = Array(recipe.payloads.map(\.object))
        // `b` is `a` with another owner.
        context.payloadDigests[objects[1]] = context.payloadDigests[objects[0]]
        let kept = try SplitstreamSample(recipe, against: context)
        #expect(kept.section(at: 48).count == 2 * 32)
        #expect(try kept.decoded() == recipe)
        // Version, count, two objects (a length of two bytes), and two exceptions.
        #expect(kept.context.attachment.count == 2 + 2 * 34 + 1 + 2 * 33)
    }

    @Test func unknownDigestsAndOtherLengthsCannotBe() throws {
        let recipe = try Self.files(["a", "b"])
        for context in [LayerContext.empty, Self.withEqualDigests(recipe, "short")] {
            let error = #expect(throws: StrategyError.self) { try SplitstreamSample(recipe, against: context) }
            #expect(error?.kind == .cannot && error?.description.contains("fs-verity") == true)
        }
    }

    @Test func streamsAreAllBytes() throws {
        let kept = try SplitstreamSample(SplitstreamSample.documented)
        let streams = try Splitstream().streams(of: kept.bytes[...], against: kept.context)
        #expect(streams.map(\.name) == ["header", "object references", "named references", "stream"])
        #expect(streams.reduce(0) { $0 + $1.byteCount } == kept.bytes.count)
        #expect(streams.prefix(3).map(\.byteCount) == [112, 32, 9])
    }

    @Test func parametersAreUnknown() {
        let error = #expect(throws: StrategyError.self) { try Splitstream(parameters: ["level": "3"]) }
        #expect(error?.kind == .unknown && error?.part == "splitstream:level")
    }

    /// A layer with a file of 300 bytes per name; files of one name are equal.
    private static func files(_ names: [String]) throws -> Recipe {
        try Recipe(
            splitting: TarBuilder.stream { tar in
                for name in names { tar.file(name, [UInt8](repeating: Array(name.utf8)[0], count: 300)) }
            }, inlineLimit: 64)
    }

    /// Digests that are no digests.
    private static func withEqualDigests(_ recipe: Recipe, _ text: String) -> LayerContext {
        var context = LayerContext.empty
        for payload in recipe.payloads { context.payloadDigests[payload.object] = [.fsVerity: Array(text.utf8)] }
        return context
    }
}
