/// How a header field writes its number, in one byte: what a writer does alike in all its headers.
///
/// 0 is a field of NULs. 1 to 10 are octal digits, right-aligned: `1 + 5 × padding + ending`, the padding `0` or space,
/// the ending one of none, NUL, space, space NUL, NUL space. 11 is base-256. A checksum has 255 as well: as it stands.
enum NumberFormat {
    static let empty: UInt8 = 0
    static let base256: UInt8 = 11
    static let verbatim: UInt8 = 255

    private static let space = UInt8(ascii: " ")
    private static let zero = UInt8(ascii: "0")

    /// The format and the number of a field. It is a guess: what `write` makes of it may differ from the field.
    static func read(_ block: Span<UInt8>, _ field: Range<Int>) -> (format: UInt8, value: UInt64) {
        let first = block[field.lowerBound]
        if first == 0 { return (empty, 0) }
        if first & 0x80 != 0 { return (base256, readBase256(block, field)) }
        let last = block[field.upperBound - 1]
        let before = block[field.upperBound - 2]
        let ending: UInt8 =
            switch (before, last) {
            case (space, 0): 3
            case (_, 0): 1
            case (0, space): 4
            case (_, space): 2
            default: 0
            }
        var index = field.lowerBound
        let end = field.upperBound - byteCount(ofEnding: ending)
        if first == space { while index < end, block[index] == space { index += 1 } }
        guard index < end else { return (empty, 0) }
        var value: UInt64 = 0
        while index < end {
            let digit = block[index] &- zero
            guard digit < 8 else { return (empty, 0) }
            value = value << 3 | UInt64(digit)
            index += 1
        }
        return (1 + ending + (first == space ? 5 : 0), value)
    }

    /// Writes a number into a field that holds zeros. Digits for which there is no room are lost.
    static func write(_ value: UInt64, _ format: UInt8, into block: inout MutableSpan<UInt8>, _ field: Range<Int>) {
        switch format {
        case empty, verbatim: return
        case base256: writeBase256(value, into: &block, field)
        default:
            let ending = (format - 1) % 5
            let end = field.upperBound - byteCount(ofEnding: ending)
            if ending == 2 || ending == 3 { block[end] = space }
            if ending == 4 { block[end + 1] = space }
            let padsWithZeros = format <= 5
            var (index, rest) = (end - 1, value)
            repeat {
                block[index] = zero | UInt8(rest & 7)
                rest >>= 3
                index -= 1
            } while index >= field.lowerBound && (rest != 0 || padsWithZeros)
            while index >= field.lowerBound {
                block[index] = space
                index -= 1
            }
        }
    }

    private static func byteCount(ofEnding ending: UInt8) -> Int { ending == 0 ? 0 : ending <= 2 ? 1 : 2 }

    private static func readBase256(_ block: Span<UInt8>, _ field: Range<Int>) -> UInt64 {
        var value: UInt64 = block[field.lowerBound] == 0xff ? .max : 0
        for index in field.lowerBound + 1..<field.upperBound { value = value << 8 | UInt64(block[index]) }
        return value
    }

    private static func writeBase256(_ value: UInt64, into block: inout MutableSpan<UInt8>, _ field: Range<Int>) {
        let isNegative = value >> 63 == 1
        var rest = Int64(bitPattern: value)
        for index in stride(from: field.upperBound - 1, to: field.lowerBound, by: -1) {
            block[index] = UInt8(truncatingIfNeeded: rest)
            rest >>= 8
        }
        block[field.lowerBound] = isNegative ? 0xff : 0x80
    }
}
