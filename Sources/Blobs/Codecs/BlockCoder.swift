/// Collects the literals and matches of a deflate block, decides where it ends, and writes it as GNU gzip does.
struct BlockCoder: ~Copyable {
    /// A block has one token fewer than this.
    private static let tokenLimit = 1 << 15
    /// How often it is asked whether ending the block pays.
    private static let checkInterval = 1 << 12

    /// A literal, or a match: its length less 3 below, its distance above.
    private let tokens = RawCounts(count: BlockCoder.tokenLimit)
    private var tokenCount = 0
    private var matchCount = 0
    private let literalFrequencies = RawCounts(count: DeflateAlphabet.literalCount)
    private let distanceFrequencies = RawCounts(count: DeflateAlphabet.distanceCount)
    private let endsBlocksEarly: Bool
    private var bits = BitBuffer()
    private let literals = SymbolTable(count: DeflateAlphabet.literalCount)
    private let distances = SymbolTable(count: DeflateAlphabet.distanceCount)
    private let symbols = MatchSymbols.shared

    private static let fixedLiterals = HuffmanCode(lengths: DeflateAlphabet.fixedLiteralLengths)
    private static let fixedDistances = HuffmanCode(lengths: DeflateAlphabet.fixedDistanceLengths)

    /// - Parameter endsBlocksEarly: whether a block ends where it compresses well before it is full.
    init(endsBlocksEarly: Bool) {
        self.endsBlocksEarly = endsBlocksEarly
        literalFrequencies[DeflateAlphabet.endOfBlock] = 1
    }

    deinit {
        tokens.deallocate()
        literalFrequencies.deallocate()
        distanceFrequencies.deallocate()
        bits.deallocate()
        literals.deallocate()
        distances.deallocate()
    }

    /// Takes a literal; true if the block is to end.
    ///
    /// - Parameter span: bytes from the block's start to where the search stands.
    @inline(__always) mutating func add(literal: UInt8, span: Int) -> Bool {
        tokens[tokenCount] = UInt32(literal)
        tokenCount += 1
        literalFrequencies[Int(literal)] &+= 1
        return isFull(span)
    }

    /// Takes a match; true if the block is to end.
    @inline(__always) mutating func add(length: Int, distance: Int, span: Int) -> Bool {
        tokens[tokenCount] = UInt32(truncatingIfNeeded: distance) << 16 | UInt32(truncatingIfNeeded: length - 3)
        tokenCount += 1
        matchCount += 1
        literalFrequencies[257 + Int(symbols.lengths[length - 3])] &+= 1
        distanceFrequencies[symbols.symbol(ofDistance: distance)] &+= 1
        return isFull(span)
    }

    @inline(__always) private func isFull(_ span: Int) -> Bool {
        if endsBlocksEarly, tokenCount & (BlockCoder.checkInterval - 1) == 0, isWorthEnding(span) { return true }
        return tokenCount == BlockCoder.tokenLimit - 1
    }

    /// Whether there are few matches, and what there is has at most half the size, all literals taken for eight bits.
    private func isWorthEnding(_ span: Int) -> Bool {
        var bits = tokenCount * 8
        for symbol in 0..<DeflateAlphabet.distanceCount {
            bits += Int(distanceFrequencies[symbol]) * (5 + Int(DeflateAlphabet.distanceExtraBits[symbol]))
        }
        return matchCount < tokenCount / 2 && bits / 8 < span / 2
    }

    /// Writes the block.
    ///
    /// - Parameters:
    ///   - byteCount: how many bytes it stands for.
    ///   - start: where they are in the window, or nil where they are not there any more.
    ///   - isPadded: whether an empty stored block brings the output to a byte's end.
    mutating func end(
        byteCount: Int, at start: Int?, of window: RawBytes, isLast: Bool, isPadded: Bool,
        into output: inout [UInt8]
    ) {
        let plan = BlockPlan(
            literalFrequencies: literalFrequencies.array,
            distanceFrequencies: distanceFrequencies.array,
            fixed: (BlockCoder.fixedLiterals, BlockCoder.fixedDistances))
        let last: UInt64 = isLast ? 1 : 0
        if let start, byteCount + 4 <= min(plan.dynamicByteCount, plan.fixedByteCount) {
            bits.put(last, 3)
            bits.endByte()
            bits.putLengthOfStored(byteCount)
            bits.drain(into: &output)
            window.append(start..<start + byteCount, to: &output)
        } else if plan.fixedByteCount <= plan.dynamicByteCount {
            bits.put(last | 1 << 1, 3)
            writeTokens(BlockCoder.fixedLiterals, BlockCoder.fixedDistances)
        } else {
            bits.put(last | 2 << 1, 3)
            plan.writeCodes(into: &bits)
            writeTokens(plan.literals, plan.distances)
        }
        if isLast {
            bits.endByte()
        } else if isPadded, bits.pendingBitCount > 0 {
            bits.put(0, 3)
            bits.endByte()
            bits.putLengthOfStored(0)
        }
        bits.drain(into: &output)
        startOver()
    }

    private mutating func startOver() {
        literalFrequencies.clear()
        distanceFrequencies.clear()
        literalFrequencies[DeflateAlphabet.endOfBlock] = 1
        tokenCount = 0
        matchCount = 0
    }

