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

    @Test func zstdIsAsItsPageSays() throws {
        let golden = try GoldenBytes.block("zstd", page: "zstd.md")
        #expect(try Zstd(level: 3).wrap([1, 0, 0, 0]) == golden)
        #expect(try Zstd(level: 3).unwrap(golden[...]) == [1, 0, 0, 0])
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
