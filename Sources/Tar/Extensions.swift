/// Extension headers on their way to the entry that they describe: pax records, global and local, and GNU's long names.
struct Extensions {
    /// Type flags of headers that describe the next entry (or, for `g`, all that follow).
    static let typeFlags: Set<UInt8> = Set("xgXLK".utf8)

    private var global = PaxRecords()
    private var local = PaxRecords()
    private var longName: [UInt8]?
    private var longLink: [UInt8]?
    private var start: UInt64?

    /// Whether an extension header waits for its entry.
    var isPending: Bool { start != nil }

    /// Notes where the entry's first block lies.
    mutating func begin(at offset: UInt64) {
        if start == nil { start = offset }
    }

    /// Takes an extension header's data; false where its records are malformed.
    mutating func take(_ data: ArraySlice<UInt8>, typeFlag: UInt8) -> Bool {
        switch typeFlag {
        case UInt8(ascii: "g"):
            defer { start = nil }
            return global.merge(parsing: data)
        case UInt8(ascii: "L"):
            longName = Array(data.prefix { $0 != 0 })
        case UInt8(ascii: "K"):
            longLink = Array(data.prefix { $0 != 0 })
        default:
            return local.merge(parsing: data)
        }
        return true
    }

    /// The entry that a header and everything before it describe.
    func entry(header: Header, size headerSize: UInt64) -> Entry {
        let records = global.overlaid(with: local)
        let path = longName ?? records["path"] ?? header.path
        var kind = Entry.Kind(typeFlag: header.typeFlag)
        if header.typeFlag == 0, path.last == UInt8(ascii: "/") { kind = .directory }
        if kind == .regular, records.describesSparseFile { kind = .sparse }
        let size = records.number("size") ?? headerSize
        let isLink = kind == .symbolicLink || kind == .hardLink
        return Entry(
            offset: start ?? 0,
            kind: kind,
            path: path,
            linkTarget: isLink ? longLink ?? records["linkpath"] ?? header.linkName : [],
            mode: UInt32(truncatingIfNeeded: (header.mode ?? 0) & 0o7777),
            userID: records.number("uid").flatMap(UInt32.init(exactly:)) ?? id(header.userID),
            groupID: records.number("gid").flatMap(UInt32.init(exactly:)) ?? id(header.groupID),
            userName: records["uname"] ?? header.userName,
            groupName: records["gname"] ?? header.groupName,
            modificationTime: records["mtime"].flatMap(seconds) ?? header.modificationTime ?? 0,
            size: kind.isHeaderOnly ? 0 : size,
            extendedAttributes: records.extendedAttributes,
            dialect: header.dialect,
            hasPaxRecords: !local.values.isEmpty
        )
    }

    /// The entry has passed: only the global records stay.
    mutating func end() {
        local = PaxRecords()
        longName = nil
        longLink = nil
        start = nil
    }

    private func id(_ number: Int64?) -> UInt32 { number.flatMap(UInt32.init(exactly:)) ?? 0 }

    /// Whole seconds of a pax time, `-`? digits [`.` digits], rounded down.
    private func seconds(_ text: [UInt8]) -> Int64? {
        let isNegative = text.first == UInt8(ascii: "-")
        let parts = text[(isNegative ? 1 : 0)...].split(separator: UInt8(ascii: "."), maxSplits: 1)
        guard let whole = parts.first.flatMap(Number.decimal), let value = Int64(exactly: whole) else { return nil }
        let hasFraction = parts.count == 2 && parts[1].contains { $0 != UInt8(ascii: "0") }
        return isNegative ? -value - (hasFraction ? 1 : 0) : value
    }
}
