import Digests
import Tar
import TestSupport
import Testing

@Suite struct RecipeTests {
    private let object = SHA256Stream.digest(of: [1])

    private func recipe(_ build: (inout Recipe) -> Void) -> Recipe {
        var recipe = Recipe()
        build(&recipe)
        return recipe
    }

    @Test func adjacentLiteralsAreOne() {
        let parts = recipe {
            $0.append(literal: [1, 2])
            $0.append(literal: [])
            $0.append(literal: [9, 3][1...])
        }
        #expect(parts == recipe { $0.append(literal: [1, 2, 3]) })
        #expect(Array(parts.segments) == [.literal(byteCount: 3)])
        #expect(parts.literals == [1, 2, 3] && parts.streamLength == 3)
    }

    @Test func emptyPayloadsAreNoSegments() {
        let recipe = recipe {
            $0.append(literal: [1])
            $0.append(Recipe.Payload(byteCount: 0, object: object))
            $0.append(literal: [2])
        }
        #expect(Array(recipe.segments) == [.literal(byteCount: 2)])
        #expect(Array(recipe.payloads).isEmpty)
    }

    @Test func payloadsKeepTheirOrderAndCount() {
        let payload = Recipe.Payload(byteCount: 1 << 40, object: object)
        let recipe = recipe {
            $0.append(payload)
            $0.append(payload)
            $0.append(literal: [1])
        }
        #expect(Array(recipe.payloads) == [payload, payload])
        #expect(recipe.streamLength == 1 << 41 + 1)
        #expect(recipe.segments.map(\.byteCount) == [1 << 40, 1 << 40, 1])
    }

    @Test func firstDifference() {
        let payload = Recipe.Payload(byteCount: 10, object: object)
        let other = Recipe.Payload(byteCount: 10, object: SHA256Stream.digest(of: [2]))
        func sample(_ literal: [UInt8], _ payload: Recipe.Payload, tail: [UInt8] = [7]) -> Recipe {
            recipe {
                $0.append(literal: literal[...])
                $0.append(payload)
                $0.append(literal: tail[...])
            }
        }
        let base = sample([1, 2], payload)
        #expect(base.firstDifference(from: sample([1, 2], payload)) == nil)
        for (changed, segment, offset) in [
            (sample([1, 3], payload), 0, 0), (sample([1, 2], other), 1, 2),
            (sample([1, 2], payload, tail: [8]), 2, 12), (sample([1, 2], payload, tail: []), 2, 12), (Recipe(), 0, 0),
        ] {
            for found in [base.firstDifference(from: changed), changed.firstDifference(from: base)] {
                #expect(found?.segment == segment && found?.offset == UInt64(offset))
            }
        }
    }
}
