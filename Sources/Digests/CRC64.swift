/// A running CRC-64/ISO, as Go's `hash/crc64` computes it with its ISO table: reflected polynomial 0xD800000000000000,
/// all ones at first, inverted at the end.
///
/// Eight bytes a step, by eight tables ("slicing by 8").
public struct CRC64Stream: Sendable {
    private static let polynomial: UInt64 = 0xd800_0000_0000_0000

    /// Table `n` holds, at `256 * n`, what a byte does to the sum after `n` more bytes of zeros.
    private static let tables: [UInt64] = {
        var tables = (UInt64(0)..<256).map { byte in
            (0..<8).reduce(byte) { sum, _ in sum & 1 == 1 ? sum >> 1 ^ polynomial : sum >> 1 }
        }
        for index in 256..<8 * 256 {
            let sum = tables[index - 256]
            tables.append(tables[Int(sum & 0xff)] ^ sum >> 8)
        }
        return tables
    }()

    private var sum = UInt64.max

    public init() {}

    /// Takes the bytes next.
    public mutating func update(_ bytes: ArraySlice<UInt8>) {
        let (bytes, tables) = (bytes.span, CRC64Stream.tables.span)
        var (sum, index) = (sum, 0)
        while bytes.count - index >= 8 {
            for place in 0..<8 { sum ^= UInt64(bytes[index + place]) << UInt64(8 * place) }
            var next: UInt64 = 0
            for place in 0..<8 { next ^= tables[256 * (7 - place) + Int(sum >> UInt64(8 * place) & 0xff)] }
            sum = next
            index += 8
        }
        while index < bytes.count {
            sum = tables[Int((sum ^ UInt64(bytes[index])) & 0xff)] ^ sum >> 8
            index += 1
        }
        self.sum = sum
    }

    /// The CRC of everything taken so far; the stream goes on.
    public var value: UInt64 { ~sum }

    /// The same as eight bytes, the most significant first.
    public var bytes: [UInt8] {
        stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: value >> UInt64($0)) }
    }
}
