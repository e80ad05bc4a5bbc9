import Digests
import Strategies
import Tar
import TestSupport

extension TarSample {
    /// What an importer makes of the stream for `splitstream`.
    func splitstreamRecipe() throws -> Recipe {
        try Recipe(splitting: bytes, inlineLimit: Splitstream().inlineLimit)
    }
}

extension LayerContext {
    /// Knows a digest for each payload of a recipe: any 32 bytes will do that are the object's own.
    static func verities(of recipe: Recipe) -> LayerContext {
        var context = LayerContext.empty
        for payload in recipe.payloads {
            context.payloadDigests[payload.object] = [
                .fsVerity: SHA256Stream.digest(of: payload.object.bytes).bytes
            ]
        }
        return context
    }
}

/// A recipe as `splitstream` keeps it.
struct SplitstreamSample {
    var bytes: [UInt8]
    /// What decoding gets.
    var context: LayerContext

    init(_ recipe: Recipe, against layer: LayerContext? = nil) throws {
        let layer = layer ?? .verities(of: recipe)
        bytes = try Splitstream().encode(recipe, against: layer)
        context = LayerContext(attachment: try Splitstream().attachment(of: recipe, against: layer))
    }

    func decoded() throws -> Recipe { try Splitstream().decode(bytes[...], against: context) }

    /// The little-endian word at an offset.
    func word(at offset: Int) -> UInt64 { bytes[offset..<offset + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) } }

    /// The section whose range is at an offset.
    func section(at offset: Int) -> [UInt8] { Array(bytes[Int(word(at: offset))..<Int(word(at: offset + 8))]) }

    /// A layer of one file with 100 bytes, and of a small one: the example of `Documentation/formats/splitstream.md`.
    static let documented: Recipe = {
        let header = TarBuilder.stream { $0.file("a", [UInt8](repeating: 7, count: 100)) }
        var recipe = Recipe()
        recipe.append(literal: header.prefix(Header.blockSize))
        recipe.append(.init(byteCount: 100, object: RecipeSample.counting))
        recipe.append(literal: header.dropFirst(Header.blockSize + 100))
        return recipe
    }()

    /// The documented layer's payload has the digest `ff fe … e0`.
    static let documentedContext = LayerContext(
        payloadDigests: [RecipeSample.counting: [.fsVerity: (UInt8(0)..<32).map { 255 - $0 }]])
}
