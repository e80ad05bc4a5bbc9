import Digests
import Tar
import TestSupport
import Testing

@Suite struct OutlineTests {
    private static let object = SHA256Stream.digest(of: [1])

    /// The elements, one after the other, are the recipe.
    private func joined(_ recipe: Recipe) -> Recipe {
        var joined = Recipe()
        func pad(after count: UInt64) {
            joined.append(literal: [UInt8](repeating: 0, count: Int((0 &- count) % 512))[...])
        }
        for element in Outline(recipe) {
            switch element {
            case .header(let offset): joined.append(literal: recipe.literals[offset..<offset + Header.blockSize])
            case .literal(let range): joined.append(literal: recipe.literals[range])
            case .data(let range, let isPadded):
                joined.append(literal: recipe.literals[range])
                if isPadded { pad(after: UInt64(range.count)) }
            case .payload(let payload, let isPadded):
                joined.append(payload)
                if isPadded { pad(after: payload.byteCount) }
            case .piece(let payload): joined.append(payload)
            case .zeroBlocks(let count): joined.append(literal: [UInt8](repeating: 0, count: count * 512)[...])
            }
        }
        return joined
    }

    private func recipe(_ build: (inout Recipe) -> Void) -> Recipe {
        var recipe = Recipe()
        build(&recipe)
        return recipe
    }

    private func literal(_ bytes: [UInt8]) -> Recipe { recipe { $0.append(literal: bytes[...]) } }

    @Test(arguments: TarSample.all)
    func elementsAreTheRecipe(_ sample: TarSample) throws {
        let split = try Recipe(splitting: sample.bytes)
        #expect(joined(split) == split)
        // A recipe that has all bytes as literals is as good.
        let plain = literal(sample.bytes)
        #expect(joined(plain) == plain)
    }

    @Test func elementsOfAnyRecipeAreTheRecipe() {
        let samples = TarSample.all.map(\.bytes).filter { $0.count < 20_000 }
        for seed in UInt64(0)..<(TestScale.isFull ? 2_000 : 60) {
            var generator = SeededGenerator(seed: seed)
            let bytes = generator.mutation(of: samples[Int(seed % UInt64(samples.count))])
            var rest = bytes[...]
            let mixed = recipe { recipe in
                while !rest.isEmpty {
                    let count = Int.random(in: 1...2_000, using: &generator)
                    recipe.append(literal: rest.prefix(count))
                    rest = rest.dropFirst(count)
                    if Bool.random(using: &generator) {
                        let size = UInt64.random(in: 0...1_024, using: &generator)
                        recipe.append(.init(byteCount: size, object: Self.object))
                    }
                }
            }
            #expect(joined(mixed) == mixed, "seed \(seed)")
        }
    }

    @Test func aFileIsHeaderAndPayload() throws {
        let bytes = TarBuilder.stream { $0.file("a", [1, 2, 3]) }
        let elements = Array(Outline(try Recipe(splitting: bytes)))
        let payload = Recipe.Payload(byteCount: 3, object: SHA256Stream.digest(of: [1, 2, 3]))
        #expect(elements == [.header(at: 0), .payload(payload, isPadded: true), .zeroBlocks(2)])
    }

    @Test func extensionDataIsData() throws {
        let path = String(repeating: "n", count: 120)
        let bytes = TarBuilder.stream(dialect: .gnu) { $0.file(path) }
        let elements = Array(Outline(try Recipe(splitting: bytes)))
        #expect(
            elements == [
                .header(at: 0), .data(512..<633, isPadded: true), .header(at: 1024), .zeroBlocks(2),
            ])
    }

    @Test func paddingThatIsNotZeroIsLiteral() throws {
        var tar = TarBuilder()
        tar.paddingByte = 7
        tar.file("a", [1, 2, 3])
        tar.end()
        let elements = Array(Outline(try Recipe(splitting: tar.bytes)))
        #expect(elements.count == 4 && elements[0] == .header(at: 0) && elements[3] == .zeroBlocks(2))
        guard case .payload(_, isPadded: false) = elements[1], case .literal(512..<1021) = elements[2] else {
            Issue.record("\(elements)")
            return
        }
    }

    @Test func whatIsNoTarIsLiteralOrPiece() {
        let payload = Recipe.Payload(byteCount: 5, object: Self.object)
        let odd = recipe {
            $0.append(literal: Array("no tar".utf8)[...])
            $0.append(payload)
            $0.append(literal: [0, 0])
            $0.append(payload)
        }
        #expect(
            Array(Outline(odd)) == [.literal(0..<6), .piece(payload), .literal(6..<8), .piece(payload)])
        #expect(Array(Outline(Recipe())).isEmpty)
    }
}