    private mutating func writeTokens(_ literalCode: HuffmanCode, _ distanceCode: HuffmanCode) {
        literals.take(literalCode)
        distances.take(distanceCode)
        // Loops over ranges are slow in debug builds.
        var index = 0
        while index < tokenCount {
            let token = tokens[index]
            index &+= 1
            let low = Int(token & 0xffff)
            if token >> 16 == 0 {
                bits.put(literals.code(low), literals.length(low))
            } else {
                let lengthSymbol = Int(symbols.lengths[low])
                bits.put(literals.code(257 + lengthSymbol), literals.length(257 + lengthSymbol))
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
        bits.put(literals.code(DeflateAlphabet.endOfBlock), literals.length(DeflateAlphabet.endOfBlock))
        bits.flush()
    }
}

/// A block's own codes, how they are written, and what the block takes in its two Huffman forms.
private struct BlockPlan {
    let literals: HuffmanCode
    let distances: HuffmanCode
    private var steps: [LengthStep] = []
    private let stepCode: HuffmanCode
    /// How many lengths of the code for code lengths are written.
    private let stepLengthCount: Int
    let dynamicByteCount: Int
    let fixedByteCount: Int

    init(
        literalFrequencies: [UInt32], distanceFrequencies: [UInt32],
        fixed: (literals: HuffmanCode, distances: HuffmanCode)
    ) {
        literals = HuffmanCode(frequencies: literalFrequencies, longest: 15)
        distances = HuffmanCode(frequencies: distanceFrequencies, longest: 15)
        LengthStep.append(for: literals.lengths[...literals.lastSymbol], to: &steps)
        LengthStep.append(for: distances.lengths[...distances.lastSymbol], to: &steps)
        var stepFrequencies = [UInt32](repeating: 0, count: 19)
        for step in steps { stepFrequencies[step.symbol] += 1 }
        stepCode = HuffmanCode(frequencies: stepFrequencies, longest: 7)
        let order = DeflateAlphabet.codeLengthOrder
        stepLengthCount = [4, (order.lastIndex { [stepCode] in stepCode.lengths[$0] > 0 } ?? 0) + 1].max()!

        let lengthExtra = { (symbol: Int) in symbol < 257 ? 0 : Int(DeflateAlphabet.lengthExtraBits[symbol - 257]) }
        let distanceExtra = { (symbol: Int) in Int(DeflateAlphabet.distanceExtraBits[symbol]) }
        let dynamic =
            literals.bitCount(of: literalFrequencies, extraBits: lengthExtra)
            + distances.bitCount(of: distanceFrequencies, extraBits: distanceExtra)
            + stepCode.bitCount(of: stepFrequencies, extraBits: LengthStep.extraBits) + 3 * stepLengthCount + 14
        let plain =
            fixed.literals.bitCount(of: literalFrequencies, extraBits: lengthExtra)
            + fixed.distances.bitCount(of: distanceFrequencies, extraBits: distanceExtra)
        (dynamicByteCount, fixedByteCount) = ((dynamic + 10) / 8, (plain + 10) / 8)
    }

    func writeCodes(into bits: inout BitBuffer) {
        bits.put(UInt64(literals.lastSymbol - 256), 5)
        bits.put(UInt64(distances.lastSymbol), 5)
        bits.put(UInt64(stepLengthCount - 4), 4)
        bits.flush()
        for symbol in DeflateAlphabet.codeLengthOrder.prefix(stepLengthCount) {
            bits.put(UInt64(stepCode.lengths[symbol]), 3)
            bits.flush()
        }
        for step in steps {
            bits.put(UInt64(stepCode.codes[step.symbol]), Int(stepCode.lengths[step.symbol]))
            bits.put(UInt64(step.extra), LengthStep.extraBits(step.symbol))
            bits.flush()
        }
    }
}

/// A code length, or a repetition, in a block's head.
private struct LengthStep {
    var symbol: Int
    var extra = 0

    static func extraBits(_ symbol: Int) -> Int { [16: 2, 17: 3, 18: 7][symbol] ?? 0 }

    /// Appends the steps for the lengths of one code.
    static func append(for lengths: ArraySlice<UInt8>, to steps: inout [LengthStep]) {
        var rest = lengths
        while let length = rest.first {
            let end = rest.firstIndex { $0 != length } ?? rest.endIndex
            append(length: Int(length), times: end - rest.startIndex, to: &steps)
            rest = rest[end...]
        }
    }

    private static func append(length: Int, times: Int, to steps: inout [LengthStep]) {
        var left = times
        if length > 0, left >= 4 {
            // The first one is written, and as many repetitions as one step holds.
            let repetitions = min(left, 7) - 1
            steps += [LengthStep(symbol: length), LengthStep(symbol: 16, extra: repetitions - 3)]
            left -= repetitions + 1
        } else if length > 0 {
            steps += [LengthStep](repeating: LengthStep(symbol: length), count: left)
            left = 0
        }
        while left > 0 {
            let part = min(left, length > 0 ? 6 : 138)
            switch (length, part) {
            case (_, ..<3): steps += [LengthStep](repeating: LengthStep(symbol: length), count: part)
            case (1..., _): steps.append(LengthStep(symbol: 16, extra: part - 3))
            case (_, ...10): steps.append(LengthStep(symbol: 17, extra: part - 3))
            default: steps.append(LengthStep(symbol: 18, extra: part - 11))
            }
            left -= part
        }
    }
}
