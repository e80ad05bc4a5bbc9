/// Where the data of a sparse file belongs: its payload holds the parts between the holes, one after the other.
///
/// Four forms are in use, all of them GNU tar's: the old one, whose map is in the header and in blocks behind it, and
/// pax 0.0, 0.1 and 1.0 (GNU tar's manual, "Storing Sparse Files"). In 1.0 the map is the payload's beginning.
public struct SparseFile: Equatable, Sendable {
    public enum Form: String, Sendable, CaseIterable {
        case old = "GNU's old form"
        case pax00 = "pax 0.0"
        case pax01 = "pax 0.1"
        case pax10 = "pax 1.0"
        /// Records of a version that does not exist.
        case unknown = "an unknown form"
    }

    /// A run of data.
    public struct Part: Equatable, Sendable {
        /// Where it begins in the file.
        public var offset: UInt64
        public var byteCount: UInt64

        public init(offset: UInt64, byteCount: UInt64) {
            self.offset = offset
            self.byteCount = byteCount
        }
    }

    /// A map with its data's place in the payload.
    public struct Layout: Equatable, Sendable {
        /// Payload bytes before the first part's data.
        public var mapByteCount: Int
        public var parts: [Part]
    }

    /// Maps of more parts are not read.
    public static let maximumParts = 1 << 16
    /// No map of form 1.0 takes more of the payload than this many bytes.
    public static let maximumMapBytes = 1 << 20

    public var form: Form
    /// Bytes of the file with its holes; nil where that is unreadable.
    public var realSize: UInt64?
    /// The map in stream order; nil where it is unreadable, or in the payload.
    private var parts: [Part]?

    /// The old form, before its map is read.
    init(realSize: Int64?) {
        form = .old
        self.realSize = realSize.flatMap { UInt64(exactly: $0) }
        parts = []
    }

    /// The pax forms.
    init(_ records: PaxRecords) {
        let size = { (key: String) in records.number("GNU.sparse." + key) }
        realSize = size("realsize") ?? size("size")
        switch (size("major"), size("minor")) {
        case (1, 0): form = .pax10
        case (nil, nil), (0, 0), (0, 1), (0, nil):
            if let map = records["GNU.sparse.map"] {
                form = .pax01
                parts = SparseFile.parts(
                    map.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map(Number.decimal))
            } else {
                form = .pax00
                parts = SparseFile.parts(records.sparseNumbers ?? [nil])
            }
        default: form = .unknown
        }
    }

    /// Reads more of an old form's map, in pairs of fields of 12 bytes; an empty pair ends it.
    mutating func read(map: ArraySlice<UInt8>) {
        var rest = map
        while rest.count >= 24 {
            let (offset, count) = (rest.prefix(12), rest.dropFirst(12).prefix(12))
            rest = rest.dropFirst(24)
            if offset.first == 0 { return }
            guard let offset = Number.parse(offset), let count = Number.parse(count), offset >= 0, count >= 0,
                parts.map({ $0.count < SparseFile.maximumParts }) == true
            else {
                parts = nil
                return
            }
            parts?.append(Part(offset: UInt64(offset), byteCount: UInt64(count)))
        }
    }

    /// The map was too long to be read whole.
    mutating func loseMap() { parts = nil }

    /// Whether the map is in the payload, so that `layout` needs the payload's beginning.
    public var hasMapInPayload: Bool { form == .pax10 }

    /// The layout of a payload of so many bytes; nil where the map is malformed, has parts that overlap, go back or lie
    /// beyond the file's end, or does not fit the payload.
    ///
    /// - Parameters:
    ///   - payloadByteCount: the payload's bytes in the stream, its map included.
    ///   - start: the payload's beginning, up to `maximumMapBytes`, where the map is there.
    public func layout(payloadByteCount: UInt64, start: ArraySlice<UInt8> = []) -> Layout? {
        guard let realSize, realSize <= UInt64(Int64.max) else { return nil }
        var layout = Layout(mapByteCount: 0, parts: parts ?? [])
        if hasMapInPayload {
            guard let map = SparseFile.map(in: start.prefix(SparseFile.maximumMapBytes)) else { return nil }
            layout = map
        } else if parts == nil {
            return nil
        }
        var (end, sum) = (UInt64(0), UInt64(layout.mapByteCount))
        for part in layout.parts {
            let (next, overflow) = part.offset.addingReportingOverflow(part.byteCount)
            guard !overflow, part.offset >= end, next <= realSize else { return nil }
            (end, sum) = (next, sum + part.byteCount)
        }
        return sum == payloadByteCount ? layout : nil
    }

    /// The map of form 1.0: decimal numbers, each with a line feed behind it (how many parts; offset and length of each),
    /// filled up with NULs to a block.
    private static func map(in start: ArraySlice<UInt8>) -> Layout? {
        var rest = start
        func number() -> UInt64? {
            let digits = rest.prefix(21).prefix { $0 != UInt8(ascii: "\n") }
            guard digits.count < 21, digits.count < rest.count else { return nil }
            rest = rest.dropFirst(digits.count + 1)
            return Number.decimal(digits)
        }
        guard let count = number(), count <= UInt64(maximumParts) else { return nil }
        var parts: [Part] = []
        for _ in 0..<count {
            guard let offset = number(), let byteCount = number() else { return nil }
            parts.append(Part(offset: offset, byteCount: byteCount))
        }
        let used = rest.startIndex - start.startIndex
        let blocks = (used + Header.blockSize - 1) / Header.blockSize
        return Layout(mapByteCount: blocks * Header.blockSize, parts: parts)
    }

    private static func parts(_ numbers: [UInt64?]) -> [Part]? {
        guard numbers.count.isMultiple(of: 2), numbers.count <= 2 * maximumParts else { return nil }
        var parts: [Part] = []
        for index in stride(from: 0, to: numbers.count, by: 2) {
            guard let offset = numbers[index], let byteCount = numbers[index + 1] else { return nil }
            parts.append(Part(offset: offset, byteCount: byteCount))
        }
        return parts
    }
}
