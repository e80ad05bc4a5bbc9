/// Versions of Klaus Post's flate that compress differently at the fifth level.
enum PgzipEdition: UInt8, CaseIterable, Sendable {
    /// 1.15.0 to 1.15.9.
    case early
    /// 1.15.10 to 1.18.0.
    case lenient
    /// 1.18.1, which was taken back.
    case trimmed
    /// 1.18.2 and later, up to 1.19.1 at least.
    case counted

    /// How many bytes of a short match another one may begin later that ends where it does.
    var slack: Int { self == .early ? 0 : 2 }
    /// Whether a dynamic block's head has the lengths of codes up to the last one; else those of all symbols, unless the
    /// block ends with the piece that begins it.
    var trimsHeads: Bool { self == .trimmed || self == .counted }
    /// Whether the end of a block counts where a piece's size is told that would not end it.
    var alwaysCountsEnd: Bool { self == .counted }
}

/// The parameters of pgzip, a block-parallel compressor.
struct PgzipLayout: Equatable, Sendable {
    static let custom = PgzipLayout(blockByteCount: 1 << 20)
    /// Sizes of blocks that it takes; the upper end is ours.
    static let blockByteCounts = PgzipBlock.dictionaryByteCount + 1...64 << 20

    var edition = PgzipEdition.lenient
    var blockByteCount: Int
}

/// Compresses as pgzip does: in blocks, each with the end of the one before as its dictionary, and brought to a byte's end.
///
/// Blocks do not need each other's outputs: several are compressed together, but for the first one, whose output shows soon
/// enough whether it is what is looked for.
final class PgzipDeflater: Deflating {
    /// Bytes that wait, unless one block has more.
    private static let waitingByteCount = 4 << 20
    private static let threadLimit = 4

    private let blockByteCount: Int
    private let edition: PgzipEdition
    /// So many blocks are compressed together, each by a thread.
    private let threadCount: Int
    private var block = PgzipBlock()
    private var waiting: [PgzipTask] = []
    private var queueLength = 1
    private var workers: [PgzipWorker] = []

    init(_ layout: PgzipLayout) {
        blockByteCount = layout.blockByteCount
        edition = layout.edition
        threadCount = max(
            1,
            min(
                ThreadTeam.processorCount, PgzipDeflater.threadLimit, PgzipDeflater.waitingByteCount / blockByteCount))
    }

    func write(_ bytes: ArraySlice<UInt8>, into output: inout [UInt8]) {
        var rest = bytes
        while !rest.isEmpty {
            let part = rest.prefix(blockByteCount - block.byteCount)
            block.add(part)
            rest = rest.dropFirst(part.count)
            guard block.byteCount == blockByteCount else { continue }
            let next = block.next
            waiting.append(PgzipTask(block))
            block = next
            guard waiting.count == queueLength else { continue }
            compress(into: &output)
            queueLength = threadCount
        }
    }

    func finish(into output: inout [UInt8]) {
        // Where the bytes end with a block, this one is empty.
        waiting.append(PgzipTask(block))
        compress(into: &output)
        PgzipBlockCompressor.appendEnd(to: &output)
    }

    func startOver() {
        block = PgzipBlock()
        queueLength = 1
    }

    private func compress(into output: inout [UInt8]) {
        let (tasks, count) = (waiting, waiting.count)
        while workers.count < count { workers.append(PgzipWorker(edition)) }
        ThreadTeam.perform(tasks.count, on: count) { [workers] number, thread in workers[thread].compress(tasks[number])
        }
        waiting = []
        for task in tasks {
            output += task.output
            task.output = []
        }
    }
}

/// A block, and what becomes of it. One thread at a time has it.
private final class PgzipTask: @unchecked Sendable {
    let block: PgzipBlock
    var output: [UInt8] = []

    init(_ block: PgzipBlock) { self.block = block }
}

/// A thread's memory.
private final class PgzipWorker: @unchecked Sendable {
    private var compressor: PgzipBlockCompressor

    init(_ edition: PgzipEdition) { compressor = PgzipBlockCompressor(edition) }

    func compress(_ task: PgzipTask) { compressor.compress(task.block, into: &task.output) }
}

/// The bytes of a block, behind those of its dictionary.
struct PgzipBlock: Sendable {
    static let dictionaryByteCount = 16 << 10

    fileprivate private(set) var bytes: [UInt8] = []
    fileprivate private(set) var dictionaryByteCount = 0

    var byteCount: Int { bytes.count - dictionaryByteCount }

    mutating func add(_ part: ArraySlice<UInt8>) { bytes += part }

    /// The next block, of which only the dictionary is there.
    var next: PgzipBlock {
        var next = PgzipBlock()
        next.bytes.reserveCapacity(bytes.count)
        next.bytes += bytes.suffix(PgzipBlock.dictionaryByteCount)
        next.dictionaryByteCount = PgzipBlock.dictionaryByteCount
        return next
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

    /// Ends the stream behind its last block, by an empty fixed one.
    static func appendEnd(to output: inout [UInt8]) { output += [3, 0] }
}
