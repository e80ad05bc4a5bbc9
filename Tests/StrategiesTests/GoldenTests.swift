import Strategies
import Tar
import TestSupport
import Testing

/// The pages of `Documentation/formats` against the code, byte for byte.
@Suite struct GoldenTests {
    @Test func rawIsAsItsPageSays() throws {
        let golden = try GoldenBytes.block("raw", page: "raw.md")
        #expect(try Raw().encode(RecipeSample.documented.recipe, against: .empty) == golden)
        #expect(try Raw().decode(golden[...], against: .empty) == RecipeSample.documented.recipe)
    }

    @Test func deltaIsAsItsPageSays() throws {
        let golden = try GoldenBytes.block("delta", page: "delta.md")
        #expect(try Delta().encode(RecipeSample.packed.recipe, against: .empty) == golden)
        #expect(try Delta().decode(golden[...], against: .empty) == RecipeSample.packed.recipe)
    }

    @Test func columnsIsAsItsPageSays() throws {
        let golden = try GoldenBytes.block("columns", page: "columns.md")
        let columns = try Columns(parameters: [:])
        #expect(try columns.encode(RecipeSample.packed.recipe, against: .empty) == golden)
        #expect(try columns.decode(golden[...], against: .empty) == RecipeSample.packed.recipe)
    }

    @Test func tarsplitIsAsItsPageSays() throws {
        let golden = try GoldenBytes.block("tarsplit", page: "tarsplit.md")
        let stream = TarBuilder.stream { $0.file("a", [1, 2, 3]) }
        let (recipe, layer) = (try Recipe(splitting: stream), try LayerContext(splitting: stream))
        #expect(try TarSplit().encode(recipe, against: layer) == golden)
        #expect(try TarSplit().decode(golden[...], against: layer) == recipe)
    }

    @Test func base64IsAsItsPageSays() throws {
        let golden = try GoldenBytes.block("base64", page: "base64.md")
        #expect(try Base64().wrap([0x1f, 0x8b, 8, 0, 0xff]) == golden)
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
        #expect(try envelope.bytes == golden && envelope.byteCount == golden.count)
        #expect(try Envelope(bytes: golden) == envelope)
    }

    @Test func envelopeWithAnAttachmentIsAsItsPageSays() throws {
        let golden = try GoldenBytes.block("envelope-attachment", page: "envelope.md")
        let envelope = Envelope(
            diffID: RecipeSample.counting, streamLength: 300, encoding: "splitstream", policy: "identity",
            attachment: [1, 2, 3], recipe: [0xaa, 0xbb])
        #expect(try envelope.bytes == golden && envelope.byteCount == golden.count)
        #expect(try Envelope(bytes: golden) == envelope)
    }

    /// Another libzstd may compress the last section to other bytes.
    @Test func splitstreamIsAsItsPageSays() throws {
        let golden = try GoldenBytes.block("splitstream", page: "splitstream.md")
        let attachment = try GoldenBytes.block("splitstream-attachment", page: "splitstream.md")
        let (recipe, layer) = (SplitstreamSample.documented, SplitstreamSample.documentedContext)
        let bytes = try Splitstream().encode(recipe, against: layer)
        if Zstd.libraryVersion == "1.5.4" { #expect(bytes == golden) }
        // The stream's end is in its range.
        #expect(bytes[..<72] == golden[..<72] && bytes[80..<153] == golden[80..<153])
        #expect(try Splitstream().attachment(of: recipe, against: layer) == attachment)
        #expect(try Splitstream().decode(golden[...], against: LayerContext(attachment: attachment)) == recipe)
    }

    @Test func missingBlockIsAnError() {
        #expect(throws: ProgramError.self) { try GoldenBytes.block("none", page: "raw.md") }
    }
}
