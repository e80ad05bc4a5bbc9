import Digests
import Foundation
import Tar
import TestSupport
import Testing

@testable import Strategies

/// `zstd` with a dictionary, around every encoding.
@Suite struct DictionaryTests {
    /// A dictionary of what the sample recipes have in common.
    static let dictionary: ZstdDictionary = {
        let samples = (UInt64(0)..<200).map { seed in
            var generator = SeededGenerator(seed: seed)
            return TarBuilder.stream {
                for index in 0..<4 { $0.file("usr/lib/package/file-\(index)-\(seed)", generator.bytes(40)) }
            }
        }
        return try! ZstdDictionary.train(on: samples, byteCount: 2048)
    }()

    static let context = LayerContext(dictionaries: [dictionary.digest: dictionary.bytes])

    static let encodings = Catalogue.encodings.map { $0.name }

    private func encoding(_ base: String) throws -> any Encoding {
        try Strategy.encoding("\(base)+zstd:19,dictionary=\(Self.dictionary.digest.hex)")
    }

    /// A sample's bytes and what `decode` gets with them; nil where a foreign format cannot carry it.
    private func encode(_ base: String, _ sample: RecipeSample) throws -> (bytes: [UInt8], layer: LayerContext)? {
        var sample = sample
        sample.layer.dictionaries = Self.context.dictionaries
        return try EncodingCase(encoding: try encoding(base)).encode(sample)
    }

    /// All samples where the scale is full; else the small ones, and of the others each around one of the bases.
    private func samples(_ base: String) -> [RecipeSample] {
        guard !TestScale.isFull, let place = Self.encodings.firstIndex(of: base) else { return RecipeSample.all }
        let others = RecipeSample.all.dropFirst(RecipeSample.small.count).enumerated()
        return RecipeSample.small
            + others.filter { $0.offset % Self.encodings.count == place }.map(\.element)
    }

    @Test(arguments: encodings)
    func decodingUndoesEncoding(_ base: String) throws {
        for sample in samples(base) {
            guard let (bytes, layer) = try encode(base, sample) else { continue }
            #expect(try encoding(base).decode(bytes[...], against: layer) == sample.recipe, "\(sample)")
            #expect(try encode(base, sample)?.bytes == bytes, "equal input, equal bytes: \(sample)")
        }
    }

    @Test(arguments: encodings)
    func everyTruncationAndAddedByteThrows(_ base: String) throws {
        let encoding = try encoding(base)
        // The foreign formats carry tars, and composefs only those whose short payloads are inline.
        let names = ["documented", "pax size and long names", "gnu, short payloads inline"]
        let carried = try names.compactMap { name in
            try encode(base, #require(RecipeSample.all.first { $0.name == name }))
        }
        #expect(!carried.isEmpty)
        for (bytes, layer) in carried {
            for count in bytes.indices {
                let error = #expect(throws: StrategyError.self) {
                    try encoding.decode(bytes.prefix(count), against: layer)
                }
                #expect(error?.kind == .malformed && error?.offset != nil)
            }
            #expect(throws: StrategyError.self) { try encoding.decode((bytes + [0])[...], against: layer) }
        }
    }

    @Test(arguments: encodings)
    func noBitFlipTraps(_ base: String) throws {
        let encoding = try encoding(base)
        for sample in samples(base) where sample.recipe.literals.count < 10_000 {
            guard let (bytes, layer) = try encode(base, sample) else { continue }
            let count = TestScale.isFull ? 400 : 61
            for bit in stride(from: 0, to: bytes.count * 8, by: max(1, bytes.count * 8 / count)) {
                var damaged = bytes
                damaged[bit / 8] ^= 1 << UInt8(bit % 8)
                do throws(StrategyError) {
                    _ = try encoding.decode(damaged[...], against: layer)
                } catch {
                    #expect(error.kind == .malformed, "\(sample), bit \(bit): \(error)")
                }
            }
        }
    }

    @Test func itGainsOnShortRecipes() throws {
        let bytes = TarBuilder.stream { $0.file("usr/lib/package/file-7-new", [1, 2, 3]) }
        let wrapper = try Zstd(level: 19, dictionary: Self.dictionary.digest)
        let (with, without) = (try wrapper.wrap(bytes, with: Self.context), try Zstd(level: 19).wrap(bytes))
        #expect(with.count * 5 < without.count * 3, "\(with.count) and \(without.count)")
    }

