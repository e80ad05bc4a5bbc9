/// One 512-byte tar header block, read in place.
///
/// Layout: POSIX.1-1988 `ustar`, which is the v7 header with more fields behind it; GNU tar's and star's own fields
/// lie over the `prefix`. Names may end with the field, without a NUL.
public struct Header {
    /// Bytes in a header, and the unit to which everything in a tar is padded.
    public static let blockSize = 512

    private let block: ArraySlice<UInt8>

    /// The header in a block of `blockSize` bytes, or nil where the block's checksum does not fit its bytes.
    public init?(_ block: ArraySlice<UInt8>) {
        guard block.count == Header.blockSize else { return nil }
        self.block = block
        guard let stored = number(148..<156), stored == unsignedSum || stored == signedSum else { return nil }
    }

    public var name: [UInt8] { text(0..<100) }
    public var mode: Int64? { number(100..<108) }
    public var userID: Int64? { number(108..<116) }
    public var groupID: Int64? { number(116..<124) }
    /// Payload bytes, or the uncompressed meaning that the entry's type gives the field.
    public var size: Int64? { number(124..<136) }
    /// Seconds since 1970.
    public var modificationTime: Int64? { number(136..<148) }
    public var typeFlag: UInt8 { self[156] }
    public var linkName: [UInt8] { text(157..<257) }
    public var userName: [UInt8] { dialect == .v7 ? [] : text(265..<297) }
    public var groupName: [UInt8] { dialect == .v7 ? [] : text(297..<329) }
    public var deviceMajor: Int64? { dialect == .v7 ? nil : number(329..<337) }
    public var deviceMinor: Int64? { dialect == .v7 ? nil : number(337..<345) }

    /// The path: `prefix`, a slash and `name` where the dialect has a prefix and it is not empty.
    public var path: [UInt8] {
        let prefix =
            switch dialect {
            case .ustar: text(345..<500)
            case .star: text(345..<476)
            case .v7, .gnu: [UInt8]()
            }
        return prefix.isEmpty ? name : prefix + [UInt8(ascii: "/")] + name
    }

    /// GNU's old sparse form: whether a block with more of the sparse map follows this header.
    public var sparseMapContinues: Bool { self[482] != 0 }

    /// Whose header this is, by its magic.
    public var dialect: Dialect {
        if matches("ustar\0", at: 257) {
            return matches("tar\0", at: 508) ? .star : .ustar
        }
        return matches("ustar  \0", at: 257) ? .gnu : .v7
    }

    private subscript(offset: Int) -> UInt8 { block[block.startIndex + offset] }

    private func field(_ range: Range<Int>) -> ArraySlice<UInt8> {
        block[block.startIndex + range.lowerBound..<block.startIndex + range.upperBound]
    }

    private func text(_ range: Range<Int>) -> [UInt8] {
        Array(field(range).prefix { $0 != 0 })
    }

    private func matches(_ text: StaticString, at offset: Int) -> Bool {
        field(offset..<offset + text.utf8CodeUnitCount).elementsEqual(text.description.utf8)
    }

    private func number(_ range: Range<Int>) -> Int64? { Number.parse(field(range)) }

    /// The sum of all bytes, with the checksum's own field taken as spaces.
    private var unsignedSum: Int64 {
        var sum: Int64 = 0
        for byte in block { sum &+= Int64(byte) }
        for byte in field(148..<156) { sum &+= 32 &- Int64(byte) }
        return sum
    }

    /// The same over signed bytes, as some old writers did it.
    private var signedSum: Int64 {
        var sum: Int64 = 0
        for byte in block { sum &+= Int64(Int8(bitPattern: byte)) }
        for byte in field(148..<156) { sum &+= 32 &- Int64(Int8(bitPattern: byte)) }
        return sum
    }
}

/// Whose header a block is.
public enum Dialect: String, Sendable, CaseIterable {
    case v7, ustar, gnu, star
}
