import Blobs
import TestSupport
import Testing

/// Making blobs again.
@Suite struct ReplayTests {
    private static let header: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]

    /// A recipe by its parameters as they are stored, for one member that takes all.
    private static func recipe(_ compressor: [UInt8]) throws -> BlobRecipe {
        try BlobRecipe(decoding: ([1, 0, 0] + compressor + [10] + header)[...])
    }

    /// Stored blocks of 1,000 bytes; zlib; GNU gzip, and rsyncable; blocks of 32 KiB, and rsyncable; pgzip, and an old one.
    private static let compressors: [[UInt8]] = [
        [0, 0, 0xe8, 7], [1, 0x86, 0], [1, 0x19, 0], [2, 1], [2, 6], [2, 0x16], [3, 6, 0x80, 0x80, 2],
        [3, 0x96, 0x80, 0x80, 2], [4, 1, 0x80, 0x80, 2], [4, 0, 0x80, 0x80, 0x40],
    ]

    @Test(arguments: compressors) func sizesOfPiecesDoNotMatter(_ compressor: [UInt8]) throws {
        let recipe = try Self.recipe(compressor)
        for sample in [BlobSample(kind: .tar, byteCount: 70_001), BlobSample(kind: .zeros, byteCount: 65_536)] {
            let whole = try recipe.blob(of: sample.bytes)
            for pieces in [1, 1000, 65_537] where pieces > 1 || sample.kind == .zeros {
                let isSame = try recipe.blob(of: sample.bytes, pieces: pieces) == whole
                #expect(isSame, "\(sample) in pieces of \(pieces)")
            }
            let isRead = try BlobWriter.inflated(whole) == sample.bytes
            #expect(isRead)
        }
    }

    /// A match at the greatest distance is there or not by how the window is filled: not by us.
    @Test(arguments: compressors) func matchesAtTheGreatestDistanceDoNotHangOnPieces(_ compressor: [UInt8]) throws {
        var generator = SeededGenerator(seed: 3)
        let noise = generator.bytes(32_506)
        let bytes = Array((noise + noise + noise + noise).prefix(120_000))
        let recipe = try Self.recipe(compressor)
        let isSame = try recipe.blob(of: bytes, pieces: 997) == recipe.blob(of: bytes)
        #expect(isSame)
    }

    /// One compressor writes them one after the other.
    @Test(arguments: compressors) func membersDoNotKnowOfEachOther(_ compressor: [UInt8]) throws {
        let shape = compressor[0] | 0x30
        // Three members of 70,001 bytes.
        let run = [shape] + compressor.dropFirst() + [3, 0xf1, 0xa2, 4, 10]
        let recipe = try BlobRecipe(decoding: ([1, 0, 0] + run + Self.header)[...])
        let bytes = BlobSample(kind: .tar, byteCount: 70_001).bytes
        let member = try Self.recipe(compressor).blob(of: bytes)
        let isSame = try recipe.blob(of: bytes + bytes + bytes, pieces: 50_000) == member + member + member
        #expect(isSame)
    }

    @Test func bytesThatDoNotFitAreErrors() throws {
        // Two members of three bytes.
        let recipe = try BlobRecipe(decoding: [1, 0, 0, 0x31, 0x86, 0, 2, 3, 10] + Self.header)
        #expect(try recipe.blob(of: [1, 2, 3, 4, 5, 6], pieces: 4).count == 2 * (18 + 5))
        for count in [0, 1, 3, 5, 7] {
            let error = #expect(throws: BlobError.self) {
                try recipe.blob(of: [UInt8](repeating: 1, count: count), pieces: 2)
            }
            #expect(error?.kind == .stream)
        }
    }

    @Test func whatTheSinkThrowsComesThrough() throws {
        struct Full: Error {}
        let replayer = try BlobReplayer(Self.recipe([2, 6])) { _ in throw Full() }
        #expect(throws: Full.self) {
            try replayer.write([1, 2, 3])
            try replayer.finish()
        }
    }

    /// A member whose length does not fit into BGZF's field.
    @Test func memberThatIsTooLongForItsHeadIsAnError() throws {
        let header: [UInt8] = [0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, 6, 0, 0x42, 0x43, 2, 0, 0, 0]
        let recipe = try BlobRecipe(decoding: ([1, 0, 0, 0x81, 0x86, 0, 18] + header)[...])
        #expect(try recipe.blob(of: [1]).count == 18 + 3 + 8)
        #expect(throws: BlobError.self) { try recipe.blob(of: BlobSample(kind: .noise, byteCount: 70_000).bytes) }
    }
}
