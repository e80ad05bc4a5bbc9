/// What the front of a deflate stream looks like: its blocks, and the bytes that they stand for.
struct DeflateOutline {
    enum Kind: UInt8 {
        case stored, fixed, dynamic
    }

    struct Block: Equatable {
        var kind: Kind
        var isLast: Bool
        /// Literals and matches.
        var tokenCount = 0
        var matchCount = 0
        /// Matches from farther away than the byte before.
        var farMatchCount = 0
        /// Uncompressed bytes up to the block's start, and in it.
        var start: Int
        var byteCount = 0
        /// Whether its end is a byte's.
        var endsByte = false

        var end: Int { start + byteCount }
    }

    /// Blocks that are there as a whole.
    private(set) var blocks: [Block] = []
    /// The first bytes that they stand for, and those of the block behind as far as it is there.
    private(set) var bytes: [UInt8] = []
    /// Whether the last block is among them.
    private(set) var isWhole = false
    /// Whether the stream's front ends before its last block does, and before what is kept is full.
    private(set) var endsEarly = false
    /// Why it cannot be read on, if it is no deflate.
    private(set) var damage: String?

    /// Blocks that are looked at. Writers have far fewer in a mebibyte; an empty block has ten bits.
    private static let blockLimit = 1 << 16

    /// Reads a stream's front.
    ///
    /// - Parameters:
    ///   - byteLimit: uncompressed bytes that are kept. The blocks go on, but not for longer than that takes, unless the
    ///     first ones do.
    init(_ stream: ArraySlice<UInt8>, byteLimit: Int) {
        var scanner = DeflateScanner(stream, byteLimit: byteLimit)
        bytes.reserveCapacity(min(byteLimit, stream.count * 4))
        do throws(DeflateScanner.Stop) {
            while !isWhole, blocks.count < DeflateOutline.blockLimit,
                scanner.byteCount < byteLimit || blocks.count < 2
            {
                let block = try scanner.block(&bytes)
                blocks.append(block)
                isWhole = block.isLast
            }
        } catch .damaged(let reason) {
            damage = reason
        } catch {
            endsEarly = true
        }
    }
}

/// Reads deflate (RFC 1951) token by token.
private struct DeflateScanner {
    enum Stop: Error {
        case ended
        case damaged(String)
    }

    private let stream: ArraySlice<UInt8>
    private let byteLimit: Int
    private var position: Int
    private var pending: UInt64 = 0
    private var pendingCount = 0
    private(set) var byteCount = 0

    private static let fixed = (
        DecodingTable(DeflateAlphabet.fixedLiteralLengths)!, DecodingTable(DeflateAlphabet.fixedDistanceLengths)!
    )

    init(_ stream: ArraySlice<UInt8>, byteLimit: Int) {
        self.stream = stream
        self.byteLimit = byteLimit
        position = stream.startIndex
    }

    mutating func block(_ output: inout [UInt8]) throws(Stop) -> DeflateOutline.Block {
        let isLast = try bits(1) == 1
        guard let kind = DeflateOutline.Kind(rawValue: UInt8(try bits(2))) else {
            throw .damaged("a block is of no known type")
        }
        var block = DeflateOutline.Block(kind: kind, isLast: isLast, start: byteCount)
        switch kind {
        case .stored: try copyStored(&output)
        case .fixed: try tokens(DeflateScanner.fixed.0, DeflateScanner.fixed.1, of: &block, &output)
        case .dynamic:
            let (literals, distances) = try codes()
            try tokens(literals, distances, of: &block, &output)
        }
        block.byteCount = byteCount - block.start
        block.endsByte = pendingCount % 8 == 0
        return block
    }

    private mutating func copyStored(_ output: inout [UInt8]) throws(Stop) {
        _ = try bits(pendingCount % 8)
        let (length, complement) = (Int(try bits(16)), Int(try bits(16)))
        guard length ^ complement == 0xffff else { throw .damaged("a stored block has two lengths") }
        for _ in 0..<length { keep(UInt8(truncatingIfNeeded: try bits(8)), &output) }
    }

