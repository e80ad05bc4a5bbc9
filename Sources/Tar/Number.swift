/// Numbers as tar headers and pax records write them.
public enum Number {
    /// A numeric header field: octal digits between spaces and NULs (an empty field is 0), or GNU's base-256, which a
    /// set top bit announces: two's complement, big-endian, over the field's remaining bits. nil where it is neither,
    /// or does not fit 64 bits.
    public static func parse(_ field: ArraySlice<UInt8>) -> Int64? {
        guard let first = field.first else { return nil }
        return first & 0x80 != 0 ? base256(field) : octal(field)
    }

    /// Longer texts are no numbers: a global record would be read for each entry.
    static let maximumDigits = 64

    /// Decimal digits alone, as in a pax record's length or size.
    public static func decimal(_ text: ArraySlice<UInt8>) -> UInt64? {
        guard !text.isEmpty, text.count <= maximumDigits else { return nil }
        var value: UInt64 = 0
        for byte in text {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(byte - UInt8(ascii: "0")))
            guard !overflow, !carry else { return nil }
            value = sum
        }
        return value
    }

    private static func octal(_ field: ArraySlice<UInt8>) -> Int64? {
        var value: Int64 = 0
        var ended = false
        for byte in field.drop(while: isBlank) {
            if isBlank(byte) {
                ended = true
                continue
            }
            guard !ended else { break }
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "7"), value >> 60 == 0 else { return nil }
            value = value << 3 | Int64(byte - UInt8(ascii: "0"))
        }
        return value
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == 0 }

    private static func base256(_ field: ArraySlice<UInt8>) -> Int64? {
        let isNegative = field[field.startIndex] & 0x40 != 0
        var value: Int64 = isNegative ? -1 : 0
        for (index, byte) in field.enumerated() {
            let payload = index == 0 ? (isNegative ? byte | 0x80 : byte & 0x7f) : byte
            let top = value >> 55
            guard top == 0 || top == -1 else { return nil }
            value = value << 8 | Int64(payload)
        }
        return value
    }
}
