import Blobs
import Foundation
import TestSupport
import Testing

/// Blobs by real programs: found, small, and made again bit for bit.
@Suite struct BlobWriterTests {
    static let present = BlobWriter.all.filter(\.isThere)

    @Test func everyWriterIsThere() {
        let absent = BlobWriter.all.filter { !$0.isThere }
        for writer in absent { print("left out: \(writer): there is no \(writer.program)") }
        if ProcessInfo.processInfo.environment["CI"] == "true" { #expect(absent.isEmpty) }
    }

    @Test(arguments: Array(present.enumerated().map { ($0.offset, $0.element) }))
    func blobIsMadeAgain(_ number: Int, _ writer: BlobWriter) throws {
        let samples = BlobSample.some(for: number)
        let contents = samples.map(\.bytes)
        for (index, blob) in try writer.blobs(of: contents).enumerated() {
            let recipe = try BlobRecipe.found(for: blob)
            #expect(recipe.encoded.count < 80)
            #expect(try BlobRecipe(decoding: recipe.encoded[...]) == recipe)
            // The writers of tars put the content into one.
            let bytes = writer.name.contains("tar") ? try BlobWriter.inflated(blob) : contents[index]
            // Compared outside of the expectations, which would print all of it.
            let isExact = try recipe.blob(of: bytes) == blob
            #expect(isExact, "\(samples[index])")
            // Several blocks tell one writer from the others; what does not compress or is all the same does not.
            if samples[index].kind == .tar, bytes.count > 250_000 { #expect(recipe.description == writer.recognised) }
        }
    }
}
