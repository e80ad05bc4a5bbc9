/// Writes pieces of a stream as Klaus Post's flate does: a piece may go on in the block that the one before began, whose codes
/// it then shares. So a block's end is written only when it is clear that the next piece begins one of its own.
struct PgzipBlockCoder: ~Copyable {
    /// A block that has begun and may go on.
    private struct OpenBlock {
        /// Bits of its head, which the next one's is taken to be as long as.
        var headBitCount: Int
        /// Whether it has codes for literals alone, without use for matches.
        var isLiteral: Bool
    }

    /// Fewer tokens may be written with the fixed codes.
    private static let fixedTokenLimit = 250
    /// A new block's size, as it is estimated, counts for as much more as this shift gives.
    private static let estimateShift = 7
    /// Bits of a head that is not known yet, where all is literals.
    private static let typicalHeadBitCount = 560
    private static let storedHeadByteCount = 5

    private var bits = BitBuffer()
    private var open: OpenBlock?
    private let literals = SymbolTable(count: DeflateAlphabet.literalCount)
    private let distances = SymbolTable(count: DeflateAlphabet.distanceCount)
    private let fixedLiterals = SymbolTable(count: DeflateAlphabet.literalCount)
    private let fixedDistances = SymbolTable(count: DeflateAlphabet.distanceCount)
    private let histogram = RawCounts(count: DeflateAlphabet.endOfBlock + 1)
    private let symbols = MatchSymbols.shared

    private let edition: PgzipEdition

    init(_ edition: PgzipEdition) {
        self.edition = edition
        fixedLiterals.take(HuffmanCode(lengths: DeflateAlphabet.fixedLiteralLengths))
        fixedDistances.take(HuffmanCode(lengths: DeflateAlphabet.fixedDistanceLengths))
    }

    deinit {
        bits.deallocate()
        literals.deallocate()
        distances.deallocate()
        fixedLiterals.deallocate()
        fixedDistances.deallocate()
        histogram.deallocate()
    }

    // MARK: Pieces

    mutating func writeStored(_ bytes: ByteView, _ part: Range<Int>, into output: inout [UInt8]) {
        closeBlock()
        bits.put(0, 3)
        bits.endByte()
        bits.putLengthOfStored(part.count)
        bits.drain(into: &output)
        bytes.append(part, to: &output)
    }

    /// Writes a piece as matches and literals.
    ///
    /// - Parameter isLast: whether the block ends with it.
    mutating func write(
        _ tokens: TokenBuffer, _ bytes: ByteView, _ part: Range<Int>, isLast: Bool, into output: inout [UInt8]
    ) {
        defer { bits.drain(into: &output) }
        if let block = open, block.isLiteral || !canTake(tokens) { closeBlock() }
        let storedBitCount = (part.count + PgzipBlockCoder.storedHeadByteCount) * 8
        let isSmall = tokens.count + (isLast ? 1 : 0) < PgzipBlockCoder.fixedTokenLimit
        let extraBitCount = extraBitCount(tokens)
        if let block = open {
            let endBitCount = literals.length(DeflateAlphabet.endOfBlock)
            var newBitCount = block.headBitCount + estimatedBitCount(tokens, countsEnd: isLast)
            newBitCount += endBitCount + newBitCount >> PgzipBlockCoder.estimateShift
            let countsEnd = isLast || edition.alwaysCountsEnd
            let sharedBitCount =
                bitCount(tokens, literals, distances) + extraBitCount + (countsEnd ? endBitCount : 0)
            if newBitCount < sharedBitCount { closeBlock() }
            let bitCount = min(newBitCount, sharedBitCount)
            let fixedBitCount = fixedBitCount(tokens) + extraBitCount + (countsEnd ? 7 : 0) + 7
            let pays = isSmall && fixedBitCount < bitCount
            if storedBitCount <= bitCount { return writeStored(bytes, part, into: &output) }
            if pays { return writeFixed(tokens) }
        }
        if open == nil {
            let codes = PgzipCodes(
                literals: tokens.literalFrequencies.array(adding: 1, at: DeflateAlphabet.endOfBlock),
                distances: tokens.distanceFrequencies.array, isTrimmed: isLast || edition.trimsHeads)
            literals.take(codes.literals)
            distances.take(codes.distances)
            let ownBitCount =
                codes.headBitCount + bitCount(tokens, literals, distances)
                + literals.length(DeflateAlphabet.endOfBlock) + extraBitCount
            let fixedBitCount = fixedBitCount(tokens) + extraBitCount + 7
            let isFixed = isSmall && fixedBitCount <= ownBitCount
            if storedBitCount <= (isFixed ? fixedBitCount : ownBitCount) {
                return writeStored(bytes, part, into: &output)
            }
            if isFixed { return writeFixed(tokens) }
            codes.writeHead(into: &bits)
            open = OpenBlock(headBitCount: codes.headBitCount, isLiteral: false)
        }
        put(tokens, literals, distances)
        if isLast { closeBlock() }
    }

