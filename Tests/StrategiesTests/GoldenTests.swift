import Strategies
import TestSupport
import Testing

/// The pages of `Documentation/formats` against the code, byte for byte.
@Suite struct GoldenTests {
    @Test func rawIsAsItsPageSays() throws {
        let golden = try GoldenBytes.block("raw", page: "raw.md")
        #expect(try Raw().encode(RecipeSample.documented.recipe, against: .empty) == golden)
        #expect(try Raw().decode(golden[...], against: .empty) == RecipeSample.documented.recipe)
    }

    @Test func zstdIsAsItsPageSays() throws {
        let golden = try GoldenBytes.block("zstd", page: "zstd.md")
        #expect(try Zstd(level: 3).wrap([1, 0, 0, 0]) == golden)
        #expect(try Zstd(level: 3).unwrap(golden[...]) == [1, 0, 0, 0])
    }

    @Test func zstdWithADictionaryIsAsItsPageSays() throws {
        let dictionary = try ZstdDictionary(GoldenBytes.block("dictionary", page: "zstd.md"))
        let golden = try GoldenBytes.block("zstd-with-dictionary", page: "zstd.md")
        let context = LayerContext(dictionaries: [dictionary.digest: dictionary.bytes])
        let (wrapper, text) = (
            try Zstd(level: 19, dictionary: dictionary.digest), Array("usr/lib/python3/dist-packages/file-8 root".utf8)
        )
        #expect(try wrapper.wrap(text, with: context) == golden)
        #expect(try wrapper.unwrap(golden[...], with: context) == text)
    }

    @Test func envelopeIsAsItsPageSays() throws {
        let golden = try GoldenBytes.block("envelope", page: "envelope.md")
        let envelope = Envelope(
            diffID: RecipeSample.counting, streamLength: 300, encoding: "raw", policy: "identity",
            recipe: [0xaa, 0xbb])
        #expect(envelope.bytes == golden && envelope.byteCount == golden.count)
        #expect(try Envelope(bytes: golden) == envelope)
    }

    @Test func missingBlockIsAnError() {
        #expect(throws: ProgramError.self) { try GoldenBytes.block("none", page: "raw.md") }
    }
}
