/// A recipe's segments as tar's own elements, in order: what encodings that understand tar work on.
///
/// It is a reading of the recipe alone, and lossless: the elements, one after the other, are the recipe. Nothing is
/// checked that would not matter for that, and what is no tar comes as it is.
public struct Outline: Sequence, IteratorProtocol {
    public enum Element: Equatable, Sendable {
        /// A header block whose checksum fits, at this place among the recipe's literal bytes.
        case header(at: Int)
        /// Literal bytes that are the last header's data: an extension header's, or a payload that is kept inline.
        /// `isPadded` says that zeros up to the next whole block follow, as they should (none may be needed).
        case data(Range<Int>, isPadded: Bool)
        /// A payload that follows a header.
        case payload(Recipe.Payload, isPadded: Bool)
        /// Blocks of zeros, as at the end of an archive.
        case zeroBlocks(Int)
        /// Other literal bytes.
        case literal(Range<Int>)
        /// A payload that follows no header.
        case piece(Recipe.Payload)
    }

    private let segments: Recipe.Segments
    private let literals: LiteralBytes
    private var segment: Recipe.Segments.Index
    /// Where the next literal byte is.
    private var position = 0
    /// Where the current run of literal bytes ends.
    private var runEnd = 0
    /// The data bytes that the last header announces; nil where no header was last.
    private var announced: UInt64?
    private var lastIsExtension = false
    /// Bytes ahead that fill the last block and are not zeros: what follows them begins a block.
    private var oddPadding = 0

    public init(_ recipe: Recipe) { self.init(recipe, literals: recipe.literalBytes()) }

    /// The outline of a recipe whose literal bytes are at hand.
    public init(_ recipe: Recipe, literals: LiteralBytes) {
        segments = recipe.segments
        segment = segments.startIndex
        self.literals = literals
    }

    public mutating func next() -> Element? {
        guard position == runEnd else { return nextLiteral() }
        guard segment < segments.endIndex else { return nil }
        defer { segment = segments.index(after: segment) }
        switch segments[segment] {
        case .literal(let count):
            runEnd = position + count
            return nextLiteral()
        case .payload(let payload):
            oddPadding = 0
            guard announced != nil else { return .piece(payload) }
            announced = nil
            return .payload(payload, isPadded: takePadding(after: payload.byteCount, inNextSegment: true))
        }
    }

    private mutating func nextLiteral() -> Element {
        let blockSize = Header.blockSize
        if oddPadding > 0 {
            let end = position + Swift.min(oddPadding, runEnd - position)
            oddPadding = 0
            return literal(upTo: end)
        }
        if let count = announced, count > 0, hasData(count) {
            announced = nil
            let range = position..<position + Int(count)
            position = range.upperBound
            return .data(range, isPadded: takePadding(after: count, inNextSegment: false))
        }
        announced = nil
        guard runEnd - position >= blockSize else { return literal(upTo: runEnd) }
        if isZeroBlock(at: position) {
            var count = 0
            while runEnd - position >= blockSize, isZeroBlock(at: position) {
                count += 1
                position += blockSize
            }
            return .zeroBlocks(count)
        }
        if let header = header(at: position) {
            (announced, lastIsExtension) = (header.size.flatMap { UInt64(exactly: $0) } ?? 0, header.isExtension)
            position += blockSize
            return .header(at: position - blockSize)
        }
        var end = position + blockSize
        while runEnd - end >= blockSize, !isZeroBlock(at: end), header(at: end) == nil { end += blockSize }
        return literal(upTo: runEnd - end < blockSize ? runEnd : end)
    }

    /// Whether the literal bytes ahead are the data that the last header announces. An entry that should have a payload
    /// and has a reference instead, or none, is followed by a header or by zeros.
    private func hasData(_ count: UInt64) -> Bool {
        guard count <= UInt64(runEnd - position) else { return false }
        return lastIsExtension
            || !(runEnd - position >= Header.blockSize
                && (isZeroBlock(at: position) || header(at: position) != nil))
    }

    private mutating func literal(upTo end: Int) -> Element {
        defer { position = end }
        return .literal(position..<end)
    }

    /// Takes the zeros that fill the last block, where they are there.
    private mutating func takePadding(after count: UInt64, inNextSegment: Bool) -> Bool {
        let padding = Int((0 &- count) % UInt64(Header.blockSize))
        guard padding > 0 else { return true }
        var end = runEnd
        if inNextSegment {
            let next = segments.index(after: segment)
            guard next < segments.endIndex, case .literal(let count) = segments[next] else { return false }
            end = position + count
        }
        guard end - position >= padding,
            literals[position..<position + padding].allSatisfy({ $0 == 0 })
        else {
            oddPadding = padding
            return false
        }
        if inNextSegment {
            segment = segments.index(after: segment)
            runEnd = end
        }
        position += padding
        return true
    }

    private func header(at offset: Int) -> Header? { Header(literals[offset..<offset + Header.blockSize]) }

    private func isZeroBlock(at offset: Int) -> Bool {
        let bytes = literals[offset..<offset + Header.blockSize]
        let block = bytes.span
        guard block[0] == 0 else { return false }
        for index in 0..<Header.blockSize where block[index] != 0 { return false }
        return true
    }
}

extension Header {
    /// Whether this header describes the next entry, or all that follow.
    public var isExtension: Bool { Header.isExtension(typeFlag) }

    /// Whether headers of this type flag describe the next entry, or all that follow.
    public static func isExtension(_ typeFlag: UInt8) -> Bool { Extensions.describes(typeFlag) }
}
