/// A dynamic block's codes, and how its head has them.
struct PgzipCodes {
    let literals: HuffmanCode
    let distances: HuffmanCode
    private let literalCount: Int
    private let distanceCount: Int
    /// The lengths of both codes as one run, or repetitions.
    private var steps: [Step] = []
    private let stepCode: HuffmanCode
    private let stepLengthCount: Int
    /// Bits of the head.
    let headBitCount: Int

    private struct Step {
        var symbol: Int
        var extra = 0

        static let extraBitCounts: [Int: Int] = [16: 2, 17: 3, 18: 7]
        var extraBitCount: Int { symbol < 16 ? 0 : Step.extraBitCounts[symbol]! }
    }

    /// - Parameter isTrimmed: whether the lengths end with the last one that there is. If other pieces may follow that
    ///   use the codes, all are written.
    init(literals literalFrequencies: [UInt32], distances distanceFrequencies: [UInt32], isTrimmed: Bool) {
        literals = HuffmanCode(packaging: literalFrequencies, longest: 15)
        distances = HuffmanCode(packaging: distanceFrequencies, longest: 15)
        literalCount = isTrimmed ? literals.lastSymbol + 1 : DeflateAlphabet.literalCount
        distanceCount = isTrimmed ? distances.lastSymbol + 1 : DeflateAlphabet.distanceCount
        var rest = (literals.lengths[..<literalCount] + distances.lengths[..<distanceCount])[...]
        while let length = rest.first {
            let end = rest.firstIndex { $0 != length } ?? rest.endIndex
            PgzipCodes.append(length: Int(length), times: end - rest.startIndex, to: &steps)
            rest = rest[end...]
        }
        var frequencies = [UInt32](repeating: 0, count: 19)
        for step in steps { frequencies[step.symbol] += 1 }
        let code = HuffmanCode(packaging: frequencies, longest: 7)
        stepCode = code
        stepLengthCount = max(4, (DeflateAlphabet.codeLengthOrder.lastIndex { code.lengths[$0] > 0 } ?? 0) + 1)
        headBitCount =
            17 + 3 * stepLengthCount
            + steps.reduce(0) { $0 + Int(code.lengths[$1.symbol]) + $1.extraBitCount }
    }

    /// A length is written once, then repeated by as many as a step holds, as long as three are left; zeros are repeated from
    /// the start.
    private static func append(length: Int, times: Int, to steps: inout [Step]) {
        var left = times
        if length > 0 {
            steps.append(Step(symbol: length))
            left -= 1
            while left >= 3 {
                let part = min(left, 6)
                steps.append(Step(symbol: 16, extra: part - 3))
                left -= part
            }
        } else {
            while left >= 11 {
                let part = min(left, 138)
                steps.append(Step(symbol: 18, extra: part - 11))
                left -= part
            }
            if left >= 3 {
                steps.append(Step(symbol: 17, extra: left - 3))
                left = 0
            }
        }
        for _ in 0..<left { steps.append(Step(symbol: length)) }
    }

    func writeHead(into bits: inout BitBuffer) {
        bits.put(4, 3)
        bits.put(UInt64(literalCount - 257), 5)
        bits.put(UInt64(distanceCount - 1), 5)
        bits.put(UInt64(stepLengthCount - 4), 4)
        bits.flush()
        for symbol in DeflateAlphabet.codeLengthOrder.prefix(stepLengthCount) {
            bits.put(UInt64(stepCode.lengths[symbol]), 3)
            bits.flush()
        }
        for step in steps {
            bits.put(UInt64(stepCode.codes[step.symbol]), Int(stepCode.lengths[step.symbol]))
            bits.put(UInt64(step.extra), step.extraBitCount)
            bits.flush()
        }
    }
}