    /// Writes a piece without matches; or stored, where that saves little.
    mutating func writeLiterals(
        _ bytes: ByteView, _ part: Range<Int>, isLast: Bool, into output: inout [UInt8]
    ) {
        histogram.clear()
        // Loops over ranges are slow in debug builds.
        var place = part.lowerBound
        while place < part.upperBound {
            histogram[Int(bytes[place])] &+= 1
            place &+= 1
        }
        guard !isEven(part.count) else { return writeStored(bytes, part, into: &output) }
        histogram[DeflateAlphabet.endOfBlock] = 1
        let codes = PgzipCodes(literals: histogram.array, distances: [1], isTrimmed: true)
        var newBitCount = 0
        for symbol in 0..<histogram.count {
            newBitCount += Int(histogram[symbol]) * Int(codes.literals.lengths[symbol])
        }
        newBitCount += open?.headBitCount ?? PgzipBlockCoder.typicalHeadBitCount
        newBitCount += newBitCount >> PgzipBlockCoder.estimateShift
        guard newBitCount < (part.count + PgzipBlockCoder.storedHeadByteCount) * 8 else {
            return writeStored(bytes, part, into: &output)
        }
        if open != nil, newBitCount < sharedLiteralBitCount() { closeBlock() }
        if open == nil {
            literals.take(codes.literals)
            codes.writeHead(into: &bits)
            open = OpenBlock(headBitCount: codes.headBitCount, isLiteral: true)
        }
        place = part.lowerBound
        while place < part.upperBound {
            let symbol = Int(bytes[place])
            bits.put(literals.code(symbol), literals.length(symbol))
            bits.flush()
            place &+= 1
        }
        if isLast { closeBlock() }
        bits.drain(into: &output)
    }

    /// Brings the output to a byte's end, by an empty stored block.
    mutating func writeMarker(into output: inout [UInt8]) {
        closeBlock()
        bits.put(0, 3)
        bits.endByte()
        bits.putLengthOfStored(0)
        bits.drain(into: &output)
    }

    private mutating func closeBlock() {
        guard open != nil else { return }
        bits.put(literals.code(DeflateAlphabet.endOfBlock), literals.length(DeflateAlphabet.endOfBlock))
        bits.flush()
        open = nil
    }

    private mutating func writeFixed(_ tokens: TokenBuffer) {
        closeBlock()
        bits.put(2, 3)
        put(tokens, fixedLiterals, fixedDistances)
        bits.put(0, 7)
        bits.flush()
    }

    private mutating func put(_ tokens: TokenBuffer, _ literals: SymbolTable, _ distances: SymbolTable) {
        var index = 0
        while index < tokens.count {
            let token = tokens[index]
            index &+= 1
            let low = Int(token & 0xffff)
            if token >> 16 == 0 {
                bits.put(literals.code(low), literals.length(low))
            } else {
                let lengthSymbol = Int(symbols.lengths[low])
                bits.put(literals.code(257 &+ lengthSymbol), literals.length(257 &+ lengthSymbol))
                bits.put(
                    UInt64(low) &+ 3 &- UInt64(symbols.lengthBases[lengthSymbol]),
                    Int(symbols.lengthExtraBits[lengthSymbol]))
                let distance = Int(token >> 16)
                let symbol = symbols.symbol(ofDistance: distance)
                bits.put(distances.code(symbol), distances.length(symbol))
                bits.put(
                    UInt64(distance) &- UInt64(symbols.distanceBases[symbol]), Int(symbols.distanceExtraBits[symbol]))
            }
            bits.flush()
        }
    }

    // MARK: Sizes

    /// Whether the open block has codes for all tokens.
    private func canTake(_ tokens: TokenBuffer) -> Bool {
        let (literalCounts, distanceCounts) = (tokens.literalFrequencies, tokens.distanceFrequencies)
        return (0..<literalCounts.count).allSatisfy { literalCounts[$0] == 0 || literals.length($0) > 0 }
            && (0..<distanceCounts.count).allSatisfy { distanceCounts[$0] == 0 || distances.length($0) > 0 }
    }

