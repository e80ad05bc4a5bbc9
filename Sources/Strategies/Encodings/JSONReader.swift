/// Reads a JSON object of numbers and texts (RFC 8259): as much of JSON as tar-split's lines are.
struct JSONReader {
    /// Why the bytes are no such object.
    struct Malformation: Error {
        let reason: String
        init(_ reason: String) { self.reason = reason }
    }

    enum Key {
        case type, name, rawName, size, payload, other
    }

    private let bytes: ArraySlice<UInt8>
    private var position: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    /// Reads an object that is all there is; `member` reads each value.
    mutating func object(
        _ member: (Key, inout JSONReader) throws(Malformation) -> Void
    ) throws(Malformation) {
        try expect(UInt8(ascii: "{"))
        if take(UInt8(ascii: "}")) { return try expectEnd() }
        repeat {
            skipSpace()
            let key = JSONReader.key(try text())
            try expect(UInt8(ascii: ":"))
            skipSpace()
            try member(key, &self)
        } while take(UInt8(ascii: ","))
        try expect(UInt8(ascii: "}"))
        try expectEnd()
    }

    /// Reads the bytes of a text; `null` has none.
    mutating func text() throws(Malformation) -> ArraySlice<UInt8> {
        if takeNull() { return [] }
        guard position < bytes.endIndex, bytes[position] == UInt8(ascii: "\"") else {
            throw .init("a text is missing")
        }
        position += 1
        let start = position
        let bytes = bytes
        let (span, base) = (bytes.span, bytes.startIndex)
        var index = position - base
        while index < span.count, span[index] != UInt8(ascii: "\""), span[index] != UInt8(ascii: "\\") { index += 1 }
        position = base + index
        guard position < bytes.endIndex else { throw .init("a text does not end") }
        guard bytes[position] == UInt8(ascii: "\\") else {
            position += 1
            return bytes[start..<position - 1]
        }
        var text = Array(bytes[start..<position])
        while position < bytes.endIndex {
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "\"") { return text[...] }
            if byte == UInt8(ascii: "\\") { try appendEscaped(to: &text) } else { text.append(byte) }
        }
        throw .init("a text does not end")
    }

    /// Reads a whole number; `null` is 0.
    mutating func integer() throws(Malformation) -> Int64 {
        if takeNull() { return 0 }
        let start = position
        while position < bytes.endIndex, JSONReader.isOfNumber(bytes[position]) { position += 1 }
        let digits = bytes[start..<position]
        guard digits.first != UInt8(ascii: "+"), let number = GoNumber.decimal(digits) else {
            throw .init("a whole number is missing")
        }
        return number
    }

    /// Skips a number, a text, `true`, `false` or `null`.
    mutating func skipValue() throws(Malformation) {
        guard position < bytes.endIndex, bytes[position] != UInt8(ascii: "\"") else {
            _ = try text()
            return
        }
        for word in ["true", "false", "null"] where bytes[position...].starts(with: word.utf8) {
            position += word.utf8.count
            return
        }
        let start = position
        while position < bytes.endIndex, JSONReader.isOfNumber(bytes[position]) { position += 1 }
        guard position > start else { throw .init("a value is missing") }
    }

    // MARK: Parts

    private static func key(_ text: ArraySlice<UInt8>) -> Key {
        switch text.count {
        case 4 where text.elementsEqual("type".utf8): .type
        case 4 where text.elementsEqual("name".utf8): .name
        case 4 where text.elementsEqual("size".utf8): .size
        case 7 where text.elementsEqual("payload".utf8): .payload
        case 8 where text.elementsEqual("name_raw".utf8): .rawName
        default: .other
        }
    }

    private static func isOfNumber(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."),
            UInt8(ascii: "e"), UInt8(ascii: "E"):
            true
        default: false
        }
    }

    private mutating func appendEscaped(to text: inout [UInt8]) throws(Malformation) {
        guard position < bytes.endIndex else { throw .init("a text does not end") }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(8)
        case UInt8(ascii: "f"): text.append(12)
        case UInt8(ascii: "n"): text.append(10)
        case UInt8(ascii: "r"): text.append(13)
        case UInt8(ascii: "t"): text.append(9)
        case UInt8(ascii: "u"):
            var value = try fourDigits()
            if (0xd800..<0xdc00).contains(value), bytes[position...].starts(with: #"\u"#.utf8) {
                let start = position
                position += 2
                let low = try fourDigits()
                if (0xdc00..<0xe000).contains(low) {
                    value = 0x10000 + (value & 0x3ff) << 10 + low & 0x3ff
                } else {
                    position = start
                }
            }
            // Half a pair is no character; Go puts the same in its place.
            let scalar = Unicode.Scalar(value) ?? "\u{fffd}"
            text.append(contentsOf: UTF8.encode(scalar)!)
        default: throw .init("a text holds an unknown escape")
        }
    }

    private mutating func fourDigits() throws(Malformation) -> UInt32 {
        let digits = bytes[position...].prefix(4)
        guard digits.count == 4, digits.first != UInt8(ascii: "+"), digits.first != UInt8(ascii: "-"),
            let value = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw .init("four hexadecimal digits are missing") }
        position += 4
        return value
    }

    private mutating func skipSpace() {
        while position < bytes.endIndex, [9, 10, 13, 32].contains(bytes[position]) { position += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        guard position < bytes.endIndex, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func takeNull() -> Bool {
        guard position < bytes.endIndex, bytes[position] == UInt8(ascii: "n"),
            bytes[position...].starts(with: "null".utf8)
        else { return false }
        position += 4
        return true
    }

    private mutating func expect(_ byte: UInt8) throws(Malformation) {
        guard take(byte) else { throw .init("'\(Character(Unicode.Scalar(byte)))' is missing") }
    }

    private mutating func expectEnd() throws(Malformation) {
        skipSpace()
        guard position == bytes.endIndex else { throw .init("something follows the object") }
    }
}
