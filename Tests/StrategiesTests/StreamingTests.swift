import Digests
@testable import Strategies
import Tar
import TestSupport
import Testing

/// What is done piece by piece is what is done as a whole.
@Suite struct StreamingTests {
    /// Hands out bytes in pieces of random sizes.
    private final class Pieces: ByteSource {
        let byteCount: Int
        private var bytes: ArraySlice<UInt8>
        private var generator: SeededGenerator
        private let maximum: Int

        init(_ bytes: [UInt8], announced: Int? = nil, seed: UInt64 = 1, maximum: Int = 40) {
            self.bytes = bytes[...]
            byteCount = announced ?? bytes.count
            generator = SeededGenerator(seed: seed)
            self.maximum = maximum
        }

        func next() -> ArraySlice<UInt8> {
            let piece = bytes.prefix(Int.random(in: 1...maximum, using: &generator))
            bytes = bytes.dropFirst(piece.count)
            return piece
        }
    }

    @Test(arguments: RecipeSample.all) func rawIsReadInAnyPieces(_ sample: RecipeSample) throws {
        let bytes = try Raw().encode(sample.recipe, against: .empty)
        for seed in 1...3 as ClosedRange<UInt64> {
            var recipe = Recipe()
            try Raw().decode(Pieces(bytes, seed: seed), against: .empty, into: &recipe)
            #expect(recipe == sample.recipe)
        }
        let source = try Raw().source(of: sample.recipe, against: .empty)
        #expect(source.byteCount == bytes.count)
        #expect(try Array(source.rest()) == bytes)
    }

    @Test func damagedRawIsMalformedInAnyPieces() throws {
        var generator = SeededGenerator(seed: 3)
        for sample in RecipeSample.all where sample.recipe.literalByteCount < 10_000 {
            let bytes = try Raw().encode(sample.recipe, against: .empty)
            for _ in 0..<30 {
                let damaged = generator.mutation(of: bytes)
                var recipe = Recipe()
                let whole = Result { try Raw().decode(damaged[...], against: .empty) }
                let pieces = Result {
                    try Raw().decode(Pieces(damaged), against: .empty, into: &recipe)
                    return recipe
                }
                switch (whole, pieces) {
                case (.success(let one), .success(let other)): #expect(one == other)
                case (.failure(let one), .failure(let other)): #expect("\(one)" == "\(other)")
                default: Issue.record("\(sample): \(whole) as a whole, \(pieces) in pieces")
                }
            }
        }
    }

    /// Headers of a layer of this many entries, each with a digest behind it.
    private static func headers(_ count: Int) -> [UInt8] {
        var generator = SeededGenerator(seed: 11)
        var bytes: [UInt8] = []
        let zeros = [UInt8](repeating: 0, count: 400)
        for number in 0..<count {
            bytes += "usr/share/doc/package-\(number / 50)/file-\(number % 50 * 7)\0\0000000644".utf8
            bytes += zeros
            bytes += generator.bytes(32)
        }
        return bytes
    }

    /// The frame of a long recipe is the one that libzstd makes of the whole, at levels that look back less and more far
    /// than memory is kept.
    @Test(arguments: [1, 3, 9]) func longFramesAreThoseOfTheWhole(_ level: Int) throws {
        let bytes = Self.headers(40_000)
        #expect(bytes.count > ZstdStream.longByteCount)
        let zstd = try Zstd(level: level)
        let whole = try zstd.wrap(bytes, with: .empty)
        let streamed = try zstd.wrap(Pieces(bytes, maximum: 300_000), with: .empty)
        #expect(whole == streamed)
        #expect(try zstd.unwrapped(streamed[...], with: .empty).rest() == bytes[...])
    }

    @Test func sourcesThatAnnounceOtherwiseAreRefused() throws {
        let bytes = Self.headers(40_000)
        for announced in [bytes.count - 1, bytes.count + 1] {
            #expect(throws: StrategyError.self) {
                try Zstd(level: 1).wrap(Pieces(bytes, announced: announced, maximum: 300_000), with: .empty)
            }
        }
    }

    // MARK: The comparison

    /// The first difference of two recipes as plain lists.
    private func naiveDifference(_ one: Recipe, _ other: Recipe) -> (segment: Int, offset: UInt64)? {
        let (own, others) = (Array(one.segments), Array(other.segments))
        let (bytes, otherBytes) = (one.literals, other.literals)
        var (offset, literal) = (UInt64(0), 0)
        for (index, segment) in own.enumerated() {
            guard index < others.count, others[index] == segment else { return (index, offset) }
            if case .literal(let count) = segment {
                guard bytes[literal..<literal + count] == otherBytes[literal..<literal + count] else {
                    return (index, offset)
                }
                literal += count
            }
            offset += segment.byteCount
        }
        return own.count == others.count ? nil : (own.count, offset)
    }

    /// Every way to change one segment: another byte, a longer or shorter literal, another object or size, a segment
    /// more or less.
    private func changes(of recipe: Recipe, at place: Int) -> [Recipe] {
        let segments = Array(recipe.segments)
        func changed(_ change: (inout [UInt8], inout Recipe.Payload?) -> Void) -> Recipe {
            var result = Recipe()
            var reader = recipe.literalReader()
            for (index, segment) in segments.enumerated() {
                var bytes: [UInt8] = []
                var payload: Recipe.Payload?
                switch segment {
                case .literal(let count): reader.append(count, to: &bytes)
                case .payload(let reference): payload = reference
                }
                if index == place { change(&bytes, &payload) }
                result.append(literal: bytes[...])
                if let payload { result.append(payload) }
            }
            return result
        }
        let other = Recipe.Payload(byteCount: 5, object: SHA256Stream.digest(of: [99]))
        return [
            changed { bytes, payload in (bytes, payload) = ([], nil) },
            changed { bytes, _ in bytes.append(7) },
            changed { bytes, _ in if !bytes.isEmpty { bytes[bytes.count - 1] ^= 1 } },
            changed { bytes, _ in bytes = bytes.dropLast() },
            changed { _, payload in payload?.byteCount ^= 3 },
            changed { _, payload in payload?.object = other.object },
            changed { _, payload in payload = payload ?? other },
        ]
    }

    @Test(arguments: RecipeSample.all) func everyDifferenceIsFound(_ sample: RecipeSample) throws {
        let recipe = sample.recipe
        guard recipe.segments.count < 40 || TestScale.isFull else { return }
        for place in 0..<recipe.segments.count {
            for changed in changes(of: recipe, at: place) {
                let expected = naiveDifference(recipe, changed)
                let bytes = try Raw().encode(changed, against: .empty)
                var comparison = RecipeComparison(with: recipe)
                try Raw().decode(Pieces(bytes), against: .empty, into: &comparison)
                let found = comparison.finish()
                #expect(found?.segment == expected?.segment && found?.offset == expected?.offset)
                #expect((found == nil) == (changed == recipe))
            }
        }
    }
}
