/// Writes a tar of ustar headers, pax records where these are not enough, and random payloads.
struct GeneratedStream {
    struct Entry: Sendable {
        var path: String
        var type: Unicode.Scalar
        var mode: Int
        /// User and group.
        var owner: Int
        /// Seconds since an hour in 2023.
        var time: UInt64
        var bytes: UInt64
        var link: String
        var attributes: [(name: String, value: String)]

        init(
            _ path: String, type: Unicode.Scalar = "0", mode: Int = 0o644, owner: Int = 0, bytes: UInt64 = 0,
            time: UInt64 = 0, link: String = "", attributes: [(name: String, value: String)] = []
        ) {
            (self.path, self.type, self.mode, self.owner) = (path, type, mode, owner)
            (self.bytes, self.time, self.link, self.attributes) = (bytes, time, link, attributes)
        }
    }

    private static let chunkBytes = 1 << 20
    private static let firstTime: UInt64 = 1_700_000_000
    /// Bytes of the fields for a path and for a link.
    private static let nameBytes = 100

    private var random = SplitMix64(state: 0x6c61_7965_7273_0001)
    private var buffer: [UInt8] = []
    private var length: UInt64 = 0
    private let write: ([UInt8]) throws -> Void

    init(_ write: @escaping ([UInt8]) throws -> Void) {
        self.write = write
        buffer.reserveCapacity(GeneratedStream.chunkBytes + 1_024)
    }

    mutating func size(upTo limit: Int) -> Int { Int(random.next() % UInt64(limit + 1)) }

    mutating func directory(_ path: String) throws { try append(Entry(path, type: "5", mode: 0o755)) }

    mutating func file(_ path: String, bytes: UInt64) throws { try append(Entry(path, bytes: bytes)) }

    mutating func append(_ entry: Entry) throws {
        let records = GeneratedStream.records(of: entry)
        if !records.isEmpty {
            try append(GeneratedStream.header(Entry("pax", type: "x", bytes: UInt64(records.count))))
            try append(records)
            try pad(UInt64(records.count))
        }
        try append(GeneratedStream.header(entry))
        var rest = entry.bytes
        while rest > 0 {
            let word = random.next()
            for byte in 0..<min(rest, 8) { buffer.append(UInt8(truncatingIfNeeded: word >> (8 * byte))) }
            rest -= min(rest, 8)
            try flush()
        }
        try pad(entry.bytes)
    }

    /// The end marker, and the stream's length.
    mutating func finish() throws -> UInt64 {
        try append([UInt8](repeating: 0, count: 1_024))
        try write(buffer)
        return length + UInt64(buffer.count)
    }

    private mutating func pad(_ bytes: UInt64) throws {
        try append([UInt8](repeating: 0, count: Int((512 - bytes % 512) % 512)))
    }

    private mutating func append(_ bytes: [UInt8]) throws {
        buffer += bytes
        try flush()
    }

    private mutating func flush() throws {
        guard buffer.count >= GeneratedStream.chunkBytes else { return }
        try write(buffer)
        length += UInt64(buffer.count)
        buffer.removeAll(keepingCapacity: true)
    }

    /// The pax records that an entry needs: a long path, and extended attributes.
    private static func records(of entry: Entry) -> [UInt8] {
        var records: [UInt8] = []
        if entry.path.utf8.count > nameBytes { records += record("path", entry.path) }
        for attribute in entry.attributes { records += record("SCHILY.xattr.\(attribute.name)", attribute.value) }
        return records
    }

    /// `LENGTH KEY=VALUE`, a newline at the end; the length counts its own digits.
    private static func record(_ key: String, _ value: String) -> [UInt8] {
        let rest = " \(key)=\(value)\n"
        var length = rest.utf8.count
        while String(length).utf8.count + rest.utf8.count != length {
            length = String(length).utf8.count + rest.utf8.count
        }
        return Array("\(length)\(rest)".utf8)
    }

    private static func header(_ entry: Entry) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: 512)
        func put(_ text: some Sequence<UInt8>, at offset: Int) {
            for (index, byte) in text.enumerated() { block[offset + index] = byte }
        }
        func octal(_ value: UInt64, _ digits: Int) -> String.UTF8View {
            let text = String(value, radix: 8)
            return (String(repeating: "0", count: max(digits - text.count, 0)) + text).utf8
        }
        put(entry.path.utf8.prefix(nameBytes), at: 0)
        put(octal(UInt64(entry.mode), 7), at: 100)
        put(octal(UInt64(entry.owner), 7), at: 108)
        put(octal(UInt64(entry.owner), 7), at: 116)
        put(octal(entry.bytes, 11), at: 124)
        put(octal(firstTime + entry.time, 11), at: 136)
        put(("        " + String(entry.type)).utf8, at: 148)
        put(entry.link.utf8.prefix(nameBytes), at: 157)
        put("ustar".utf8, at: 257)
        put("00".utf8, at: 263)
        put((entry.owner == 0 ? "root" : "user").utf8, at: 265)
        put((entry.owner == 0 ? "root" : "user").utf8, at: 297)
        put(Array(octal(block.reduce(0) { $0 + UInt64($1) }, 6)) + [0, 0x20], at: 148)
        return block
    }
}
