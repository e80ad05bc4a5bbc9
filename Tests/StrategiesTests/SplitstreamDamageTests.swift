import Digests
import Foundation
import Tar
import TestSupport
import Testing

@testable import Strategies

/// Splitstreams and attachments that were made to hurt, or were hurt.
@Suite struct SplitstreamDamageTests {
    private let kept: SplitstreamSample

    init() throws {
        kept = try SplitstreamSample(SplitstreamSample.documented, against: SplitstreamSample.documentedContext)
    }

    @Test func everyTruncationAndAddedByteThrows() throws {
        for count in 0..<kept.bytes.count { try expectMalformed(Array(kept.bytes.prefix(count))) }
        try expectMalformed(kept.bytes + [0])
    }

    /// A flip is seen, or means nothing (flags, the digests that only composefs looks up), or gives another recipe.
    @Test func noBitFlipTraps() throws {
        for bit in 0..<kept.bytes.count * 8 {
            var damaged = kept.bytes
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            do throws(StrategyError) {
                let recipe = try Splitstream().decode(damaged[...], against: kept.context)
                let isMeaningless = (12..<14).contains(bit / 8) || (112..<144).contains(bit / 8)
                #expect(isMeaningless == (recipe == SplitstreamSample.documented) || bit / 8 >= 144, "bit \(bit)")
            } catch {
                #expect(error.kind == .malformed && error.offset != nil, "bit \(bit): \(error)")
            }
        }
    }

    @Test func noMutationTraps() throws {
        let samples = TarSample.all.compactMap { try? SplitstreamSample($0.splitstreamRecipe()) }
        for seed in UInt64(0)..<(TestScale.isFull ? 5000 : 500) {
            var generator = SeededGenerator(seed: seed)
            let sample = samples[Int(seed % UInt64(samples.count))]
            var context = sample.context
            if seed.isMultiple(of: 2) { context.attachment = generator.mutation(of: context.attachment) }
            let bytes = seed.isMultiple(of: 3) ? sample.bytes : generator.mutation(of: sample.bytes)
            do throws(StrategyError) {
                _ = try Splitstream().decode(bytes[...], against: context)
            } catch {
                #expect(error.kind == .malformed, "seed \(seed): \(error)")
            }
        }
    }

    @Test func headersOfOthersAreNamed() throws {
        try expectMalformed(kept, changing: 0, to: 99, "no splitstream")
        try expectMalformed(kept, changing: 11, to: 99, "version 99")
        try expectMalformed(kept, changing: 14, to: 2, "SHA-256")
        try expectMalformed(kept, changing: 15, to: 16, "4096")
        try expectMalformed(kept, changing: 96, to: 0x6f + 1, "no layer")
    }

    /// Each of the six ranges, with ends before starts, beyond the file, and so far that sums overflow.
    @Test func rangesAreChecked() throws {
        for offset in [16, 32, 48, 64, 80] {
            for word in [0, 1, 111, 145, 1 << 40, UInt64(Int64.max), .max] {
                for place in [offset, offset + 8] where kept.word(at: place) != word {
                    var damaged = kept.bytes
                    damaged.replaceSubrange(place..<place + 8, with: Self.word(word))
                    try expectMalformed(damaged)
                }
            }
        }
    }

    @Test func chunksAreChecked() throws {
        let stream: [(String, [UInt8], UInt64)] = [
            ("a reference that is none", Self.word(1), 100),
            ("a far reference", Self.word(UInt64(Int64.max)), 100),
            ("the longest literal", Self.word(1 << 63), .max),
            ("a literal longer than what there is", Self.word(UInt64(bitPattern: -50)) + [1], 50),
            ("a literal longer than the layer", Self.word(UInt64(bitPattern: -2)) + [1, 2], 1),
            ("half a word", [0, 0, 0], 100),
            ("less than the layer", Self.word(0), 101),
            ("more than the layer", Self.word(0), 99),
            ("nothing", [], 1),
        ]
        for (name, chunks, size) in stream {
            let file = SplitstreamFile(
                objectRefs: [RecipeSample.counting], namedRefs: try ZstdFrame.compress([], level: 3)[...],
                stream: try ZstdFrame.compress(chunks, level: 3)[...], streamSize: size)
            try expectMalformed(file.bytes, name)
        }
    }