    private mutating func tokens(
        _ literals: DecodingTable, _ distances: DecodingTable, of block: inout DeflateOutline.Block,
        _ output: inout [UInt8]
    ) throws(Stop) {
        while true {
            let symbol = try symbol(literals)
            if symbol < DeflateAlphabet.endOfBlock {
                keep(UInt8(symbol), &output)
            } else if symbol == DeflateAlphabet.endOfBlock {
                return
            } else {
                guard symbol < DeflateAlphabet.literalCount else { throw .damaged("a length is of no known symbol") }
                let bitCount = Int(DeflateAlphabet.lengthExtraBits[symbol - 257])
                let length = Int(DeflateAlphabet.lengthBases[symbol - 257]) + Int(try bits(bitCount))
                let far = try self.symbol(distances)
                guard far < DeflateAlphabet.distanceCount else { throw .damaged("a distance is of no known symbol") }
                let farBitCount = Int(DeflateAlphabet.distanceExtraBits[far])
                let distance = Int(DeflateAlphabet.distanceBases[far]) + Int(try bits(farBitCount))
                guard distance <= byteCount else { throw .damaged("a match begins before the first byte") }
                block.matchCount += 1
                if distance > 1 { block.farMatchCount += 1 }
                let end = byteCount + length
                while byteCount < min(end, byteLimit) { keep(output[byteCount - distance], &output) }
                // What is behind the limit is not kept.
                byteCount = end
            }
            block.tokenCount += 1
        }
    }

    private mutating func codes() throws(Stop) -> (DecodingTable, DecodingTable) {
        let counts = (Int(try bits(5)) + 257, Int(try bits(5)) + 1, Int(try bits(4)) + 4)
        var stepLengths = [UInt8](repeating: 0, count: 19)
        for symbol in DeflateAlphabet.codeLengthOrder.prefix(counts.2) { stepLengths[symbol] = UInt8(try bits(3)) }
        guard let steps = DecodingTable(stepLengths) else { throw .damaged("a code has too many symbols") }
        var lengths: [UInt8] = []
        while lengths.count < counts.0 + counts.1 {
            let step = try symbol(steps)
            switch step {
            case 16:
                guard let last = lengths.last else { throw .damaged("a code begins with a repetition") }
                lengths += [UInt8](repeating: last, count: Int(try bits(2)) + 3)
            case 17: lengths += [UInt8](repeating: 0, count: Int(try bits(3)) + 3)
            case 18: lengths += [UInt8](repeating: 0, count: Int(try bits(7)) + 11)
            default: lengths.append(UInt8(step))
            }
        }
        guard lengths.count == counts.0 + counts.1, let literals = DecodingTable(Array(lengths[..<counts.0])),
            let distances = DecodingTable(Array(lengths[counts.0...]))
        else { throw .damaged("a code has too many symbols") }
        return (literals, distances)
    }

    @inline(__always) private mutating func keep(_ byte: UInt8, _ output: inout [UInt8]) {
        if byteCount < byteLimit { output.append(byte) }
        byteCount += 1
    }

    @inline(__always) private mutating func fill(_ count: Int) {
        while pendingCount < count, position < stream.endIndex {
            pending |= UInt64(stream[position]) << UInt64(pendingCount)
            pendingCount += 8
            position += 1
        }
    }

    private mutating func bits(_ count: Int) throws(Stop) -> UInt64 {
        fill(count)
        guard pendingCount >= count else { throw .ended }
        defer {
            pending >>= UInt64(count)
            pendingCount -= count
        }
        return pending & (1 << UInt64(count) - 1)
    }

    private mutating func symbol(_ table: DecodingTable) throws(Stop) -> Int {
        fill(15)
        let entry = table.entries[Int(pending & table.mask)]
        let length = Int(entry & 15)
        guard length > 0 else {
            if pendingCount < 15 { throw .ended }
            throw .damaged("a code is of no known symbol")
        }
        guard length <= pendingCount else { throw .ended }
        pending >>= UInt64(length)
        pendingCount -= length
        return Int(entry >> 4)
    }
}

/// Finds a symbol by the next bits.
private struct DecodingTable {
    /// Symbol and length by the bits; length 0 where there is none.
    let entries: [UInt16]
    let mask: UInt64

    /// Nil where the lengths are too many.
    init?(_ lengths: [UInt8]) {
        let longest = Int(lengths.max() ?? 0)
        guard lengths.reduce(0, { $0 + ($1 > 0 ? 1 << (15 - Int($1)) : 0) }) <= 1 << 15 else { return nil }
        let code = HuffmanCode(lengths: lengths)
        var entries = [UInt16](repeating: 0, count: 1 << longest)
        for (symbol, length) in lengths.enumerated() where length > 0 {
            let (entry, step) = (UInt16(symbol) << 4 | UInt16(length), 1 << Int(length))
            var place = Int(code.codes[symbol])
            while place < entries.count {
                entries[place] = entry
                place += step
            }
        }
        self.entries = entries
        mask = UInt64(entries.count - 1)
    }
}
