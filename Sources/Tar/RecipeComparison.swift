/// Compares a recipe with one that comes piece by piece, so that the other one need not be there as a whole.
public struct RecipeComparison: RecipeSink {
    private let expected: Recipe
    private var index: Recipe.Segments.Index
    private var reader: LiteralReader
    /// Where the segment begins that comes next, or has begun: its number, and its offset in the stream.
    private var (segment, offset) = (0, UInt64(0))
    /// Literal bytes of that segment that were there already.
    private var literalCount = 0
    private var difference: (segment: Int, offset: UInt64)?

    public init(with expected: Recipe) {
        self.expected = expected
        index = expected.segments.startIndex
        reader = expected.literalReader()
    }

    public mutating func append(literal bytes: ArraySlice<UInt8>) {
        guard difference == nil, !bytes.isEmpty else { return }
        guard case .literal(let count) = next, bytes.count <= count - literalCount else { return differ() }
        literalCount += bytes.count
        var rest = bytes
        while !rest.isEmpty {
            let piece = reader.next(upTo: rest.count)
            guard piece == rest.prefix(piece.count) else { return differ() }
            rest = rest.dropFirst(piece.count)
        }
    }

    public mutating func append(_ payload: Recipe.Payload) {
        guard difference == nil, payload.byteCount > 0 else { return }
        guard endLiteral(), next == .payload(payload) else { return differ() }
        advance(payload.byteCount)
    }

    public var wantsNoMore: Bool { difference != nil }

    /// The other recipe is over: where the two first part, by the segment's number and its offset in the stream; nil where they
    /// are equal.
    public mutating func finish() -> (segment: Int, offset: UInt64)? {
        if difference == nil, !endLiteral() || next != nil { differ() }
        return difference
    }

    /// The segment that comes next, or has begun.
    private var next: Recipe.Segment? { index == expected.segments.endIndex ? nil : expected.segments[index] }

    /// Goes on from a literal that has begun; false where more of it is expected.
    private mutating func endLiteral() -> Bool {
        guard literalCount > 0 else { return true }
        guard next == .literal(byteCount: literalCount) else { return false }
        advance(UInt64(literalCount))
        literalCount = 0
        return true
    }

    private mutating func advance(_ byteCount: UInt64) {
        index = expected.segments.index(after: index)
        segment += 1
        offset += byteCount
    }

    private mutating func differ() { difference = (segment, offset) }
}
