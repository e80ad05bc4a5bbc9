/// `base64`: the standard text form of bytes (RFC 4648, section 4), with padding and without line ends.
///
/// With `tarsplit` inside it is what containers/image kept in the metadata of its `ostree:` commits.
/// Format: `Documentation/formats/base64.md`.
public struct Base64: Wrapper {
    public static let name = "base64"
    public static let summary = "the bytes as text, as containers/image kept tar-split's"
    public static let takesLevel = false
    /// Only where it was used: see `Catalogue.historicalEncodings`.
    public static let representativeLevels: [Int] = []

    public init() {}

    public init(level: Int) throws(StrategyError) {
        guard level == 0 else { throw StrategyError(.unknown, "base64:\(level)", "base64 has no levels") }
    }

    public var level: Int { 0 }

    public func wrap(_ bytes: [UInt8]) throws(StrategyError) -> [UInt8] {
        var text: [UInt8] = []
        text.append(base64: bytes[...])
        return text
    }

    public func unwrap(_ bytes: ArraySlice<UInt8>) throws(StrategyError) -> [UInt8] {
        var result: [UInt8] = []
        guard result.append(decodingBase64: bytes) else {
            throw StrategyError(.malformed, Base64.name, "it is not base64", offset: 0)
        }
        return result
    }
}

private let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
private let padding = UInt8(ascii: "=")
/// The value of each character, and 255 of those that are none.
private let values: [UInt8] = (UInt8.min...UInt8.max).map { character in
    alphabet.firstIndex(of: character).map { UInt8($0) } ?? 255
}

extension [UInt8] {
    /// Appends bytes in base64, with padding.
    mutating func append(base64 bytes: ArraySlice<UInt8>) {
        var (index, place) = (0, count)
        append(contentsOf: repeatElement(padding, count: (bytes.count + 2) / 3 * 4))
        // One look at who owns the array, not one for each byte.
        var text = mutableSpan
        let (bytes, alphabet) = (bytes.span, alphabet.span)
        while bytes.count - index >= 3 {
            let bits = UInt32(bytes[index]) << 16 | UInt32(bytes[index + 1]) << 8 | UInt32(bytes[index + 2])
            text[place] = alphabet[Int(bits >> 18)]
            text[place + 1] = alphabet[Int(bits >> 12 & 63)]
            text[place + 2] = alphabet[Int(bits >> 6 & 63)]
            text[place + 3] = alphabet[Int(bits & 63)]
            index += 3
            place += 4
        }
        guard index < bytes.count else { return }
        let isPair = bytes.count - index == 2
        let bits = UInt32(bytes[index]) << 16 | (isPair ? UInt32(bytes[index + 1]) << 8 : 0)
        text[place] = alphabet[Int(bits >> 18)]
        text[place + 1] = alphabet[Int(bits >> 12 & 63)]
        if isPair { text[place + 2] = alphabet[Int(bits >> 6 & 63)] }
    }

    /// Appends the bytes of a base64 text with padding; false, and some of them may be there, where it is none in its
    /// only form.
    mutating func append(decodingBase64 text: ArraySlice<UInt8>) -> Bool {
        guard text.count % 4 == 0 else { return false }
        let paddingCount = text.suffix(2).count { $0 == padding }
        guard paddingCount == 0 || text.last == padding else { return false }
        let content = text.dropLast(paddingCount)
        var (index, place) = (0, count)
        append(contentsOf: repeatElement(0, count: text.count / 4 * 3 - paddingCount))
        var result = mutableSpan
        let (characters, values) = (content.span, values.span)
        while characters.count - index >= 4 {
            let (a, b) = (values[Int(characters[index])], values[Int(characters[index + 1])])
            let (c, d) = (values[Int(characters[index + 2])], values[Int(characters[index + 3])])
            guard a | b | c | d < 64 else { return false }
            result[place] = a << 2 | b >> 4
            result[place + 1] = b << 4 | c >> 2
            result[place + 2] = c << 6 | d
            index += 4
            place += 3
        }
        guard index < characters.count else { return true }
        let (a, b) = (values[Int(characters[index])], values[Int(characters[index + 1])])
        let c = paddingCount == 1 ? values[Int(characters[index + 2])] : 0
        guard a | b | c < 64, (paddingCount == 1 ? c & 3 : b & 15) == 0 else { return false }
        result[place] = a << 2 | b >> 4
        if paddingCount == 1 { result[place + 1] = b << 4 | c >> 2 }
        return true
    }
}
