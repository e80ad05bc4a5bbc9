/// A member's head (RFC 1952), of which the recipe keeps the bytes.
struct GzipHeader: Equatable {
    private static let magic: [UInt8] = [0x1f, 0x8b, 8]
    private enum Flag {
        static let headerSum: UInt8 = 2
        static let extra: UInt8 = 4
        static let name: UInt8 = 8
        static let comment: UInt8 = 16
        static let reserved: UInt8 = 0xe0
    }

    let bytes: [UInt8]

    enum Reading: Equatable {
        case header(GzipHeader)
        /// Something else.
        case other
        /// It begins like a head, and is not over.
        case unfinished
    }

    /// Reads the head at the front of the bytes.
    static func read(_ bytes: [UInt8]) -> Reading {
        guard bytes.starts(with: magic) else { return .other }
        guard bytes.count >= 10 else { return .unfinished }
        let flags = bytes[3]
        // Inflaters refuse them.
        guard flags & Flag.reserved == 0 else { return .other }
        var end = 10
        if flags & Flag.extra > 0 {
            guard bytes.count >= 12 else { return .unfinished }
            end = 12 + Int(bytes[10]) + Int(bytes[11]) << 8
        }
        for flag in [Flag.name, Flag.comment] where flags & flag > 0 {
            guard end <= bytes.count, let zero = bytes[end...].firstIndex(of: 0) else { return .unfinished }
            end = zero + 1
        }
        if flags & Flag.headerSum > 0 { end += 2 }
        guard end <= bytes.count else { return .unfinished }
        return .header(GzipHeader(bytes: Array(bytes[..<end])))
    }

    var modificationTime: ArraySlice<UInt8> { bytes[4..<8] }
    /// 2 where the writer compressed as well as it could, 4 where it was as fast as it could.
    var effort: UInt8 { bytes[8] }
    var system: UInt8 { bytes[9] }

    /// What BGZF has in the head: the length of the whole member, less one.
    var memberLength: UInt64? {
        guard bytes[3] & Flag.extra > 0, bytes.count >= 18, bytes[12...15] == [0x42, 0x43, 2, 0] else { return nil }
        return UInt64(bytes[16]) + UInt64(bytes[17]) << 8 + 1
    }

    /// The bytes, without BGZF's length.
    var bytesWithoutMemberLength: [UInt8] { Array(bytes[..<16]) + [0, 0] + bytes[18...] }
}
