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

    @Test(arguments: EncodingCase.all)
    func decodingUndoesEncoding(_ test: EncodingCase) throws {
        for sample in test.samples(RecipeSample.all) {
            guard let (bytes, layer) = try test.encode(sample) else { continue }
            #expect(try test.encoding.decode(bytes[...], against: layer) == sample.recipe, "\(sample)")
            #expect(try test.encode(sample)?.bytes == bytes, "equal input, equal bytes: \(sample)")
            // A slice need not start at 0.
            let padded = [9, 9, 9] + bytes + [9]
            let recipe = try test.encoding.decode(padded[3..<3 + bytes.count], against: layer)
            #expect(recipe == sample.recipe, "\(sample)")
        }
    }

    /// What a recipe refers to need not be known, only there is less to predict from.
    @Test(arguments: EncodingCase.all)
    func nothingNeedsToBeKnown(_ test: EncodingCase) throws {
        for var sample in test.samples(RecipeSample.tars) {
            sample.layer = .empty
            guard let (bytes, layer) = try test.encode(sample) else { continue }
            #expect(try test.encoding.decode(bytes[...], against: layer) == sample.recipe, "\(sample)")
        }
    }

    @Test(arguments: EncodingCase.all)
    func soundTarsAreCarried(_ test: EncodingCase) throws {
        // composefs-rs refuses times before 1970, and keeps short payloads inline.
        let others =
            test.description.hasPrefix(Splitstream.name)
            ? ["gnu, short payloads inline"] : ["base 256", "pax size and long names"]
        for name in ["empty", "no entries"] + others {
            let sample = try #require(RecipeSample.all.first { $0.name == name })
            #expect(try test.encode(sample) != nil, "\(name)")
        }
    }

    @Test(arguments: EncodingCase.all)
    func everyTruncationThrows(_ test: EncodingCase) throws {
        for sample in test.samples(RecipeSample.all) {
            guard let (bytes, layer) = try test.encode(sample) else { continue }
            let step = bytes.count < (TestScale.isFull ? 2000 : 250) ? 1 : bytes.count / 61
            for count in stride(from: 0, to: bytes.count, by: step) {
                let error = #expect(throws: StrategyError.self, "\(sample) cut at \(count) of \(bytes.count)") {
                    try test.encoding.decode(bytes.prefix(count), against: layer)
                }
                #expect(error?.kind == .malformed && error?.offset != nil, "\(sample) cut at \(count)")
            }
        }
    }

    @Test(arguments: EncodingCase.all)
    func everyAddedByteThrows(_ test: EncodingCase) throws {
        for sample in test.samples(RecipeSample.all) {
            guard let (bytes, layer) = try test.encode(sample) else { continue }
            for extra in [0, 1, 0xff] as [UInt8] {
                #expect(throws: StrategyError.self, "\(sample) and \(extra)") {
                    try test.encoding.decode((bytes + [extra])[...], against: layer)
                }
            }
        }
    }

    /// A flip may be seen at once, or give another recipe, whose stream's digest will tell; it may even hit a bit that
    /// means nothing. It never traps.
    @Test(arguments: EncodingCase.all)
    func noBitFlipTraps(_ test: EncodingCase) throws {
        for sample in test.samples(RecipeSample.all) {
            guard let (bytes, layer) = try test.encode(sample) else { continue }
            // Of a short recipe's bytes each is hit, by another bit than its neighbour.
            let short = sample.recipe.literals.count < 512 || TestScale.isFull ? 1 : 7
            let step = bytes.count < (TestScale.isFull ? 1000 : 120) ? short : bytes.count * 8 / 61
            for bit in stride(from: 0, to: bytes.count * 8, by: step) { try flip(bit, of: bytes, test, sample, layer) }
        }
    }

    private func flip(
        _ bit: Int, of bytes: [UInt8], _ test: EncodingCase, _ sample: RecipeSample, _ layer: LayerContext
    ) throws {
        var damaged = bytes
        damaged[bit / 8] ^= 1 << UInt8(bit % 8)
        do throws(StrategyError) {
            let recipe = try test.encoding.decode(damaged[...], against: layer)
            // What was decoded is a recipe like any other; the importer would know its payloads' digests.
            if let (again, layer) = try test.carry(recipe, against: sample.layer) {
                let decodedAgain = try test.encoding.decode(again[...], against: layer)
                #expect(decodedAgain == recipe, "\(sample), bit \(bit)")
            }
            if test.description == Raw.name {
                #expect(recipe != sample.recipe, "every bit of raw means something: \(sample), bit \(bit)")
            }
        } catch {
            #expect(error.kind == .malformed, "\(sample), bit \(bit): \(error)")
        }
    }

    @Test(arguments: EncodingCase.all)
    func noMutationTraps(_ test: EncodingCase) throws {
        let samples = test.samples(RecipeSample.all).filter { $0.recipe.literals.count < 10_000 }
        for seed in UInt64(0)..<(TestScale.isFull ? 5000 : 300) {
            var generator = SeededGenerator(seed: seed)
            let sample = samples[Int(seed % UInt64(samples.count))]
            guard let (bytes, layer) = try test.encode(sample) else { continue }
            let damaged = generator.mutation(of: bytes)
            do {
                _ = try test.encoding.decode(damaged[...], against: layer)
            } catch {
                #expect(error.kind == .malformed, "seed \(seed) of \(sample): \(error)")
            }
        }
    }

    @Test(arguments: EncodingCase.all)
    func unknownVersionIsNamed(_ test: EncodingCase) throws {
        guard !test.isForeign, var bytes = try test.encode(RecipeSample.documented)?.bytes else { return }
        bytes[0] = 99
        let error = try #require(throws: StrategyError.self) {
            _ = try test.encoding.decode(bytes[...], against: .empty)
        }
        #expect(error.kind == .malformed && error.description.contains("version 99"))
    }
}
