/// What the headers of one writer for one type of entry have in common: all that is no value.
struct HeaderShape: Hashable {
    var typeFlag: UInt8 = 0
    /// How name and prefix make the path.
    var placement = Placement()
    /// The eight bytes of magic and version, first byte first.
    var magic: UInt64 = 0
    /// The formats of the numbers, one byte each, the first of `HeaderNumber` lowest.
    var formats: UInt64 = 0

    /// How name and prefix make the path.
    struct Placement: Hashable {
        enum Rule: UInt8 {
            /// There is no prefix.
            case nameOnly
            /// The prefix ends at the last slash that it can end at: Go's, Python's and GNU's way.
            case longestPrefix
            /// The prefix ends at the first slash that leaves a name that fits: bsdtar's way.
            case shortestPrefix
            /// The prefix's length is spelled out.
            case spelled
        }

        var rule = Rule.nameOnly
        /// The path ends in a slash, which is not told.
        var endsInSlash = false

        init() {}

        init?(byte: UInt8) {
            guard byte < 8, let rule = Rule(rawValue: byte & 3) else { return nil }
            (self.rule, endsInSlash) = (rule, byte & 4 != 0)
        }

        var byte: UInt8 { rule.rawValue | (endsInSlash ? 4 : 0) }
    }

    func format(of number: HeaderNumber) -> UInt8 { UInt8(truncatingIfNeeded: formats >> number.shift) }

    mutating func set(_ format: UInt8, for number: HeaderNumber) {
        formats = formats & ~(0xff << number.shift) | UInt64(format) << number.shift
    }

    /// Whether the block has a prefix field, by its magic.
    var hasPrefix: Bool { magic >> 16 == 0x7573_7461_7200 }
    /// Whether the header describes the next entry, or all that follow.
    var isExtension: Bool { HeaderShape.isExtension(typeFlag) }
    /// Whether data should follow where the size is not 0: links, devices, folders and pipes have none.
    var mayHaveData: Bool { !(UInt8(ascii: "1")...UInt8(ascii: "6")).contains(typeFlag) }

    private static func isExtension(_ typeFlag: UInt8) -> Bool {
        switch typeFlag {
        case UInt8(ascii: "x"), UInt8(ascii: "g"), UInt8(ascii: "X"), UInt8(ascii: "L"), UInt8(ascii: "K"): true
        default: false
        }
    }
}

/// The numbers of a header, in the order in which shapes give their formats.
enum HeaderNumber: UInt8, CaseIterable {
    case mode, userID, groupID, size, time, deviceMajor, deviceMinor, checksum

    var shift: UInt64 { UInt64(rawValue) * 8 }

    var field: Range<Int> {
        switch self {
        case .mode: 100..<108
        case .userID: 108..<116
        case .groupID: 116..<124
        case .size: 124..<136
        case .time: 136..<148
        case .deviceMajor: 329..<337
        case .deviceMinor: 337..<345
        case .checksum: 148..<156
        }
    }
}

extension HeaderShape {
    /// How many bytes the prefix of a path has under a placement rule; nil where the path does not fit the fields.
    static func prefixCount(of path: [UInt8], _ rule: Placement.Rule) -> Int? {
        let slash = UInt8(ascii: "/")
        let prefixRoom = HeaderField.prefix.count
        let nameRoom = HeaderField.name.count
        switch rule {
        case .nameOnly: return path.count <= nameRoom ? 0 : nil
        case .spelled: return nil
        case .longestPrefix:
            var index = min(prefixRoom, path.count - 2)
            while index > 0, path[index] != slash { index -= 1 }
            return index > 0 && path.count - index - 1 <= nameRoom ? index : nil
        case .shortestPrefix:
            var index = max(1, path.count - 1 - nameRoom)
            while index < path.count, path[index] != slash { index += 1 }
            return index < path.count && index <= prefixRoom ? index : nil
        }
    }
}
