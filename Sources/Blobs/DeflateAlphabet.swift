/// What RFC 1951 fixes: the symbols of lengths and distances, and the code that needs no table.
enum DeflateAlphabet {
    static let shortestMatch = 3
    static let longestMatch = 258
    static let endOfBlock = 256
    /// Literals, the block's end, and the symbols of lengths.
    static let literalCount = 286
    static let distanceCount = 30

    static let lengthExtraBits: [UInt8] = [
        0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
    ]
    static let distanceExtraBits: [UInt8] = (0..<30).map { UInt8(max(0, $0 / 2 - 1)) }

    /// The shortest length of each symbol; the last symbol is that of 258 alone.
    static let lengthBases: [UInt16] = {
        var bases: [UInt16] = []
        var next: UInt16 = 3
        for bits in lengthExtraBits {
            bases.append(next)
            next += 1 << UInt16(bits)
        }
        bases[28] = 258
        return bases
    }()

    /// The shortest distance of each symbol.
    static let distanceBases: [UInt16] = {
        var bases: [UInt16] = []
        var next: UInt32 = 1
        for bits in distanceExtraBits {
            bases.append(UInt16(next))
            next += 1 << UInt32(bits)
        }
        return bases
    }()

    /// The order in which the lengths of the code for code lengths are written.
    static let codeLengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

    static let fixedLiteralLengths: [UInt8] =
        [UInt8](repeating: 8, count: 144) + [UInt8](repeating: 9, count: 112) + [UInt8](repeating: 7, count: 24)
        + [UInt8](repeating: 8, count: 8)
    static let fixedDistanceLengths = [UInt8](repeating: 5, count: 30)
}
