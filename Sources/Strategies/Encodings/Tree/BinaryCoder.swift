/// One side of an arithmetic coder for binary decisions. Writer and reader of a format are one piece of code over this:
/// the encoder takes each decision and passes it on, the decoder is handed anything and gives the decision back.
protocol BinaryCoder {
    /// Whether decisions come from bytes. What is handed to `code` counts for nothing then.
    static var isDecoder: Bool { get }

    /// - Parameter probability: of `true`, in 65536ths, from 1 to 65535.
    mutating func code(_ bit: Bool, probability: UInt32) throws(StrategyError) -> Bool

    /// Tells what the next decisions are about.
    mutating func enter(_ stream: CodedStream)
}

extension BinaryCoder {
    mutating func enter(_ stream: CodedStream) {}
}

/// Counts what decisions cost instead of writing them.
struct BinaryCounter: BinaryCoder {
    static let isDecoder = false

    /// Bits by the stream's number.
    private(set) var bits = [Double](repeating: 0, count: CodedStream.allCases.count)
    private var stream = CodedStream.structure

    mutating func code(_ bit: Bool, probability: UInt32) -> Bool {
        bits[stream.rawValue] += 16 - BinaryCounter.log2(bit ? probability : 65_536 - probability)
        return bit
    }

    mutating func enter(_ stream: CodedStream) { self.stream = stream }

    /// The binary logarithm by squaring, to 16 binary places.
    private static func log2(_ number: UInt32) -> Double {
        let whole = 31 - number.leadingZeroBitCount
        var (rest, result, step) = (Double(number) / Double(UInt32(1) << UInt32(whole)), Double(whole), 0.5)
        for _ in 0..<16 {
            rest *= rest
            if rest >= 2 {
                rest /= 2
                result += step
            }
            step /= 2
        }
        return result
    }
}

/// The coder's state: an interval of 32-bit numbers. A decision keeps one part of it; leading bytes that both ends share
/// leave the coder.
private struct Interval {
    var low: UInt32 = 0
    var high: UInt32 = .max

    /// The last number of the part that stands for `true`.
    func middle(_ probability: UInt32) -> UInt32 {
        low + UInt32(truncatingIfNeeded: (UInt64(high - low) * UInt64(probability)) >> 16)
    }

    var isSettled: Bool { (low ^ high) >> 24 == 0 }

    mutating func shift() {
        low <<= 8
        high = high << 8 | 0xff
    }
}

struct BinaryEncoder: BinaryCoder {
    static let isDecoder = false
    /// Bytes of the last number of an interval that are written; the rest are zeros that a decoder adds.
    static let tailBytes = 2

    private var interval = Interval()
    private var bytes: [UInt8]

    /// An encoder that appends to bytes.
    init(after bytes: [UInt8] = []) { self.bytes = bytes }

    mutating func code(_ bit: Bool, probability: UInt32) -> Bool {
        let middle = interval.middle(probability)
        if bit { interval.high = middle } else { interval.low = middle + 1 }
        while interval.isSettled {
            bytes.append(UInt8(truncatingIfNeeded: interval.high >> 24))
            interval.shift()
        }
        return bit
    }

    /// All the bytes. The coder is done.
    mutating func finish() -> [UInt8] {
        // Low and high differ in their first byte, so the next number after low that ends in 16 zero bits is not above high.
        let end = interval.low == 0 ? 0 : (interval.low >> 16 &+ 1) << 16
        bytes.append(UInt8(truncatingIfNeeded: end >> 24))
        bytes.append(UInt8(truncatingIfNeeded: end >> 16))
        return bytes
    }
}

struct BinaryDecoder: BinaryCoder {
    static let isDecoder = true

    private var interval = Interval()
    private var code: UInt32 = 0
    private let bytes: ArraySlice<UInt8>
    private var position: Int
    /// Zeros that were added behind the last byte.
    private var added = 0

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
        for _ in 0..<4 { code = code << 8 | UInt32(nextByte()) }
    }

    mutating func code(_ bit: Bool, probability: UInt32) throws(StrategyError) -> Bool {
        let middle = interval.middle(probability)
        let result = code <= middle
        if result { interval.high = middle } else { interval.low = middle + 1 }
        while interval.isSettled {
            interval.shift()
            code = code << 8 | UInt32(nextByte())
            guard added <= BinaryEncoder.tailBytes else { throw malformed("the coded decisions end too early") }
        }
        return result
    }

    /// Whether the bytes are used up, as an encoder leaves them.
    var isAtEnd: Bool { position == bytes.endIndex && added == BinaryEncoder.tailBytes }

    private mutating func nextByte() -> UInt8 {
        guard position < bytes.endIndex else {
            added += 1
            return 0
        }
        defer { position += 1 }
        return bytes[position]
    }

    /// Bytes that have been read.
    var offset: Int { position - bytes.startIndex }

    private func malformed(_ reason: String) -> StrategyError { StrategyError(.malformed, Tree.name, reason) }
}
