internal import Tar

/// A tar header block as Go's `archive/tar` reads it, which is what tar-split reads tars with: stricter than `Tar.Header`,
/// and with its own ideas of names. Only what matters to tar-split is kept.
struct GoTarHeader {
    var name: [UInt8]
    var size: Int64
    let typeFlag: UInt8

    var isDirectory: Bool {
        typeFlag == UInt8(ascii: "5") || typeFlag == 0 && name.last == UInt8(ascii: "/")
    }
    /// Whether an entry's payload becomes a plain file, from which `tar-split asm` takes it again.
    var isPlainFile: Bool {
        (typeFlag == 0 || typeFlag == UInt8(ascii: "0") || typeFlag == UInt8(ascii: "7"))
            && name.last != UInt8(ascii: "/")
    }
    /// Whether entries of this type have no data, whatever their size says.
    var isHeaderOnly: Bool { (UInt8(ascii: "1")...UInt8(ascii: "6")).contains(typeFlag) }

    /// The header in a block of 512 bytes, or nil where Go refuses it: its checksum or one of its numbers is no good.
    init?(_ block: ArraySlice<UInt8>) {
        func field(_ start: Int, _ count: Int) -> ArraySlice<UInt8> {
            block[block.startIndex + start..<block.startIndex + start + count]
        }
        guard GoNumber.isChecksum(field(148, 8), of: block), let size = GoNumber.field(field(124, 12)),
            [field(100, 8), field(108, 8), field(116, 8), field(136, 12)].allSatisfy({ GoNumber.field($0) != nil })
        else { return nil }
        self.size = size
        typeFlag = field(156, 1).first ?? 0
        name = GoTarHeader.text(field(0, 100))
        let dialect = Dialect(of: block)
        guard dialect != .v7 else { return }
        guard GoNumber.field(field(329, 8)) != nil, GoNumber.field(field(337, 8)) != nil else { return nil }
        var prefix: [UInt8] = []
        switch dialect {
        case .v7: break
        case .ustar: prefix = GoTarHeader.text(field(345, 155))
        case .star:
            guard GoNumber.field(field(476, 12)) != nil, GoNumber.field(field(488, 12)) != nil else { return nil }
            prefix = GoTarHeader.text(field(345, 131))
        case .gnu:
            // Go before 1.8 wrote a prefix where GNU tar has two times, so what is no time may be a prefix.
            let times = [field(345, 12), field(357, 12)]
            if times.contains(where: { $0.first != 0 && GoNumber.field($0) == nil }) {
                let text = GoTarHeader.text(field(345, 155))
                if text.allSatisfy({ $0 < 0x80 }) { prefix = text }
            }
        }
        if !prefix.isEmpty { name = prefix + [UInt8(ascii: "/")] + name }
    }

    /// Bytes up to the first NUL.
    static func text(_ bytes: ArraySlice<UInt8>) -> [UInt8] { Array(bytes.prefix { $0 != 0 }) }
}

/// Numbers as Go reads them.
enum GoNumber {
    /// A header's number: base 256, or octal digits between spaces and NULs.
    static func field(_ bytes: ArraySlice<UInt8>) -> Int64? {
        guard let first = bytes.first, first & 0x80 != 0 else { return octal(bytes).map(Int64.init(bitPattern:)) }
        let inversion: UInt8 = first & 0x40 != 0 ? 0xff : 0
        var value = UInt64((first ^ inversion) & 0x7f)
        for byte in bytes.dropFirst() {
            guard value >> 56 == 0 else { return nil }
            value = value << 8 | UInt64(byte ^ inversion)
        }
        guard let number = Int64(exactly: value) else { return nil }
        return inversion == 0 ? number : ~number
    }

    /// Whether the checksum's field holds the sum of the block's bytes, taken as unsigned or as signed ones.
    static func isChecksum(_ field: ArraySlice<UInt8>, of block: ArraySlice<UInt8>) -> Bool {
        guard block.count == Header.blockSize, let stored = octal(field).map(Int64.init(bitPattern:)) else {
            return false
        }
        let bytes = block.span
        var (unsigned, signed) = (Int64(8 * 32), Int64(8 * 32))
        for index in 0..<148 { (unsigned, signed) = sums(unsigned, signed, bytes[index]) }
        for index in 156..<Header.blockSize { (unsigned, signed) = sums(unsigned, signed, bytes[index]) }
        return stored == unsigned || stored == signed
    }