    /// Bits of all tokens' codes, without the block's end.
    private func bitCount(_ tokens: TokenBuffer, _ literals: SymbolTable, _ distances: SymbolTable) -> Int {
        let (literalCounts, distanceCounts) = (tokens.literalFrequencies, tokens.distanceFrequencies)
        var sum = 0
        for symbol in 0..<literalCounts.count { sum &+= Int(literalCounts[symbol]) &* literals.length(symbol) }
        for symbol in 0..<distanceCounts.count { sum &+= Int(distanceCounts[symbol]) &* distances.length(symbol) }
        return sum
    }

    /// Those of a fixed block, without the block's end and the bits behind the codes.
    private func fixedBitCount(_ tokens: TokenBuffer) -> Int { 3 + bitCount(tokens, fixedLiterals, fixedDistances) }

    private func extraBitCount(_ tokens: TokenBuffer) -> Int {
        var sum = 0
        for symbol in 0..<symbols.lengthExtraBits.count {
            sum += Int(tokens.literalFrequencies[257 + symbol]) * Int(symbols.lengthExtraBits[symbol])
        }
        for symbol in 0..<symbols.distanceExtraBits.count {
            sum += Int(tokens.distanceFrequencies[symbol]) * Int(symbols.distanceExtraBits[symbol])
        }
        return sum
    }

    /// Bits of literals in the open block, whose count is in `histogram`.
    private func sharedLiteralBitCount() -> Int {
        var sum = 0
        for symbol in 0..<DeflateAlphabet.endOfBlock where histogram[symbol] > 0 {
            guard literals.length(symbol) > 0 else { return .max }
            sum += Int(histogram[symbol]) * literals.length(symbol)
        }
        return sum
    }

    /// Bits of all tokens if their codes were the best ones. It is computed in numbers of 32 bits, in this order: what is
    /// rounded decides over blocks.
    private func estimatedBitCount(_ tokens: TokenBuffer, countsEnd: Bool) -> Int {
        let (literalCounts, distanceCounts) = (tokens.literalFrequencies, tokens.distanceFrequencies)
        let share = 1 / Float(tokens.count + (countsEnd ? 1 : 0))
        var (information, extra, matchCount): (Float, Int, Int) = (0, 0, 0)
        for symbol in 0..<DeflateAlphabet.endOfBlock where literalCounts[symbol] > 0 {
            let count = Float(literalCounts[symbol])
            information += FastLogarithm.bitCount(ofShare: count * share) * count
        }
        // For the block's end.
        information += 15
        for symbol in 0..<symbols.lengthExtraBits.count where literalCounts[257 + symbol] > 0 {
            let count = Float(literalCounts[257 + symbol])
            information += FastLogarithm.bitCount(ofShare: count * share) * count
            extra += Int(literalCounts[257 + symbol]) * Int(symbols.lengthExtraBits[symbol])
            matchCount += Int(literalCounts[257 + symbol])
        }
        let distanceShare = 1 / Float(matchCount)
        for symbol in 0..<distanceCounts.count where distanceCounts[symbol] > 0 {
            let count = Float(distanceCounts[symbol])
            information += FastLogarithm.bitCount(ofShare: count * distanceShare) * count
            extra += Int(distanceCounts[symbol]) * Int(symbols.distanceExtraBits[symbol])
        }
        return Int(information) + extra
    }

    /// Whether the bytes of `histogram` occur about equally often, so that no code would save anything.
    private func isEven(_ byteCount: Int) -> Bool {
        guard byteCount > 1024 else { return false }
        let mean = Double(byteCount) / 256
        let limit = Double(byteCount * 2)
        var sum = 0.0
        for symbol in 0..<DeflateAlphabet.endOfBlock {
            let difference = Double(histogram[symbol]) - mean
            sum += difference * difference
            if sum > limit { return false }
        }
        return sum < limit
    }
}

/// A logarithm of few steps, whose errors are part of what is to be met.
private enum FastLogarithm {
    /// Bits of a symbol with this share of all: between 1 and 15.
    static func bitCount(ofShare share: Float) -> Float {
        let pattern = share.bitPattern
        let exponent = Float(Int(pattern >> 23 & 0xff) - 128)
        // The same fraction, from 1 to 2.
        let fraction = Float(bitPattern: pattern & 0x807f_ffff + 127 << 23)
        let logarithm = exponent + ((-0.34484843 * fraction + 2.02466578) * fraction - 0.67487759)
        return min(max(-logarithm, 1), 15)
    }
}

extension RawCounts {
    /// The elements, one of them higher.
    fileprivate func array(adding amount: UInt32, at place: Int) -> [UInt32] {
        var elements = array
        elements[place] += amount
        return elements
    }
}
