/// Whether a stream may be pgzip's, and what its blocks are.
struct PgzipEvidence {
    /// What Go's pgzip has in the head for no time at all: year 1, in 32 bits.
    private static let noTime: [UInt8] = [0, 9, 0x6e, 0x88]
    private static let unknownSystem: UInt8 = 255

    private let outline: DeflateOutline
    /// Uncompressed offsets of the empty stored blocks that end each block.
    private let marks: [Int]
    /// Whether the head is that of a writer who has set nothing in it.
    let isPlain: Bool

    init(_ outline: DeflateOutline, _ header: GzipHeader) {
        self.outline = outline
        marks = outline.blocks.filter { $0.kind == .stored && $0.byteCount == 0 && !$0.isLast }.map(\.start)
        isPlain =
            header.modificationTime.elementsEqual(PgzipEvidence.noTime) && header.system == PgzipEvidence.unknownSystem
    }

    /// The sizes of blocks that explain the marks; none where it is another's stream.
    var blockByteCounts: [Int] {
        let custom = PgzipLayout.custom.blockByteCount
        // So many bytes are there that have no mark, if the stream has one block.
        let shortest = outline.blocks.last?.end ?? 0
        let powers = stride(from: 0, through: 6, by: 1).map { custom << $0 }
        if outline.isWhole {
            // The end is an empty fixed block behind a mark.
            guard let end = outline.blocks.last, end.kind == .fixed, end.byteCount == 0, marks.last == end.start,
                let first = marks.first
            else { return [] }
            // With one block its size does not show: then all that are longer do the same.
            return marks.count > 1 ? sizes([first]) : Array(powers.filter { $0 > shortest }.prefix(1))
        }
        if let first = marks.first {
            return zip(marks, 1...).allSatisfy { $0 == $1 * first } ? sizes([first]) : []
        }
        // Where nothing compresses, the first mark is behind what was read.
        return isPlain ? sizes(powers.filter { $0 >= shortest }) : []
    }

    private func sizes(_ all: [Int]) -> [Int] { all.filter { PgzipLayout.blockByteCounts ~= $0 } }
}
