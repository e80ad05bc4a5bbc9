import Strategies
import Tar
import TestSupport
import Testing

/// What holds for every encoding of the catalogue.
@Suite struct EncodingLawTests {
    @Test func theCatalogueHoldsEachNameOnce() {
        let encodings = Catalogue.allEncodings.map(\.description)
        #expect(Set(encodings).count == encodings.count && encodings.count >= 3)
        let names = Catalogue.encodings.map { $0.name } + Catalogue.wrappers.map { $0.name }
        #expect(Set(names).count == names.count)
        #expect(Set(Catalogue.storages.map { $0.name }).count == Catalogue.storages.count)
        #expect(Catalogue.allStrategies.allSatisfy { !type(of: $0.storage).isFloor })
    }

    @Test(arguments: EncodingCase.all, RecipeSample.all)
    func decodingUndoesEncoding(_ test: EncodingCase, _ sample: RecipeSample) throws {
        let bytes = try test.encoding.encode(sample.recipe, against: .empty)
        #expect(try test.encoding.decode(bytes[...], against: .empty) == sample.recipe)
        #expect(try test.encoding.encode(sample.recipe, against: .empty) == bytes, "equal input, equal bytes")
        // A slice need not start at 0.
        let padded = [9, 9, 9] + bytes + [9]
        #expect(try test.encoding.decode(padded[3..<3 + bytes.count], against: .empty) == sample.recipe)
    }

    @Test(arguments: EncodingCase.all)
    func everyTruncationThrows(_ test: EncodingCase) throws {
        for sample in RecipeSample.all {
            let bytes = try test.encoding.encode(sample.recipe, against: .empty)
            let step = bytes.count < (TestScale.isFull ? 2000 : 250) ? 1 : bytes.count / 61
            for count in stride(from: 0, to: bytes.count, by: step) {
                let error = #expect(throws: StrategyError.self, "\(sample) cut at \(count) of \(bytes.count)") {
                    try test.encoding.decode(bytes.prefix(count), against: .empty)
                }
                #expect(error?.kind == .malformed && error?.offset != nil, "\(sample) cut at \(count)")
            }
        }
    }

    @Test(arguments: EncodingCase.all)
    func everyAddedByteThrows(_ test: EncodingCase) throws {
        for sample in RecipeSample.all {
            let bytes = try test.encoding.encode(sample.recipe, against: .empty)
            for extra in [0, 1, 0xff] as [UInt8] {
                #expect(throws: StrategyError.self, "\(sample) and \(extra)") {
                    try test.encoding.decode((bytes + [extra])[...], against: .empty)
                }
            }
        }
    }

    /// A flip may be seen at once, or give another recipe, whose stream's digest will tell; it may even hit a bit that
    /// means nothing. It never traps.
    @Test(arguments: EncodingCase.all)
    func noBitFlipTraps(_ test: EncodingCase) throws {
        for sample in RecipeSample.all {
            let bytes = try test.encoding.encode(sample.recipe, against: .empty)
            let step = bytes.count < (TestScale.isFull ? 1000 : 120) ? 1 : bytes.count * 8 / 61
            for bit in stride(from: 0, to: bytes.count * 8, by: step) { try flip(bit, of: bytes, test, sample) }
        }
    }

    private func flip(_ bit: Int, of bytes: [UInt8], _ test: EncodingCase, _ sample: RecipeSample) throws {
        var damaged = bytes
        damaged[bit / 8] ^= 1 << UInt8(bit % 8)
        do throws(StrategyError) {
            let recipe = try test.encoding.decode(damaged[...], against: .empty)
            // What was decoded is a recipe like any other.
            let again = try test.encoding.encode(recipe, against: .empty)
            let decodedAgain = try test.encoding.decode(again[...], against: .empty)
            #expect(decodedAgain == recipe, "\(sample), bit \(bit)")
            if test.description == Raw.name {
                #expect(recipe != sample.recipe, "every bit of raw means something: \(sample), bit \(bit)")
            }
        } catch {
            #expect(error.kind == .malformed, "\(sample), bit \(bit): \(error)")
        }
    }

    @Test(arguments: EncodingCase.all)
    func noMutationTraps(_ test: EncodingCase) throws {
        let samples = RecipeSample.all.filter { $0.recipe.literals.count < 10_000 }
        for seed in UInt64(0)..<(TestScale.isFull ? 5000 : 300) {
            var generator = SeededGenerator(seed: seed)
            let sample = samples[Int(seed % UInt64(samples.count))]
            let bytes = try test.encoding.encode(sample.recipe, against: .empty)
            let damaged = generator.mutation(of: bytes)
            do {
                _ = try test.encoding.decode(damaged[...], against: .empty)
            } catch {
                #expect(error.kind == .malformed, "seed \(seed) of \(sample): \(error)")
            }
        }
    }

    @Test(arguments: EncodingCase.all)
    func unknownVersionIsNamed(_ test: EncodingCase) throws {
        var bytes = try test.encoding.encode(RecipeSample.documented.recipe, against: .empty)
        bytes[0] = 99
        let error = try #require(throws: StrategyError.self) {
            _ = try test.encoding.decode(bytes[...], against: .empty)
        }
        #expect(error.kind == .malformed && error.description.contains("version 99"))
    }
}
