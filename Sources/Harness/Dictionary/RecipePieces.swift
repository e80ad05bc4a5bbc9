internal import Strategies
internal import Tar

/// Cuts a layer's recipe into what a dictionary is trained on: many short pieces that look like the recipes of small layers.
struct RecipePieces {
    /// Literal bytes in a piece: about as many as a layer of eight files has.
    static let literalBytes = 4 << 10

    /// Each piece encoded for itself.
    let encoded: [[UInt8]]

    /// - Parameter bytes: the whole recipe's, which are cut instead where the encoding cannot carry a part of a layer.
    init(of recipe: Recipe, as bytes: [UInt8], _ encoding: any Encoding, against context: LayerContext) {
        do throws(StrategyError) {
            encoded = try RecipePieces.cut(recipe).map { piece throws(StrategyError) in
                try encoding.encode(piece, against: context)
            }
        } catch {
            encoded = stride(from: 0, to: bytes.count, by: RecipePieces.literalBytes).map {
                Array(bytes[$0..<min($0 + RecipePieces.literalBytes, bytes.count)])
            }
        }
    }

    /// The recipe in pieces that end where a tar block does, so that a header stays whole.
    static func cut(_ recipe: Recipe) -> [Recipe] {
        var pieces: [Recipe] = []
        var piece = Recipe()
        var literals = recipe.literalReader()
        var offset: UInt64 = 0
        for segment in recipe.segments {
            switch segment {
            case .payload(let payload):
                piece.append(payload)
                offset += payload.byteCount
            case .literal(let count):
                var bytes: [UInt8] = []
                literals.append(count, to: &bytes)
                var rest = bytes[...]
                while !rest.isEmpty {
                    let missing = max(literalBytes - piece.literalByteCount, 1)
                    let end = (offset + UInt64(missing) + 511) / 512 * 512
                    let part = rest.prefix(Int(end - offset))
                    piece.append(literal: part)
                    rest = rest.dropFirst(part.count)
                    offset += UInt64(part.count)
                    guard piece.literalByteCount >= literalBytes, offset % 512 == 0 else { continue }
                    pieces.append(piece)
                    piece = Recipe()
                }
            }
        }
        if piece.streamLength > 0 { pieces.append(piece) }
        return pieces
    }

    /// At most so many bytes of pieces, evenly spread over the layer, its first and last among them.
    func share(ofBytes limit: Int) -> [[UInt8]] {
        let total = encoded.reduce(0) { $0 + $1.count }
        guard total > limit, encoded.count > 2 else { return encoded }
        let count = max(2, encoded.count * limit / total)
        return (0..<count).map { encoded[$0 * (encoded.count - 1) / (count - 1)] }
    }
}
