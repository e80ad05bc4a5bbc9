/// A SHA-256 digest: a diff ID, a blob's digest, or an ostree object's checksum.
///
/// 32 bytes, kept in place (no allocation), since a layer has one of them per payload.
public struct Digest: Hashable, Sendable, Comparable {
    /// Bytes in a digest.
    public static let byteCount = 32

    /// The digest as four big-endian words, first bytes first.
    private let first, second, third, fourth: UInt64

    /// 32 zeros, which nothing has for its digest.
    public static let zero = Digest(words: (0, 0, 0, 0))

    /// The digest with these bytes, or nil where they are not exactly `byteCount`.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Digest.byteCount else { return nil }
        var words: [UInt64] = [0, 0, 0, 0]
        for (index, byte) in bytes.enumerated() {
            words[index / 8] = words[index / 8] << 8 | UInt64(byte)
        }
        (first, second, third, fourth) = (words[0], words[1], words[2], words[3])
    }

    /// The same for a slice, in place: a recipe has one of these per payload.
    public init?(_ bytes: ArraySlice<UInt8>) {
        guard bytes.count == Digest.byteCount else { return nil }
        func word(_ index: Int) -> UInt64 {
            let start = bytes.startIndex + index * 8
            return bytes[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) }
        }
        (first, second, third, fourth) = (word(0), word(1), word(2), word(3))
    }

    /// The digest made of four words, the first bytes being the first one's most significant.
    public init(words: (UInt64, UInt64, UInt64, UInt64)) { (first, second, third, fourth) = words }

    /// The same, taken apart.
    public var words: (UInt64, UInt64, UInt64, UInt64) { (first, second, third, fourth) }

    /// The digest in the 32 bytes from `offset` on, in place.
    public init(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
        precondition(offset >= 0 && offset <= bytes.count - Digest.byteCount)
        func word(_ index: Int) -> UInt64 {
            unsafe UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset + 8 * index, as: UInt64.self))
        }
        (first, second, third, fourth) = (word(0), word(1), word(2), word(3))
    }

    /// The digest written as 64 hexadecimal digits, or nil where the text is something else.
    public init?(hex: some StringProtocol) {
        let digits = Array(hex.utf8)
        guard digits.count == Digest.byteCount * 2 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Digest.byteCount)
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = Digest.value(ofHexDigit: digits[index]),
                let low = Digest.value(ofHexDigit: digits[index + 1])
            else { return nil }
            bytes.append(high << 4 | low)
        }
        self.init(bytes)
    }

    /// The digest as the OCI image specification writes it, `sha256:` and 64 digits; nil where the text is something else.
    public init?(oci text: some StringProtocol) {
        guard text.hasPrefix("sha256:") else { return nil }
        self.init(hex: text.dropFirst("sha256:".count))
    }

    /// The digest's 32 bytes.
    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Digest.byteCount)
        append(to: &bytes)
        return bytes
    }

    /// Appends the digest's 32 bytes.
    public func append(to bytes: inout [UInt8]) {
        for word in [first, second, third, fourth] {
            for shift in stride(from: 56, through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
            }
        }
    }

    /// 64 lower-case hexadecimal digits, as ostree writes a checksum.
    public var hex: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// Writes the 64 digits of `hex` into the first bytes of a buffer, without any allocation: a rebuild opens as many
    /// objects as a layer has files.
    public func writeHex(into buffer: UnsafeMutableRawBufferPointer) {
        precondition(buffer.count >= 2 * Digest.byteCount)
        func write(_ word: UInt64, at offset: Int) {
            var rest = word
            for index in stride(from: offset + 15, through: offset, by: -1) {
                let digit = UInt8(truncatingIfNeeded: rest & 15)
                unsafe buffer[index] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") - 10 + digit
                rest >>= 4
            }
        }
        write(first, at: 0)
        write(second, at: 16)
        write(third, at: 32)
        write(fourth, at: 48)
    }

    public static func < (left: Digest, right: Digest) -> Bool {
        (left.first, left.second, left.third, left.fourth) < (right.first, right.second, right.third, right.fourth)
    }

    private static func value(ofHexDigit digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

extension Digest: CustomStringConvertible {
    /// The digest as the OCI image specification writes it: `sha256:` and 64 digits.
    public var description: String { "sha256:" + hex }
}
