internal import Digests
internal import Tar

/// The bytes of `raw`, made as they are asked for.
final class RawSource: ByteSource {
    private static let pieceByteCount = 128 << 10

    let byteCount: Int
    private let segments: Recipe.Segments
    private var index: Recipe.Segments.Index
    private var literals: LiteralReader
    /// Bytes of the literal that has begun and are still to come.
    private var literalRest = 0
    private var head: [UInt8]
    private var buffer: [UInt8] = []

    init(_ recipe: Recipe) {
        segments = recipe.segments
        index = segments.startIndex
        literals = recipe.literalReader()
        head = [Raw.version]
        head.append(number: UInt64(segments.count))
        head.append(number: recipe.streamLength)
        byteCount = segments.reduce(head.count + recipe.literalByteCount) { count, segment in
            switch segment {
            case .literal(let byteCount): count + RawSource.width(UInt64(byteCount))
            case .payload(let payload): count + RawSource.width(payload.byteCount) + Digest.byteCount
            }
        }
    }

    func next() -> ArraySlice<UInt8> {
        buffer.removeAll(keepingCapacity: true)
        buffer.reserveCapacity(min(byteCount, RawSource.pieceByteCount + 64))
        buffer.append(contentsOf: head)
        head = []
        while buffer.count < RawSource.pieceByteCount {
            if literalRest > 0 {
                let piece = literals.next(upTo: min(literalRest, RawSource.pieceByteCount - buffer.count))
                buffer.append(contentsOf: piece)
                literalRest -= piece.count
                continue
            }
            guard index < segments.endIndex else { break }
            switch segments[index] {
            case .literal(let count):
                buffer.append(number: UInt64(count) << 1)
                literalRest = count
            case .payload(let payload):
                buffer.append(number: payload.byteCount << 1 | 1)
                payload.object.append(to: &buffer)
            }
            index = segments.index(after: index)
        }
        return buffer[...]
    }

    /// Bytes of a segment's tag.
    private static func width(_ byteCount: UInt64) -> Int {
        max(1, (64 - (byteCount << 1).leadingZeroBitCount + 6) / 7)
    }
}
