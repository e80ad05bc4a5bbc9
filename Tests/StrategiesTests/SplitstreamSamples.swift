import Digests
import Strategies
import Tar
import TestSupport

extension TarSample {
    /// What an importer makes of the stream for `splitstream`.
    func splitstreamRecipe() throws -> Recipe {
        try Recipe(splitting: bytes, inlineLimit: Splitstream().inlineLimit)
    }

    /// Samples that composefs-rs refuses, by the reason; sparse files come on top.
    static let refusedByComposefs: [String: [String]] = [
        "bytes follow the end": [
            "concatenated",
            "odd: gzip data after the end",
            "odd: second archive",
            "trailing words",
            "zeros",
        ],
        "a lone block of zeros is no end": [
            "half an end",
            "lone zero block",
        ],
        "the stream is cut short": [
            "odd: star's inodes",
            "one byte",
        ],
        "a file's payload is cut short": [
            "greatest size",
            "odd: old directory with a size",
            "size beyond the end",
        ],
        "a header's checksum is wrong": [
            "no tar at all",
            "odd: an end behind a damaged header",
            "odd: damaged header behind its pax records",
            "odd: damaged header between two",
            "odd: words between two members",
            "odd: words with zero blocks between two members",
            "wrong checksum",
        ],
        "a header's size is no number": [
            "negative size",
            "odd: negative size",
        ],
        "one of a header's numbers": [
            "base 256",
            "odd: base 256",
            "odd: negative owner",
            "odd: numbers that are none",
        ],
        "a size is too great": [
            "greatest pax size"
        ],
        "the pax record 'size'": [
            "odd: pax numbers that are none",
            "pax size too great for 64 bits",
        ],
        "the pax record 'mtime'": [
            "pax size and long names"
        ],
        "pax records are malformed": [
            "malformed pax records",
            "odd: pax records with a wrong length",
            "pax records with greatest length",
        ],
        "more than 1 MiB": [
            "greatest extension size",
            "odd: two oversized extensions",
            "oversized extension",
        ],
        "describes no entry": [
            "extensions before nothing"
        ],
        "fifo has a size": [
            "odd: directory and link with payloads",
            "odd: hard link with its data",
            "odd: size of a last link",
            "odd: sizes without payloads",
            "sizes on entries without payload",
        ],
    ]

    /// Why composefs-rs refuses the sample; nil where it takes it.
    var refusal: String? {
        if name == "rich" || name.hasPrefix("odd: sparse file") { return "a file is sparse" }
        return TarSample.refusedByComposefs.first { $0.value.contains(name) }?.key
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
