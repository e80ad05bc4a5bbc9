internal import Tar

/// What an element of the packed stream is. From `firstShape` on, a header of a known shape.
enum PackedToken {
    /// A header whose shape is new: its definition follows.
    static let newShape: UInt64 = 0
    /// Blocks of zeros; their number follows.
    static let zeroBlocks: UInt64 = 1
    /// Literal bytes; their number follows.
    static let literal: UInt64 = 2
    /// A payload that no header announces, and zeros up to the next whole block; its size follows.
    static let paddedPayload: UInt64 = 3
    /// The same without the zeros.
    static let payload: UInt64 = 4
    /// Literal bytes and the zeros up to the next whole block after so many; their number follows.
    static let paddedLiteral: UInt64 = 5
    static let firstShape: UInt64 = 6

    /// One token stands for no more zeros, so that few bytes cannot announce many.
    static let maximumZeroBlocks = 128

    /// No more literal bytes are packed: so many are no recipe's.
    static let maximumLiteralBytes: UInt64 = 4 << 30

    /// What unpacking would refuse is not packed.
    static func check(_ recipe: Recipe, for name: String) throws(StrategyError) {
        guard UInt64(recipe.literalByteCount) <= maximumLiteralBytes else {
            throw StrategyError(
                .cannot, name,
                "the recipe has \(recipe.literalByteCount) literal bytes, more than the \(maximumLiteralBytes) it takes"
            )
        }
    }
}

/// What is not as expected of a header, one bit each.
struct HeaderChanges: OptionSet {
    let rawValue: UInt8

    static let mode = HeaderChanges(rawValue: 1)
    static let owner = HeaderChanges(rawValue: 2)
    static let size = HeaderChanges(rawValue: 4)
    static let time = HeaderChanges(rawValue: 8)
    static let link = HeaderChanges(rawValue: 16)
    static let device = HeaderChanges(rawValue: 32)
    /// Bytes differ from what shape and values say.
    static let patches = HeaderChanges(rawValue: 64)
    /// The data or payload that the size announces does not follow.
    static let nothingFollows = HeaderChanges(rawValue: 128)
}

/// Whether payloads' objects are spelled out, or left to the layer's tree where it knows them.
enum PackedObjects {
    case spelled
    case fromTree(LayerContext)
}
