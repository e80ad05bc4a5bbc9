/// Extension headers on their way to the entry that they describe: pax records, global and local, and GNU's long names.
struct Extensions {
    /// Whether a header of this type flag describes the next entry (or, for `g`, all that follow).
    static func describes(_ typeFlag: UInt8) -> Bool {
        switch typeFlag {
        case UInt8(ascii: "x"), UInt8(ascii: "g"), UInt8(ascii: "X"), UInt8(ascii: "L"), UInt8(ascii: "K"): true
        default: false
        }
    }

    private var global = PaxRecords()
    /// The global records' attributes, which most entries share as they are; none where they are too many.
    private var globalAttributes: [ExtendedAttribute] = []
    private var seenAttributeChanges = 0
    private var local = PaxRecords()
    private var longName: [UInt8]?
    private var longLink: [UInt8]?
    private var start: UInt64?
    /// Bytes of extension headers that were taken since the last entry.
    private var takenBytes: UInt64 = 0

    /// Whether an extension header waits for its entry.
    var isPending: Bool { start != nil }

    /// What pax records say of the entry's numbers.
    struct Numbers {
        /// Records that say it, so that the header's own number does not count.
        var given: Set<String> = []
        /// Records that are there and no number in range.
        var unreadable: [String] = []
    }

    var numbers: Numbers {
        var numbers = Numbers()
        guard !local.values.isEmpty || !global.values.isEmpty else { return numbers }
        for key in ["size", "uid", "gid", "mtime"] {
            guard let text = self[key] else { continue }
            let isReadable =
                switch key {
                case "mtime": seconds(text) != nil
                case "size": number(key) != nil
                default: number(key).flatMap(UInt32.init(exactly:)) != nil
                }
            if isReadable { numbers.given.insert(key) } else { numbers.unreadable.append(key) }
        }
        return numbers
    }

    /// Notes where the entry's first block lies.
    mutating func begin(_ typeFlag: UInt8, at offset: UInt64) {
        if start == nil, typeFlag != UInt8(ascii: "g") { start = offset }
    }

    /// Whether an extension header of so many bytes is for taking, beside those that the same entry has already.
    mutating func admits(_ byteCount: UInt64) -> Bool {
        guard byteCount <= UInt64(Splitter.maximumExtensionBytes) - takenBytes else { return false }
        takenBytes += byteCount
        return true
    }

    /// Takes an extension header's data; what was wrong with it, or nil.
    mutating func take(_ data: ArraySlice<UInt8>, typeFlag: UInt8) -> String? {
        let malformed = "malformed pax records, or too many"
        switch typeFlag {
        case UInt8(ascii: "g"):
            let isSound = global.merge(parsing: data)
            guard global.attributeChanges != seenAttributeChanges else { return isSound ? nil : malformed }
            seenAttributeChanges = global.attributeChanges
            globalAttributes = global.extendedAttributes
            if ExtendedAttribute.areTooMany(globalAttributes) {
                globalAttributes = []
                return "the global extended attributes are more than an entry can have: none are kept"
            }
            return isSound ? nil : malformed
        case UInt8(ascii: "L"):
            longName = Array(data.prefix { $0 != 0 })
        case UInt8(ascii: "K"):
            longLink = Array(data.prefix { $0 != 0 })
        default:
            // A second header takes the first one's place, as GNU tar and Go read it.
            local = PaxRecords()
            return local.merge(parsing: data) ? nil : malformed
        }
        return nil
    }

    /// The entry that a header and everything before it describe, with the size that it announces, and without extended
    /// attributes where they are too many.
    func entry(header: Header, size headerSize: UInt64) -> Entry {
        var kind = Entry.Kind(typeFlag: header.typeFlag)
        // A map is one file's: global records say nothing of it.
        if kind == .regular, local.describesSparseFile { kind = .sparse }
        let sparseName = kind == .sparse ? local["GNU.sparse.name"] : nil
        let path = longName ?? sparseName ?? self["path"] ?? header.path
        if header.typeFlag == 0, path.last == UInt8(ascii: "/") { kind = .directory }
        let isLink = kind == .symbolicLink || kind == .hardLink
        return Entry(
            offset: start ?? 0,
            kind: kind,
            path: path,
            linkTarget: isLink ? longLink ?? self["linkpath"] ?? header.linkName : [],
            mode: UInt32(truncatingIfNeeded: (header.mode ?? 0) & 0o7777),
            userID: number("uid").flatMap(UInt32.init(exactly:)) ?? id(header.userID),
            groupID: number("gid").flatMap(UInt32.init(exactly:)) ?? id(header.groupID),
            userName: self["uname"] ?? header.userName,
            groupName: self["gname"] ?? header.groupName,
            modificationTime: self["mtime"].flatMap(seconds) ?? header.modificationTime ?? 0,
            size: number("size") ?? headerSize,
            extendedAttributes: extendedAttributes ?? [],
            dialect: header.dialect,
            hasPaxRecords: !local.values.isEmpty,
            sparse: kind == .sparse && header.typeFlag != UInt8(ascii: "S") ? SparseFile(local) : nil
        )
    }

    /// The entry's extended attributes, the global ones with its own laid over them; nil where they are too many.
    var extendedAttributes: [ExtendedAttribute]? {
        guard local.hasExtendedAttributes else { return globalAttributes }
        let own = local.extendedAttributes
        guard !ExtendedAttribute.areTooMany(own) else { return nil }
        guard !globalAttributes.isEmpty else { return own }
        let names = Set(own.map(\.name))
        let all = (globalAttributes.filter { !names.contains($0.name) } + own)
            .sorted { $0.name.lexicographicallyPrecedes($1.name) }
        return ExtendedAttribute.areTooMany(all) ? nil : all
    }

    /// The entry has passed: only the global records stay.
    mutating func end() {
        if !local.values.isEmpty { local = PaxRecords() }
        longName = nil
        longLink = nil
        start = nil
        takenBytes = 0
    }

    /// The local record of a key, or else the global one. An empty local record hides the global one.
    private subscript(key: String) -> [UInt8]? {
        guard !global.values.isEmpty else { return local[key] }
        return local.values[Array(key.utf8)] == [] ? nil : local[key] ?? global[key]
    }

    private func number(_ key: String) -> UInt64? { self[key].flatMap { Number.decimal($0[...]) } }

    private func id(_ number: Int64?) -> UInt32 { number.flatMap(UInt32.init(exactly:)) ?? 0 }

    /// Whole seconds of a pax time, `-`? digits [`.` digits], rounded down.
    private func seconds(_ text: [UInt8]) -> Int64? {
        guard text.count <= Number.maximumDigits else { return nil }
        let isNegative = text.first == UInt8(ascii: "-")
        let parts = text[(isNegative ? 1 : 0)...]
            .split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = Number.decimal(parts[0]), let value = Int64(exactly: whole) else { return nil }
        let fraction = parts.dropFirst().joined()
        guard fraction.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        let hasFraction = fraction.contains { $0 != UInt8(ascii: "0") }
        return isNegative ? -value - (hasFraction ? 1 : 0) : value
    }
}
