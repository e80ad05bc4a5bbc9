import TestSupport
import Testing

@testable import Strategies

/// The parts of which `tree` consists.
@Suite struct BinaryCoderTests {
    @Test(arguments: 0..<20)
    func decisionsComeBack(_ seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let decisions = (0..<2_000).map { _ in
            let probability = UInt32.random(in: 1...65_535, using: &generator)
            return (bit: UInt32.random(in: 0..<65_536, using: &generator) < probability, probability: probability)
        }
        var encoder = BinaryEncoder(after: [9])
        var counter = BinaryCounter()
        for decision in decisions {
            _ = encoder.code(decision.bit, probability: decision.probability)
            _ = counter.code(decision.bit, probability: decision.probability)
        }
        let bytes = encoder.finish()
        #expect(abs(counter.bits.reduce(0, +) / 8 - Double(bytes.count)) < 4)
        var decoder = BinaryDecoder(bytes.dropFirst())
        for decision in decisions {
            #expect(try decoder.code(false, probability: decision.probability) == decision.bit)
        }
        #expect(decoder.isAtEnd)
    }

    @Test func tablesAreWhatTheirNamesSay() {
        for (step, odds) in Logistic.stretch.enumerated() {
            #expect(Logistic.squash(odds) >= step * 16 + 8 || odds == Logistic.limit - 1)
            #expect(odds == -Logistic.limit || Logistic.squash(odds - 1) < step * 16 + 8)
        }
        #expect(Logistic.squash(0) == 32_768 && Logistic.squash(.max / 2) == 65_535 && Logistic.squash(.min / 2) == 1)
        for odds in -3_000..<3_000 { #expect(Logistic.squash(Int32(odds)) <= Logistic.squash(Int32(odds + 1))) }
    }

    @Test func valuesComeBack() throws {
        var generator = SeededGenerator(seed: 1)
        let numbers = (0..<200).map { UInt64.random(in: 0...(.max >> UInt64($0 % 64)), using: &generator) } + [0, .max]
        let signed = numbers.map { Int64(bitPattern: $0) } + [.min, .max]
        let bounds = [1, 2, 3, 1_000, 1 << 20, 1_000_000_000]
        let text = (0..<300).map { _ in UInt8.random(in: 0...255, using: &generator) }
        var writer = RecipeCoder(BinaryEncoder(), nodeCount: 1)
        for number in numbers { _ = try writer.number(number, 5) }
        for number in signed { _ = try writer.signed(number, 6) }
        for bound in bounds { _ = try writer.uniform(bound / 2, below: bound) }
        _ = try writer.bytes(text[...], 7)
        let bytes = writer.coder.finish()
        var reader = RecipeCoder(BinaryDecoder(bytes[...]), nodeCount: 1)
        for number in numbers { #expect(try reader.number(0, 5) == number) }
        for number in signed { #expect(try reader.signed(0, 6) == number) }
        for bound in bounds { #expect(try reader.uniform(0, below: bound) == bound / 2) }
        #expect(try reader.bytes([], 7) == text)
        #expect(reader.coder.isAtEnd)
    }

    @Test(arguments: [1, 2, 3, 7, 8, 100])
    func ranksAreThoseOfWhatIsLeft(_ count: Int) {
        var generator = SeededGenerator(seed: UInt64(count))
        var (tree, left) = (RankTree(count: count), Array(0..<count))
        while !left.isEmpty {
            let rank = Int.random(in: left.indices, using: &generator)
            #expect(tree.rank(of: left[rank]) == rank)
            #expect(tree.remove(rank: rank) == left.remove(at: rank))
        }
    }

    @Test func formsWriteWhatTheyReadAs() {
        for form in NumberForm.allCases.dropFirst() {
            for number in [0, 7, 0o755, 0o7777777, 1 << 40] as [Int64] {
                var block = [UInt8](repeating: 0, count: 512)
                let field = HeaderField.numbers[EntryFields.mode]
                guard form.write(number, into: &block, field) else { continue }
                #expect(NumberForm.of(number, in: block[...], field) != .constant, "\(form) of \(number)")
            }
        }
    }
}
