import Digests
import Tar
import TestSupport
import Testing

/// What a recipe keeps in its own form is what came.
@Suite struct CompactRecipeTests {
    private enum Piece: Equatable {
        case literal([UInt8])
        case payload(Recipe.Payload)
    }

    /// Random pieces: headers, zeros of every length, bytes without zeros, payloads of any size, and none of all.
    private func pieces(_ generator: inout SeededGenerator, count: Int) -> [Piece] {
        (0..<count).map { _ in
            switch Int.random(in: 0..<7, using: &generator) {
            case 0: return .literal([UInt8](repeating: 0, count: Int.random(in: 0..<3000, using: &generator)))
            case 1: return .literal(generator.bytes(Int.random(in: 0..<2000, using: &generator)))
            case 2: return .literal((0..<600).map { UInt8($0 % 23 == 0 ? 1 : 0) })
            case 3: return .literal((0..<UInt8.random(in: 0..<40, using: &generator)).map { $0 % 11 })
            case 4:
                let size = UInt64.random(in: 0...UInt64.max, using: &generator) >> UInt64.random(in: 2..<63)
                return .payload(Recipe.Payload(byteCount: size / 1000, object: digest(&generator)))
            default:
                return .literal(Array("usr/share/doc/\(Int.random(in: 0..<9999, using: &generator))".utf8) + zeros)
            }
        }
    }

    private let zeros = [UInt8](repeating: 0, count: 480)

    private func digest(_ generator: inout SeededGenerator) -> Digest {
        SHA256Stream.digest(of: generator.bytes(1))
    }

    private func recipe(_ pieces: [Piece]) -> Recipe {
        var recipe = Recipe()
        for piece in pieces {
            switch piece {
            case .literal(let bytes): recipe.append(literal: bytes[...])
            case .payload(let payload): recipe.append(payload)
            }
        }
        return recipe
    }

    /// The same as plain lists.
    private func naive(_ pieces: [Piece]) -> (segments: [Recipe.Segment], literals: [UInt8]) {
        var (segments, literals): ([Recipe.Segment], [UInt8]) = ([], [])
        for piece in pieces {
            switch piece {
            case .literal(let bytes) where bytes.isEmpty: break
            case .literal(let bytes):
                literals += bytes
                if case .literal(let count) = segments.last {
                    segments[segments.count - 1] = .literal(byteCount: count + bytes.count)
                } else {
                    segments.append(.literal(byteCount: bytes.count))
                }
            case .payload(let payload): if payload.byteCount > 0 { segments.append(.payload(payload)) }
            }
        }
        return (segments, literals)
    }

    @Test(arguments: [1, 2, 3]) func isWhatCame(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for count in [0, 1, 5, 100, 9000] {
            let pieces = pieces(&generator, count: count)
            let (recipe, naive) = (recipe(pieces), naive(pieces))
            #expect(recipe.segments.elementsEqual(naive.segments) && recipe.segments.count == naive.segments.count)
            #expect(recipe.literals == naive.literals && recipe.literalByteCount == naive.literals.count)
            #expect(recipe.streamLength == naive.segments.reduce(0) { $0 + $1.byteCount })
            let payloads = naive.segments.compactMap { segment -> Recipe.Payload? in
                if case .payload(let payload) = segment { payload } else { nil }
            }
            #expect(Array(recipe.payloads) == payloads && recipe.segments.payloadCount == payloads.count)
            var seen: Set<Digest> = []
            let firsts = payloads.filter { seen.insert($0.object).inserted }
            #expect(Array(recipe.distinctPayloads) == firsts)

            var copy = Recipe()
            recipe.append(to: &copy)
            #expect(copy == recipe && recipe.firstDifference(from: copy) == nil)
        }
    }

    /// Recipes do not depend on the pieces in which their literals came.
    @Test func piecesDoNotMatter() {
        var generator = SeededGenerator(seed: 5)
        let bytes = recipe(pieces(&generator, count: 900)).literals
        var (one, many) = (Recipe(), Recipe())
        one.append(literal: bytes[...])
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = rest.prefix(Int.random(in: 1..<70_000, using: &generator))
            many.append(literal: piece)
            rest = rest.dropFirst(piece.count)
        }
        #expect(one == many && one.segments.count == 1)
    }

    @Test func rangesAreReadFromAnyPlaceOn() {
        var generator = SeededGenerator(seed: 6)
        let recipe = recipe(pieces(&generator, count: 1500))
        let (literals, bytes) = (recipe.literals, recipe.literalBytes())
        #expect(bytes.count == literals.count)
        let page = 64 << 10
        var places = [0, 1, page - 1, page, page + 1, 2 * page - 3, literals.count - 1, literals.count]
        places += (0..<100).map { _ in Int.random(in: 0..<literals.count, using: &generator) }
        for start in places {
            for count in [0, 1, 3, 512, page, 2 * page + 5] {
                let expected = literals[start..<min(start + count, literals.count)]
                var appended: [UInt8] = [7]
                var reader = recipe.literalReader(from: start)
                reader.append(count, to: &appended)
                #expect(appended.dropFirst() == expected && reader.offset == start + expected.count)

                let range = expected.startIndex..<expected.endIndex
                #expect(bytes[range] == expected && range.allSatisfy { $0 % 1000 > 0 || bytes[$0] == literals[$0] })

                var buffer = [UInt8](repeating: 9, count: 700)
                var other = recipe.literalReader(from: start)
                let copied = other.copy(upTo: count, into: &buffer, at: 100)
                #expect(copied == min(expected.count, 600))
                #expect(buffer[100..<100 + copied] == expected.prefix(copied))
                #expect(buffer.prefix(100).allSatisfy { $0 == 9 } && buffer[(100 + copied)...].allSatisfy { $0 == 9 })
            }
        }
    }

    @Test func objectsAreReplacedInOrder() throws {
        var generator = SeededGenerator(seed: 8)
        let pieces = pieces(&generator, count: 9000)
        var recipe = recipe(pieces)
        let before = Array(recipe.payloads)
        let replacement = SHA256Stream.digest(of: [1])
        var seen: [Digest] = []
        recipe.replaceObjects { object in
            seen.append(object)
            return seen.count % 2 == 0 ? object : replacement
        }
        #expect(seen == before.map(\.object))
        #expect(recipe.payloads.map(\.byteCount) == before.map(\.byteCount))
        #expect(recipe.payloads.enumerated().allSatisfy { $1.object == ($0 % 2 == 0 ? replacement : seen[$0]) })
    }
}
