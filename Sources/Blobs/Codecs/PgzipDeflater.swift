/// Versions of Klaus Post's flate that compress differently at the fifth level.
enum PgzipEdition: UInt8, CaseIterable, Sendable {
    /// 1.15.0 to 1.15.9.
    case v1_15_0
    /// 1.15.10 to 1.18.0.
    case v1_15_10
    /// 1.18.1, which was taken back.
    case v1_18_1
    /// 1.18.2 and later, up to 1.19.1 at least.
    case v1_18_2

    /// How many bytes of a short match another one may begin later that ends where it does.
    var slack: Int { self == .v1_15_0 ? 0 : 2 }
    /// Whether a dynamic block's head has the lengths of codes up to the last one; else those of all symbols, unless the
    /// block ends with the piece that begins it.
    var trimsHeads: Bool { self == .v1_18_1 || self == .v1_18_2 }
    /// Whether the end of a block counts where a piece's size is told that would not end it.
    var alwaysCountsEnd: Bool { self == .v1_18_2 }
}

/// The parameters of pgzip, a block-parallel compressor.
struct PgzipLayout: Equatable, Sendable {
    static let custom = PgzipLayout(blockByteCount: 1 << 20)
    /// Sizes of blocks that it takes; the upper end is ours.
    static let blockByteCounts = PgzipBlock.dictionaryByteCount + 1...64 << 20

    var edition = PgzipEdition.v1_15_10
    var blockByteCount: Int
}

/// Compresses as pgzip does: in blocks, each with the end of the one before as its dictionary, and brought to a byte's end.
final class PgzipDeflater: Deflating {
    private let blockByteCount: Int
    private var compressor: PgzipBlockCompressor
    private var block = PgzipBlock()

    init(_ layout: PgzipLayout) {
        blockByteCount = layout.blockByteCount
        compressor = PgzipBlockCompressor(layout.edition)
    }

    func write(_ bytes: ArraySlice<UInt8>, into output: inout [UInt8]) {
        var rest = bytes
        while !rest.isEmpty {
            let part = rest.prefix(blockByteCount - block.byteCount)
            block.add(part)
            rest = rest.dropFirst(part.count)
            if block.byteCount == blockByteCount {
                compressor.compress(block, into: &output)
                block.startNext()
            }
        }
    }

    func finish(into output: inout [UInt8]) {
        // Where the bytes end with a block, this one is empty.
        compressor.compress(block, into: &output)
        compressor.end(into: &output)
    }
}

/// The bytes of a block, behind those of its dictionary.
struct PgzipBlock: Sendable {
    static let dictionaryByteCount = 16 << 10

    fileprivate private(set) var bytes: [UInt8] = []
    fileprivate private(set) var dictionaryByteCount = 0

    var byteCount: Int { bytes.count - dictionaryByteCount }

    mutating func add(_ part: ArraySlice<UInt8>) { bytes += part }

    /// Leaves what the next block has as its dictionary.
    mutating func startNext() {
        bytes.removeFirst(bytes.count - PgzipBlock.dictionaryByteCount)
        dictionaryByteCount = PgzipBlock.dictionaryByteCount
    }
}

/// Compresses blocks on their own.
struct PgzipBlockCompressor: ~Copyable {
    /// Bytes that are searched together, and written as a block or a part of one.
    private static let pieceByteCount = 65535
    /// What is no longer is stored.
    private static let storedByteCount = 32
    /// What is shorter is not searched.
    private static let searchedByteCount = 128

    private var search: PgzipSearch
    private var coder: PgzipBlockCoder
    private var tokens = TokenBuffer(capacity: PgzipBlockCompressor.pieceByteCount)

    init(_ edition: PgzipEdition) {
        search = PgzipSearch(edition)
        coder = PgzipBlockCoder(edition)
    }

    deinit { tokens.deallocate() }

    mutating func compress(_ block: PgzipBlock, into output: inout [UInt8]) {
        search.startOver()
        block.bytes.withView { bytes in
            // What is found in the dictionary counts for nothing, but leaves its places.
            let dictionary = 0..<block.dictionaryByteCount
            tokens.removeAll()
            if !dictionary.isEmpty { search.search(bytes, dictionary, into: &tokens) }
            for start in stride(from: dictionary.upperBound, to: bytes.count, by: PgzipBlockCompressor.pieceByteCount) {
                let end = min(start + PgzipBlockCompressor.pieceByteCount, bytes.count)
                write(bytes, start..<end, isLast: end == bytes.count, into: &output)
            }
        }
        coder.writeMarker(into: &output)
    }

    private mutating func write(_ bytes: ByteView, _ piece: Range<Int>, isLast: Bool, into output: inout [UInt8]) {
        // Only a block's last piece is a short one.
        guard piece.count > PgzipBlockCompressor.storedByteCount else {
            return coder.writeStored(bytes, piece, into: &output)
        }
        guard piece.count >= PgzipBlockCompressor.searchedByteCount else {
            return coder.writeLiterals(bytes, piece, isLast: true, into: &output)
        }
        tokens.removeAll()
        search.search(bytes, piece, into: &tokens)
        if tokens.count == 0 {
            coder.writeStored(bytes, piece, into: &output)
        } else if tokens.count > piece.count - piece.count >> 4 {
            coder.writeLiterals(bytes, piece, isLast: isLast, into: &output)
        } else {
            coder.write(tokens, bytes, piece, isLast: isLast, into: &output)
        }
    }

    mutating func end(into output: inout [UInt8]) { coder.writeEnd(into: &output) }
}
