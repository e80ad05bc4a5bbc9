public import Tar

/// The fields of one tar header on their way to its block.
public struct HeaderFields: Sendable {
    public enum Checksum: Sendable {
        case right, wrong
        /// The sum over signed bytes, as some old writers took it.
        case signed
    }

    public var typeFlag: UInt8
    public var dialect: Dialect
    /// The path; `splitPath` moves its front into `prefix`.
    public var path: [UInt8]
    public var prefix: [UInt8] = []
    public var linkName: [UInt8] = []
    public var mode: Int64 = 0o644
    public var userID: Int64 = 0
    public var groupID: Int64 = 0
    public var size: Int64 = 0
    public var modificationTime: Int64 = 0
    public var userName: [UInt8] = []
    public var groupName: [UInt8] = []
    public var deviceMajor: Int64 = 0
    public var deviceMinor: Int64 = 0
    /// Whether all numbers are in base 256, those too that octal digits could hold.
    public var usesBase256 = false
    public var checksum = Checksum.right
    /// Bytes laid over the block by their offset, before the checksum is taken.
    public var overlay: [Int: [UInt8]] = [:]

    public init(typeFlag: UInt8, path: String, dialect: Dialect) {
        self.typeFlag = typeFlag
        self.path = Array(path.utf8)
        self.dialect = dialect
    }

    /// The block that the fields make.
    public var block: [UInt8] {
        var block = [UInt8](repeating: 0, count: Header.blockSize)
        func put(_ bytes: [UInt8], at offset: Int, width: Int) {
            let bytes = bytes.prefix(width)
            block.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        }
        func put(_ number: Int64, at offset: Int, width: Int) {
            put(HeaderFields.number(number, width: width, base256: usesBase256), at: offset, width: width)
        }
        put(path, at: 0, width: 100)
        put(mode, at: 100, width: 8)
        put(userID, at: 108, width: 8)
        put(groupID, at: 116, width: 8)
        put(size, at: 124, width: 12)
        put(modificationTime, at: 136, width: 12)
        block[156] = typeFlag
        put(linkName, at: 157, width: 100)
        if dialect != .v7 {
            put(Array(dialect == .gnu ? "ustar  \0".utf8 : "ustar\u{0}00".utf8), at: 257, width: 8)
            put(userName, at: 265, width: 32)
            put(groupName, at: 297, width: 32)
            put(deviceMajor, at: 329, width: 8)
            put(deviceMinor, at: 337, width: 8)
            put(prefix, at: 345, width: dialect == .star ? 131 : 155)
        }
        if dialect == .star { put(Array("tar\0".utf8), at: 508, width: 4) }
        for (offset, bytes) in overlay { put(bytes, at: offset, width: bytes.count) }
        put(sum(of: block), at: 148, width: 8)
        return block
    }

    /// Moves what comes before one of the path's slashes into `prefix`, where only that makes both fit.
    public mutating func splitPath() {
        let room = dialect == .star ? 130 : 155
        guard path.count > 100, dialect != .gnu, dialect != .v7 else { return }
        for (index, byte) in path.enumerated() where byte == UInt8(ascii: "/") && index > 0 && index <= room {
            let name = path.count - index - 1
            guard name > 0, name <= 100 else { continue }
            prefix = Array(path[..<index])
            path.removeFirst(index + 1)
            return
        }
    }

    /// A number as a field of `width` bytes: octal digits and a NUL where they hold it, GNU's base 256 otherwise.
    public static func number(_ value: Int64, width: Int, base256: Bool = false) -> [UInt8] {
        let digits = String(value, radix: 8)
        if !base256, value >= 0, digits.utf8.count < width {
            return Array((String(repeating: "0", count: width - 1 - digits.utf8.count) + digits).utf8) + [0]
        }
        var field = (0..<width).reversed().map { byte in
            UInt8(truncatingIfNeeded: value >> Int64(min(byte * 8, 63)))
        }
        field[0] = value < 0 ? 0xff : field[0] | 0x80
        return field
    }

    /// The checksum's field for a block in which it is still empty.
    private func sum(of block: [UInt8]) -> [UInt8] {
        let blanks = 8 * 32
        let sum =
            switch checksum {
            case .right: block.reduce(blanks) { $0 + Int($1) }
            case .wrong: block.reduce(blanks) { $0 + Int($1) } + 1
            case .signed: block.reduce(blanks) { $0 + Int(Int8(bitPattern: $1)) }
            }
        return HeaderFields.number(Int64(sum), width: 7) + [UInt8(ascii: " ")]
    }
}
