/// Compresses block by block with zlib, as pigz does: each block ends at a byte's end, and has the 32 KiB before it as its
/// dictionary.
final class BlockDeflater: Deflating {
    private static let dictionaryByteCount = 32 << 10

    private let layout: BlockLayout
    private let stream: ZlibStream
    private var cutter: BlockCutter
    private var dictionary: [UInt8] = []
    private var isFirst = true

    init(_ layout: BlockLayout) throws(BlobError) {
        self.layout = layout
        stream = try ZlibStream(level: layout.level, memory: 8, strategy: ZlibStrategy.standard.rawValue)
        cutter = BlockCutter(blockByteCount: layout.byteCount, isRsyncable: layout.isRsyncable)
    }

    func write(_ bytes: ArraySlice<UInt8>, into output: inout [UInt8]) throws(BlobError) {
        var rest = bytes
        while !rest.isEmpty {
            // What is added moves down with each block, so it is not much.
            let part = rest.prefix(EvenPieces.byteCount)
            rest = rest.dropFirst(part.count)
            cutter.add(part)
            while let block = cutter.next(isOver: false) { try compress(block, into: &output) }
        }
    }

    func finish(into output: inout [UInt8]) throws(BlobError) {
        while let block = cutter.next(isOver: true) { try compress(block, into: &output) }
    }

    func startOver() {
        stream.reset()
        cutter = BlockCutter(blockByteCount: layout.byteCount, isRsyncable: layout.isRsyncable)
        dictionary = []
        isFirst = true
    }

    private func compress(_ block: BlockCutter.Block, into output: inout [UInt8]) throws(BlobError) {
        if !layout.isContinuous || layout.boundary == .independent {
            if !isFirst { stream.reset() }
            if !dictionary.isEmpty { stream.setDictionary(dictionary) }
        }
        isFirst = false
        var rest = block.bytes
        for length in block.lengths {
            let part = rest.prefix(length)
            rest = rest.dropFirst(length)
            if rest.isEmpty, block.isLast {
                try stream.deflate(part, .finish, into: &output)
            } else {
                try stream.deflate(part, .block, into: &output)
                try endByte(into: &output)
            }
        }
        guard layout.boundary != .independent, !layout.isContinuous else { return }
        if block.bytes.count < BlockDeflater.dictionaryByteCount {
            dictionary = Array((dictionary + block.bytes).suffix(BlockDeflater.dictionaryByteCount))
        } else {
            dictionary = Array(block.bytes.suffix(BlockDeflater.dictionaryByteCount))
        }
    }

    private func endByte(into output: inout [UInt8]) throws(BlobError) {
        switch layout.boundary {
        case .sync: try stream.deflate([], .sync, into: &output)
        case .independent:
            try stream.deflate([], .sync, into: &output)
            try stream.deflate([], .full, into: &output)
        case .shortest:
            guard stream.pendingBitCount & 1 == 0 else { return try stream.deflate([], .sync, into: &output) }
            guard stream.pendingBitCount > 0 else { return }
            // The type of a static block, and the code of its end.
            repeat { stream.put(2, bitCount: 10) } while stream.pendingBitCount > 0
            try stream.deflate([], .block, into: &output)
        }
    }
}

/// Cuts a stream into blocks: of one size, or, where it is rsyncable, at the last mark before. A mark is where a rolling sum
/// of some bytes has one value; the block's parts between marks are compressed to whole bytes, too.
private struct BlockCutter {
    struct Block {
        var bytes: ArraySlice<UInt8>
        /// Bytes of each part.
        var lengths: [Int]
        var isLast: Bool
    }

    private static let sumMask: UInt32 = 0xfff
    private static let markSum: UInt32 = 0x7ff

    private let blockByteCount: Int
    private let isRsyncable: Bool
    /// From the next block's start on.
    private var bytes: [UInt8] = []
    /// The end of what is the block unless there is a mark, and of the bytes behind that are at hand for the next one.
    private var (blockEnd, knownEnd) = (0, 0)
    /// The bytes behind were looked at when there was no mark among them, and stay as they are.
    private var keepsKnown = false
    private var scannedEnd = 0
    private var sum = BlockCutter.markSum
    private var isStarted = false
    private var isDone = false

    init(blockByteCount: Int, isRsyncable: Bool) {
        self.blockByteCount = blockByteCount
        self.isRsyncable = isRsyncable
    }

    mutating func add(_ more: ArraySlice<UInt8>) { bytes += more }

    /// The next block, if it is sure where it ends.
    mutating func next(isOver: Bool) -> Block? {
        guard !isDone else { return nil }
        if !isStarted {
            guard let count = take(isOver) else { return nil }
            knownEnd = count
            isStarted = true
        }
        if keepsKnown {
            keepsKnown = false
        } else {
            guard let count = take(isOver) else { return nil }
            blockEnd = knownEnd
            knownEnd += count
        }
        var marks: [Int] = []
        if isRsyncable { scan(to: min(blockByteCount, knownEnd), into: &marks) }
        var end = blockEnd
        if isRsyncable {
            let last = marks.last ?? scannedEnd
            if last > blockEnd {
                end = last
            } else if !marks.isEmpty, last < blockEnd, knownEnd > blockEnd {
                end = last
                keepsKnown = true
            }
        }
        marks.removeAll { $0 >= end }
        let ends = marks + [end]
        let lengths = zip(ends, [0] + marks).map { $0 - $1 }
        isDone = knownEnd == end
        let block = Block(bytes: Array(bytes[..<end])[...], lengths: lengths, isLast: isDone)
        bytes.removeFirst(end)
        (blockEnd, knownEnd, scannedEnd) = (blockEnd - end, knownEnd - end, scannedEnd - end)
        return block
    }

    /// How many bytes one more read takes, a whole block unless the stream is over; nil if they are not there.
    private func take(_ isOver: Bool) -> Int? {
        let count = min(blockByteCount, bytes.count - knownEnd)
        return isOver || count == blockByteCount ? count : nil
    }

    private mutating func scan(to end: Int, into marks: inout [Int]) {
        while scannedEnd < end {
            sum = (sum << 1 ^ UInt32(bytes[scannedEnd])) & BlockCutter.sumMask
            scannedEnd += 1
            if sum == BlockCutter.markSum { marks.append(scannedEnd) }
        }
    }
}