    @Test func absentDictionaryIsAnErrorThatSaysWhatToDo() throws {
        let encoding = try encoding("raw")
        #expect(encoding.requiredDictionaries == [Self.dictionary.digest])
        let bytes = try encoding.encode(RecipeSample.documented.recipe, against: Self.context)
        for error in [
            #expect(throws: StrategyError.self) {
                try encoding.encode(RecipeSample.documented.recipe, against: .empty)
            },
            #expect(throws: StrategyError.self) { try encoding.decode(bytes[...], against: .empty) },
        ] {
            #expect(error?.kind == .absent)
            #expect(error?.description.contains(Self.dictionary.digest.hex) == true)
            #expect(error?.description.contains("--dictionary FILE") == true)
        }
    }

    @Test func anotherDictionaryGivesErrorsAndNeverTraps() throws {
        let encoding = try encoding("raw")
        var generator = SeededGenerator(seed: 3)
        let bytes = try encoding.encode(RecipeSample.documented.recipe, against: Self.context)
        var damaged: [[UInt8]] = [[], [0], Array("no dictionary".utf8), generator.bytes(5000)]
        damaged += (0..<200).map { _ in generator.mutation(of: Self.dictionary.bytes) }
        damaged += stride(from: 0, to: Self.dictionary.bytes.count, by: 37).map {
            Array(Self.dictionary.bytes.prefix($0))
        }
        damaged.append([UInt8](repeating: 0x37, count: ZstdDictionary.maximumBytes + 1))
        for dictionary in damaged {
            let context = LayerContext(dictionaries: [Self.dictionary.digest: dictionary])
            do throws(StrategyError) {
                _ = try encoding.decode(bytes[...], against: context)
            } catch {
                #expect(error.kind == .malformed, "\(error)")
            }
            do throws(StrategyError) {
                _ = try encoding.encode(RecipeSample.documented.recipe, against: context)
            } catch {
                #expect(error.kind == .malformed || error.kind == .cannot, "\(error)")
            }
        }
    }

    @Test func whatIsNoDictionaryIsRefused() throws {
        for bytes in [
            [], [1, 2, 3], [0x37, 0xa4, 0x30, 0xec], [0x37, 0xa4, 0x30, 0xec] + [UInt8](repeating: 9, count: 500),
        ] {
            let error = #expect(throws: StrategyError.self) { try ZstdDictionary(bytes as [UInt8]) }
            #expect(error?.kind == .malformed)
        }
        let huge = Self.dictionary.bytes + [UInt8](repeating: 0, count: ZstdDictionary.maximumBytes)
        let error = #expect(throws: StrategyError.self) { try ZstdDictionary(huge) }
        #expect(error?.reason.contains("more than") == true)
        #expect(try ZstdDictionary(Self.dictionary.bytes) == Self.dictionary)
    }

    @Test func trainingNeedsSamples() {
        for samples in [[], [[1, 2, 3]], [[UInt8](repeating: 1, count: 8)]] as [[[UInt8]]] {
            let error = #expect(throws: StrategyError.self) { try ZstdDictionary.train(on: samples, byteCount: 1024) }
            #expect(error?.kind == .cannot)
        }
        for size in [0, 255, ZstdDictionary.maximumBytes + 1] {
            #expect(throws: StrategyError.self) { try ZstdDictionary.train(on: [[1]], byteCount: size) }
        }
    }

    // MARK: Names

    @Test func namesHaveACanonicalForm() throws {
        let hex = String(repeating: "ab", count: 32)
        for (text, canonical) in [
            ("zstd:3,dictionary=\(hex)@sidecar", "raw+zstd:3,dictionary=\(hex)@sidecar"),
            ("raw+zstd:03,dictionary=\(hex.uppercased())", "raw+zstd:3,dictionary=\(hex)@commit-metadata"),
        ] {
            #expect(try Strategy(parsing: text).description == canonical)
            #expect(try Strategy(parsing: canonical).description == canonical)
        }
    }

    @Test(arguments: [
        "zstd:3,", "zstd:3,dictionary", "zstd:3,dictionary=", "zstd:3,dictionary=abc", "zstd:3,level=3", "zstd:3,a=b",
        "zstd:dictionary=abc",
    ])
    func badParametersAreRefused(_ text: String) {
        let error = #expect(throws: StrategyError.self) { try Strategy(parsing: text) }
        #expect(error?.kind == .unknown && error?.description.contains("\n") == false)
    }

    @Test func aDigestIsFilledIn() throws {
        let (digest, hex) = (RecipeSample.counting, RecipeSample.counting.hex)
        #expect(
            try Strategy.naming(digest, in: ["raw+zstd:19@sidecar", "zstd:3"])
                == ["raw+zstd:19,dictionary=\(hex)@sidecar", "zstd:3,dictionary=\(hex)"])
        #expect(
            try Strategy.naming(digest, in: ["raw", "zstd:3", "raw+zstd:3,dictionary@sidecar"])
                == ["raw", "zstd:3", "raw+zstd:3,dictionary=\(hex)@sidecar"])
        let named = "raw+zstd:3,dictionary=\(hex)"
        #expect(try Strategy.naming(digest, in: [named]) == [named])
        let error = #expect(throws: StrategyError.self) { try Strategy.naming(digest, in: ["raw@sidecar"]) }
        #expect(error?.kind == .unknown)
    }
}