    private static func sums(_ unsigned: Int64, _ signed: Int64, _ byte: UInt8) -> (Int64, Int64) {
        (unsigned &+ Int64(byte), signed &+ Int64(Int8(bitPattern: byte)))
    }

    private static func octal(_ bytes: ArraySlice<UInt8>) -> UInt64? {
        func isFiller(_ byte: UInt8) -> Bool { byte == 0 || byte == UInt8(ascii: " ") }
        let trimmed = bytes.drop(while: isFiller).prefix { $0 != 0 }
        var digits = trimmed
        // Spaces at the end are trimmed only where nothing but filler follows them.
        if bytes[trimmed.endIndex...].allSatisfy(isFiller) {
            while digits.last == UInt8(ascii: " ") { digits.removeLast() }
        }
        var value: UInt64 = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(digit) else { return nil }
            value = value << 3 | UInt64(digit - UInt8(ascii: "0"))
        }
        return value
    }

    /// A whole decimal number with or without a sign, as `strconv.ParseInt` takes it.
    static func decimal(_ bytes: ArraySlice<UInt8>) -> Int64? {
        let isSigned = bytes.first == UInt8(ascii: "-") || bytes.first == UInt8(ascii: "+")
        let digits = bytes.dropFirst(isSigned ? 1 : 0)
        guard !digits.isEmpty else { return nil }
        var value: Int64 = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            let (product, overflows) = value.multipliedReportingOverflow(by: 10)
            let next = Int64(digit - UInt8(ascii: "0"))
            // Counted below zero, where there is room for one more.
            let (sum, overflowsToo) = product.subtractingReportingOverflow(next)
            guard !overflows, !overflowsToo else { return nil }
            value = sum
        }
        if bytes.first == UInt8(ascii: "-") { return value }
        return value == .min ? nil : -value
    }
}

/// A pax extended header's records as Go reads them.
struct GoPaxRecords {
    private(set) var values: [[UInt8]: [UInt8]] = [:]
    /// Whether there are GNU's records of a sparse file. What readers make of them differs: Go knows some versions, and
    /// never looks at global ones.
    private(set) var describesSparseFile = false

    /// No records.
    init() {}

    /// The records in an extended header's data, or nil where Go refuses them.
    init?(_ data: ArraySlice<UInt8>) {
        var rest = data
        while !rest.isEmpty {
            guard let space = rest.firstIndex(of: UInt8(ascii: " ")),
                let length = GoNumber.decimal(rest[..<space]), length >= 5, length <= rest.count
            else { return nil }
            let end = rest.startIndex + Int(length)
            guard space + 1 <= end - 1, rest[end - 1] == UInt8(ascii: "\n") else { return nil }
            let record = rest[space + 1..<end - 1]
            guard let equals = record.firstIndex(of: UInt8(ascii: "=")), equals > record.startIndex else { return nil }
            let (key, value) = (Array(record[..<equals]), Array(record[(equals + 1)...]))
            let isName = GoPaxRecords.names.contains(key)
            guard isName ? !value.contains(0) : !key.contains(0) else { return nil }
            if key.starts(with: "GNU.sparse.".utf8) { describesSparseFile = true }
            values[key] = value
            rest = rest[end...]
        }
    }

    subscript(key: String) -> [UInt8]? { values[Array(key.utf8)].flatMap { $0.isEmpty ? nil : $0 } }

    /// Whether Go reads all the numbers and times among them.
    var areReadable: Bool {
        for key in ["uid", "gid", "size"] {
            if let text = self[key], GoNumber.decimal(text[...]) == nil { return false }
        }
        return ["mtime", "atime", "ctime"].allSatisfy { key in
            guard let text = self[key] else { return true }
            let parts = text.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
            return GoNumber.decimal(parts[0]) != nil
                && parts.dropFirst().joined().allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        }
    }

    private static let names = Set(["path", "linkpath", "uname", "gname"].map { Array($0.utf8) })
}
