import TestSupport
import Testing

@testable import Blobs

/// Recipes in bytes.
@Suite struct RecipeCodingTests {
    private static let header: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 0xff]

    /// Something of everything.
    static let documented = BlobRecipe(
        runs: [
            .init(
                memberCount: 300, byteCount: 65_280,
                header: [0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, 6, 0, 0x42, 0x43, 2, 0, 0, 0], countsMember: true,
                compressor: .zlib(level: 6, memory: 8, strategy: .standard)),
            .init(
                byteCount: 1000, header: header, compressor: .gnu(level: 9, isRsyncable: true),
                trailer: [1, 2, 3, 4, 0xe8, 3, 0, 0]),
            .init(byteCount: 2000, header: header, compressor: .stored(blockByteCount: 65_535, ending: .emptyStored)),
            .init(
                header: header,
                compressor: .blocks(BlockLayout(level: 6, byteCount: 128 << 10, boundary: .sync, isRsyncable: true))),
        ], tail: [0, 0, 0, 0, 7, 0])

    @Test func recipeIsAsItsPageSays() throws {
        let golden = try GoldenBytes.block("blob-recipe", page: "blob-recipe.md")
        #expect(Self.documented.encoded == golden, "\(GoldenBytes.text(Self.documented.encoded))")
        #expect(try BlobRecipe(decoding: golden[...]) == Self.documented)
    }

    @Test func everyRecipeComesBack() throws {
        var compressors: [Compressor] = []
        for level in 1...9 {
            compressors += (1...9).flatMap { memory in
                ZlibStrategy.allCases.map { .zlib(level: level, memory: memory, strategy: $0) }
            }
            compressors += [.gnu(level: level, isRsyncable: false), .gnu(level: level, isRsyncable: true)]
            compressors += BlockBoundary.allCases.map {
                .blocks(BlockLayout(level: level, byteCount: level << 14, boundary: $0, isContinuous: level % 2 == 0))
            }
        }
        compressors += StoredEnding.allCases.map { .stored(blockByteCount: 4096, ending: $0) }
        for byteCount in [16_385, 256 << 10, 1 << 20, 64 << 20] {
            compressors += PgzipEdition.allCases.map {
                .pgzip(PgzipLayout(edition: $0, blockByteCount: byteCount))
            }
        }
        for compressor in compressors {
            let recipe = BlobRecipe(runs: [.init(header: Self.header, compressor: compressor)])
            #expect(try BlobRecipe(decoding: recipe.encoded[...]) == recipe)
            #expect(recipe.encoded.count <= 20)
        }
    }

    @Test func everyCutIsAnErrorOrAShorterRecipe() throws {
        let bytes = Self.documented.encoded
        for count in bytes.indices {
            let result = Result { try BlobRecipe(decoding: bytes[..<count]) }
            // Whole runs are a recipe.
            if case .success(let recipe) = result { #expect(recipe.runs.count < Self.documented.runs.count) }
            if case .failure(let error as BlobError) = result { #expect(error.kind == .malformed) }
        }
        #expect(throws: BlobError.self) { try BlobRecipe(decoding: (bytes + [0])[...]) }
    }

    /// Whatever decodes makes bytes, or says why not.
    @Test func everyFlippedBitIsAnErrorOrARecipe() throws {
        let stream = [UInt8](repeating: 65, count: 3000)
        for recipe in [
            Self.documented, BlobRecipe(runs: [Self.documented.runs[1]]), BlobRecipe(runs: [Self.documented.runs[2]]),
        ] {
            let bytes = recipe.encoded
            for bit in 0..<8 * bytes.count {
                var changed = bytes
                changed[bit / 8] ^= 1 << UInt8(bit % 8)
                guard let recipe = try? BlobRecipe(decoding: changed[...]) else { continue }
                _ = recipe.description
                #expect(try BlobRecipe(decoding: recipe.encoded[...]) == recipe)
                do { _ = try recipe.blob(of: stream) } catch { #expect(error is BlobError) }
            }
        }
    }

    @Test func accidentsNeverTrap() throws {
        var generator = SeededGenerator(seed: 21)
        for _ in 0..<3000 {
            let bytes = generator.mutation(of: Self.documented.encoded)
            guard let recipe = try? BlobRecipe(decoding: bytes[...]) else { continue }
            do { _ = try recipe.blob(of: [1, 2, 3]) } catch { #expect(error is BlobError) }
        }
    }

    /// They are described, without a sum that overflows.
    @Test func countsMayBeAnything() throws {
        let most: [UInt8] = [UInt8](repeating: 0xff, count: 9) + [1]
        let run = [0x32, 6] + most + [1, 0]
        let recipe = try BlobRecipe(decoding: ([1, 0, 0] + run + run)[...])
        #expect(recipe.description == "18446744073709551615 members by GNU gzip -6")
    }

    @Test(
        arguments: [
            // No version, another version, no run, a tail that is too long, numbers without an end.
            [], [2], [1, 0, 0], [1, 0x81, 0x80, 4, 0],
            [1, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
            // Bytes that are announced and are not there.
            [1, 0, 9], [1, 0, 0, 2, 6, 0xff, 0xff, 7, 1],
            // Parameters that nobody has.
            [1, 0, 0, 2, 0, 0], [1, 0, 0, 2, 10, 0], [1, 0, 0, 1, 0x80, 0, 0], [1, 0, 0, 1, 0x86, 5, 0],
            [1, 0, 0, 3, 6, 0, 0],
            [1, 0, 0, 3, 0x36, 1, 0], [1, 0, 0, 0, 3, 1, 0], [1, 0, 0, 0, 0, 0, 0], [1, 0, 0, 4, 0],
            // A member that takes all the rest, before another one; several of that kind; empty members without end.
            [1, 0, 0, 2, 6, 0, 2, 6, 0], [1, 0, 0, 0x12, 6, 2, 0], [1, 0, 0, 0x32, 6, 0x81, 0x20, 0, 0],
            // The same in two runs; pigz's blocks of 1,023 bytes.
            [1, 0, 0, 0x32, 6, 0x80, 0x20, 0, 0, 0x22, 6, 0, 0], [1, 0, 0, 3, 6, 0xff, 7, 0],
        ] as [[UInt8]])
    func malformedBytesAreErrors(_ bytes: [UInt8]) {
        let error = #expect(throws: BlobError.self) { try BlobRecipe(decoding: bytes[...]) }
        #expect(error?.kind == .malformed)
        #expect(error.map { !$0.description.contains("\n") } ?? false)
    }
}
