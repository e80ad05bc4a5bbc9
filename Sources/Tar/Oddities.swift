/// What is odd about an entry's own fields.
struct Oddities {
    private(set) var findings: [Finding] = []
    private let offset: UInt64
    /// `PATH_MAX`. Longer names are not looked at: a global record gives every entry the same one.
    private static let maximumNameBytes = 4096

    /// - Parameter numbers: what pax records say of numbers.
    init(of entry: Entry, _ header: Header, _ numbers: Extensions.Numbers) {
        offset = entry.offset
        if let reason = Oddities.oddity(of: entry.path) { add(.unusualName, "the path \(reason)") }
        if let reason = Oddities.oddity(of: entry.linkTarget) { add(.unusualName, "the link's target \(reason)") }
        if header.mode == nil { add(.unreadableNumber, "the mode is not a number") }
        if header.modificationTime == nil, !numbers.given.contains("mtime") {
            add(.unreadableNumber, "the modification time is not a number")
        }
        let owners = [("uid", header.userID), ("gid", header.groupID)]
        if owners.contains(where: { !numbers.given.contains($0.0) && !isOwner($0.1) }) {
            add(.unreadableNumber, "an owner's number is unreadable, or no number from 0 to 4294967295")
        }
        if !numbers.unreadable.isEmpty {
            let keys = numbers.unreadable.joined(separator: ", ")
            add(.unreadableNumber, "pax records that are no number in range, so that the header's counts: \(keys)")
        }
        if let meaning = Oddities.meaning(of: header.typeFlag) { add(.unusualType, meaning) }
    }

    private mutating func add(_ kind: Finding.Kind, _ text: String) {
        findings.append(Finding(offset: offset, kind: kind, text: text))
    }

    private func isOwner(_ number: Int64?) -> Bool { number.flatMap(UInt32.init(exactly:)) != nil }

    /// Why a name is odd; nil where it is UTF-8 without NUL, and short enough for a system call.
    private static func oddity(of name: [UInt8]) -> String? {
        if name.count > maximumNameBytes { return "has \(name.count) bytes" }
        if name.allSatisfy({ $0 < 0x80 && $0 != 0 }) { return nil }
        if name.contains(0) { return "holds a NUL" }
        return String(validating: name, as: UTF8.self) == nil ? "is not UTF-8" : nil
    }

    /// What a type flag means that POSIX does not define; nil for those that it does.
    private static func meaning(of typeFlag: UInt8) -> String? {
        switch typeFlag {
        case 0, UInt8(ascii: "0")...UInt8(ascii: "7"), UInt8(ascii: "S"): nil
        case UInt8(ascii: "D"): "a directory of a GNU incremental archive, with the list of its names"
        case UInt8(ascii: "M"): "the rest of a file that another volume of a GNU archive began"
        case UInt8(ascii: "N"): "a list of long names in GNU's oldest form"
        case UInt8(ascii: "V"): "the label of a GNU volume"
        case UInt8(ascii: "A"): "an access control list in Solaris's form"
        case UInt8(ascii: "E"): "an extended attribute in Solaris's form"
        case UInt8(ascii: "I"): "an inode without its contents, as star writes it"
        default: "type flag \(typeFlag), which nobody defines"
        }
    }

    /// The program whose format some bytes begin with, by its magic number.
    static func compression(of bytes: ArraySlice<UInt8>) -> String? {
        let magics: [(String, [UInt8])] = [
            ("gzip", [0x1f, 0x8b, 8]), ("zstd", [0x28, 0xb5, 0x2f, 0xfd]), ("xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]),
            ("bzip2", Array("BZh".utf8)),
        ]
        return magics.first { bytes.starts(with: $0.1) }?.0
    }
}
