/// Reads a recipe's bytes from front to end; whatever is missing or out of range is an error with its offset.
public struct ByteReader {
    private let bytes: ArraySlice<UInt8>
    private var position: Int
    private let part: String

    /// A reader for the bytes of a named part, which its errors mention.
    public init(_ bytes: ArraySlice<UInt8>, of part: String) {
        self.bytes = bytes
        position = bytes.startIndex
        self.part = part
    }

    public var isAtEnd: Bool { position == bytes.endIndex }
    public var remaining: ArraySlice<UInt8> { bytes[position...] }
    public var offset: Int { position - bytes.startIndex }

    public mutating func byte() throws(StrategyError) -> UInt8 {
        guard position < bytes.endIndex else { throw malformed("it ends too early") }
        defer { position += 1 }
        return bytes[position]
    }

    /// The next `count` bytes. They are there before anything is allocated for them.
    public mutating func take(_ count: UInt64) throws(StrategyError) -> ArraySlice<UInt8> {
        guard count <= UInt64(bytes.endIndex - position) else {
            throw malformed("\(count) bytes are announced and \(bytes.endIndex - position) are there")
        }
        defer { position += Int(count) }
        return bytes[position..<position + Int(count)]
    }

    /// An unsigned LEB128 number: seven bits a byte, the lowest first, the top bit set on all but the last byte.
    public mutating func number() throws(StrategyError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), through: 63, by: 7) {
            let byte = try byte()
            let part = UInt64(byte & 0x7f)
            guard shift < 63 || part <= 1 else { throw malformed("a number exceeds 64 bits") }
            value |= part << shift
            if byte & 0x80 == 0 { return value }
        }
        throw malformed("a number exceeds 64 bits")
    }

    /// A length-prefixed UTF-8 text.
    public mutating func text() throws(StrategyError) -> String {
        guard let text = String(validating: try take(try number()), as: UTF8.self) else {
            throw malformed("a name is not UTF-8")
        }
        return text
    }

    /// A version byte, which must be one that is known.
    public mutating func version(_ known: UInt8) throws(StrategyError) {
        let version = try byte()
        guard version == known else { throw malformed("version \(version) is unknown; this program reads \(known)") }
    }

    public func malformed(_ reason: String) -> StrategyError { StrategyError(.malformed, part, reason, offset: offset) }
}

extension [UInt8] {
    /// Appends an unsigned LEB128 number.
    public mutating func append(number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
    }

    /// Appends a text's length in UTF-8 bytes, and these.
    public mutating func append(text: String) {
        append(number: UInt64(text.utf8.count))
        append(contentsOf: text.utf8)
    }
}
