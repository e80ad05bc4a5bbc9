/// One 512-byte tar header block, read in place.
///
/// Layout: POSIX.1-1988 `ustar`, which is the v7 header with more fields behind it; GNU tar's and star's own fields
/// lie over the `prefix`. Names may end with the field, without a NUL.
public struct Header {
    /// Bytes in a header, and the unit to which everything in a tar is padded.
    public static let blockSize = 512

    private let block: ArraySlice<UInt8>
    /// Whose header this is, by its magic.
    public let dialect: Dialect

    /// The header in a block of `blockSize` bytes, or nil where the block's checksum does not fit its bytes.
    public init?(_ block: ArraySlice<UInt8>) {
        guard block.count == Header.blockSize else { return nil }
        guard let stored = Number.parse(block[block.startIndex + 148..<block.startIndex + 156]),
            Header.isChecksum(stored, of: block)
        else { return nil }
        self.block = block
        dialect = Dialect(of: block)
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
    /// GNU's old sparse form: the map's four parts in the header, as fields of 12 bytes.
    var sparseMap: ArraySlice<UInt8> { field(386..<482) }
    /// GNU's old sparse form: bytes of the file with its holes.
    var sparseRealSize: Int64? { number(483..<495) }

    private subscript(offset: Int) -> UInt8 { block[block.startIndex + offset] }

    private func field(_ range: Range<Int>) -> ArraySlice<UInt8> {
        block[block.startIndex + range.lowerBound..<block.startIndex + range.upperBound]
    }

    private func text(_ range: Range<Int>) -> [UInt8] {
        Array(field(range).prefix { $0 != 0 })
    }

    private func number(_ range: Range<Int>) -> Int64? { Number.parse(field(range)) }

    /// Whether the number is the sum of all bytes, the checksum's own field taken as spaces: of unsigned bytes or, as
    /// some old writers did it, of signed ones.
    private static func isChecksum(_ stored: Int64, of block: ArraySlice<UInt8>) -> Bool {
        let bytes = block.span
        var sum: UInt32 = 8 * 32
        for index in 0..<blockSize { sum &+= UInt32(bytes[index]) }
        for index in 148..<156 { sum &-= UInt32(bytes[index]) }
        if stored == Int64(sum) { return true }
        let highBytes = block.count { $0 > 127 } - block.dropFirst(148).prefix(8).count { $0 > 127 }
        return stored == Int64(sum) - 256 * Int64(highBytes)
    }
}

/// Whose header a block is.
public enum Dialect: String, Sendable, CaseIterable {
    case v7, ustar, gnu, star

    /// The dialect by a whole block's magic.
    public init(of block: ArraySlice<UInt8>) {
        let bytes = block.dropFirst(257)
        if bytes.starts(with: Dialect.posixMagic) {
            self = block.suffix(4).elementsEqual(Dialect.starMagic) ? .star : .ustar
        } else {
            self = bytes.starts(with: Dialect.gnuMagic) ? .gnu : .v7
        }
    }

    private static let posixMagic = Array("ustar\0".utf8)
    private static let gnuMagic = Array("ustar  \0".utf8)
    private static let starMagic = Array("tar\0".utf8)
}
