import TestSupport
import Testing

@testable import Blobs

/// What Go's pgzip writes, and so what most makers of container images do.
@Suite struct PgzipTests {
    /// Head of a writer that sets nothing in it.
    private static let header: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 9, 0x6e, 0x88, 0, 0xff]

    private static func recipe(_ edition: PgzipEdition, _ blockByteCount: Int) -> BlobRecipe {
        let layout = PgzipLayout(edition: edition, blockByteCount: blockByteCount)
        return BlobRecipe(runs: [.init(header: header, compressor: .pgzip(layout))])
    }

    /// Several blocks, and such that end where the bytes do, or do not compress.
    @Test(arguments: BlobWriter.containers.filter(\.isThere)) func blocksAreFound(_ writer: BlobWriter) throws {
        let byteCount = writer.name == "umoci" ? 256 << 10 : 1 << 20
        let contents = [
            BlobSample(kind: .tar, byteCount: byteCount + 65_535 + 33).bytes,
            Self.mixed(byteCount + 1, seed: 1), SeededBytes.noise(byteCount + 100_000),
            [UInt8](repeating: 0, count: 2 * byteCount),
        ]
        for (bytes, blob) in zip(contents, try writer.blobs(of: contents)) {
            let recipe = try BlobRecipe.found(for: blob)
            #expect(recipe == Self.recipe(.lenient, byteCount))
            #expect(recipe.encoded.count < 20)
            let isExact = try recipe.blob(of: bytes, pieces: 100_000) == blob
            #expect(isExact)
        }
    }

    @Test func exampleIsAsItsPageSays() throws {
        let recipe = Self.recipe(.lenient, 1 << 20)
        let (golden, blob) = (
            try GoldenBytes.block("blob-recipe-pgzip", page: "blob-recipe.md"),
            try GoldenBytes.block("pgzip", page: "blob-recipe.md")
        )
        #expect(recipe.encoded == golden, "\(GoldenBytes.text(recipe.encoded))")
        #expect(try BlobRecipe(decoding: golden[...]) == recipe)
        #expect(try recipe.blob(of: Array("hello".utf8)) == blob)
    }

    /// Sums of what the real ones wrote, by versions 1.15.9, 1.15.10, 1.18.1 and 1.19.1 of flate. The last two differ more
    /// rarely than that.
    @Test(arguments: [
        (PgzipEdition.early, "53c640333a5c2a92"), (.lenient, "dfcd00d5c6c81f1c"),
        (.trimmed, "e06b46dc2d924d3d"), (.counted, "e06b46dc2d924d3d"),
    ]) func editionsWriteTheirOwn(_ edition: PgzipEdition, _ sum: String) throws {
        var sums = SumOfBytes()
        for (number, byteCount) in Self.byteCounts.enumerated() {
            sums.add(try Self.recipe(edition, 150_000).blob(of: Self.mixed(byteCount, seed: UInt64(number))))
        }
        #expect(sums.text == sum)
    }

    /// Where there is no symbol of the greatest length, heads differ as well.
    @Test(arguments: [PgzipEdition.early, .counted]) func otherEditionsAreFound(_ edition: PgzipEdition) throws {
        let recipe = Self.recipe(edition, 70_000)
        let blob = try recipe.blob(of: BlobSample(kind: .text, byteCount: 100_000).bytes)
        #expect(try BlobRecipe.found(for: blob) == recipe)
    }

    /// Last pieces that are stored, written as literals, and searched; several pieces; a block of one byte.
    private static let byteCounts = [0, 1, 32, 33, 127, 128, 1300, 65_536, 150_001]

    /// Parts of many kinds, so that blocks are shared, ended, stored and static.
    private static func mixed(_ byteCount: Int, seed: UInt64) -> [UInt8] {
        var generator = SeededGenerator(seed: seed)
        var bytes: [UInt8] = []
        while bytes.count < byteCount {
            let count = Int.random(in: 1...90_000, using: &generator)
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: bytes += generator.bytes(count)
            case 1: bytes += [UInt8](repeating: UInt8(count & 0xff), count: count)
            case 2: bytes += (0..<count).map { _ in UInt8.random(in: 65...72, using: &generator) }
            case 3: bytes += (0..<count).map { _ in UInt8(generator.next().nonzeroBitCount) }
            case 4: bytes += bytes.suffix(count)
            default: bytes += BlobSample.text(count, &generator)
            }
        }
        return Array(bytes.prefix(byteCount))
    }
}

/// A sum (FNV-1a) that tells outputs apart.
private struct SumOfBytes {
    private var sum: UInt64 = 0xcbf2_9ce4_8422_2325

    var text: String { String(sum, radix: 16) }

    mutating func add(_ bytes: [UInt8]) {
        for byte in bytes { sum = (sum ^ UInt64(byte)) &* 0x100_0000_01b3 }
    }
}

private enum SeededBytes {
    static func noise(_ byteCount: Int) -> [UInt8] {
        var generator = SeededGenerator(seed: 4)
        return generator.bytes(byteCount)
    }
}