    @Test func referencesToOtherStreamsAreRefused() throws {
        let file = SplitstreamFile(
            objectRefs: [RecipeSample.counting],
            namedRefs: try ZstdFrame.compress(Array("0:name\0".utf8), level: 3)[...],
            stream: try ZstdFrame.compress(Self.word(0), level: 3)[...], streamSize: 100)
        try expectMalformed(file.bytes)
    }

    /// A gigabyte of zeros in a small frame: the layer is said to be short, so nothing of it is kept.
    @Test func aFrameHoldsNoMoreThanTheLayerCould() throws {
        let bomb = try ZstdFrame.compress([UInt8](repeating: 0, count: 64 << 20), level: 3)
        let error = try #require(throws: StrategyError.self) {
            _ = try ZstdFrame.decompress(bomb[...], limit: 900)
        }
        #expect(error.kind == .malformed && error.reason == "it holds more than 900 bytes")
        let file = SplitstreamFile(
            objectRefs: [], namedRefs: try ZstdFrame.compress([], level: 3)[...], stream: bomb[...], streamSize: 100)
        try expectMalformed(file.bytes)
        #expect(file.maximumChunkBytes == 900)
        let greatest = SplitstreamFile(objectRefs: [], namedRefs: [], stream: [], streamSize: .max)
        #expect(greatest.maximumChunkBytes == Zstd.maximumUnwrappedBytes)
    }

    @Test func attachmentsAreChecked() throws {
        let attachment = kept.context.attachment
        #expect(attachment.count == 2 + 33 + 1)
        for count in 0..<attachment.count { try expectMalformed(attachment: Array(attachment.prefix(count))) }
        try expectMalformed(attachment: attachment + [0])
        try expectMalformed(attachment: [2] + attachment.dropFirst())
        // Two objects; an empty one; an exception behind the last payload; exceptions that stay or go too far.
        try expectMalformed(attachment: [1, 2] + attachment.dropFirst(2))
        try expectMalformed(attachment: [1, 1, 0] + attachment.dropFirst(3))
        let digest = RecipeSample.counting.bytes
        try expectMalformed(attachment: attachment.dropLast() + [1, 1] + digest)
        try expectMalformed(attachment: attachment.dropLast() + [2, 0] + digest + [0] + digest)
        var far = attachment.dropLast() + [2, 1] + digest
        far.append(number: .max)
        try expectMalformed(attachment: far + digest)
        var many: [UInt8] = [1]
        many.append(number: .max)
        try expectMalformed(attachment: many + attachment.dropFirst(2))
    }

    private static func word(_ value: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(word: value)
        return bytes
    }

    private func expectMalformed(
        _ sample: SplitstreamSample, changing offset: Int, to byte: UInt8, _ words: String,
        at location: SourceLocation = #_sourceLocation
    ) throws {
        var damaged = sample.bytes
        damaged[offset] = byte
        let error = try #require(throws: StrategyError.self, sourceLocation: location) {
            _ = try Splitstream().decode(damaged[...], against: sample.context)
        }
        #expect(error.kind == .malformed && error.reason.contains(words), "\(error)", sourceLocation: location)
    }

    private func expectMalformed(
        _ bytes: [UInt8]? = nil, attachment: [UInt8]? = nil, _ name: String = "",
        at location: SourceLocation = #_sourceLocation
    ) throws {
        let context = LayerContext(attachment: attachment ?? kept.context.attachment)
        let error = try #require(throws: StrategyError.self, "\(name)", sourceLocation: location) {
            _ = try Splitstream().decode((bytes ?? kept.bytes)[...], against: context)
        }
        #expect(error.kind == .malformed && error.offset != nil, "\(name): \(error)", sourceLocation: location)
    }
}
