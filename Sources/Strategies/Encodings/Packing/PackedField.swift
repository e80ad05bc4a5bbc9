internal import Digests

/// The streams in which packed headers are told. `delta` has them in one, as they come; `columns` has each apart.
enum PackedField: Int, CaseIterable {
    case tokens, shapes, changes
    case shared, names, linkTails, links
    case modes, owners, sizes, sizeRests, times, newTimes, devices
    case extensionHeads, extensions
    case extents, literals, patches
    case objects, checksums

    var name: String {
        switch self {
        case .linkTails: "link-tails"
        case .sizeRests: "size-rests"
        case .newTimes: "new-times"
        case .extensionHeads: "extension-heads"
        default: "\(self)"
        }
    }
}

/// Writes the streams.
struct PackedFieldWriter {
    /// By `PackedField`; interleaved, the first one has all.
    private(set) var streams: [[UInt8]]
    private let isInterleaved: Bool

    init(interleaved: Bool) {
        isInterleaved = interleaved
        streams = Array(repeating: [], count: interleaved ? 1 : PackedField.allCases.count)
    }

    private func index(_ field: PackedField) -> Int { isInterleaved ? 0 : field.rawValue }

    mutating func append(_ byte: UInt8, to field: PackedField) { streams[index(field)].append(byte) }

    mutating func append(number: UInt64, to field: PackedField) { streams[index(field)].append(number: number) }

    mutating func append(_ bytes: ArraySlice<UInt8>, to field: PackedField) {
        streams[index(field)].append(contentsOf: bytes)
    }

    /// A text without NUL, and the NUL that ends it.
    mutating func append(text: ArraySlice<UInt8>, to field: PackedField) {
        append(text, to: field)
        append(0, to: field)
    }

    mutating func append(_ digest: Digest) { digest.append(to: &streams[index(.checksums)]) }
}

/// Reads the streams; whatever is missing is an error.
struct PackedFieldReader {
    private let bytes: ArraySlice<UInt8>
    private let part: String
    /// By `PackedField`: where the next byte is, and where the stream ends. Interleaved, there is one of them.
    private var positions: [Int]
    private let ends: [Int]

    /// A reader of one stream that has all fields.
    init(interleaved bytes: ArraySlice<UInt8>, of part: String) {
        (self.bytes, self.part) = (bytes, part)
        (positions, ends) = ([bytes.startIndex], [bytes.endIndex])
    }

    /// A reader of streams that lie one after the other.
    init(_ bytes: ArraySlice<UInt8>, counts: [Int], of part: String) {
        (self.bytes, self.part) = (bytes, part)
        var (positions, ends): ([Int], [Int]) = ([], [])
        var position = bytes.startIndex
        for count in counts {
            positions.append(position)
            position += count
            ends.append(position)
        }
        (self.positions, self.ends) = (positions, ends)
    }

    private func index(_ field: PackedField) -> Int { ends.count == 1 ? 0 : field.rawValue }

    var isAtEnd: Bool { positions == ends }

    /// Whether the elements have an end here. Interleaved they have no count of their own, so that they end with the bytes.
    var hasMore: Bool { positions[0] < ends[0] }

    mutating func byte(_ field: PackedField) throws(StrategyError) -> UInt8 {
        let index = index(field)
        let position = positions[index]
        guard position < ends[index] else { throw malformed("its \(field.name) end too early", field) }
        positions[index] = position + 1
        return bytes[position]
    }

    mutating func number(_ field: PackedField) throws(StrategyError) -> UInt64 {
        let first = try byte(field)
        if first < 0x80 { return UInt64(first) }
        var value = UInt64(first & 0x7f)
        for shift in stride(from: UInt64(7), through: 63, by: 7) {
            let byte = try byte(field)
            let part = UInt64(byte & 0x7f)
            guard shift < 63 || part <= 1 else { break }
            value |= part << shift
            if byte & 0x80 == 0 { return value }
        }
        throw malformed("a number of its \(field.name) exceeds 64 bits", field)
    }

    mutating func take(_ count: UInt64, _ field: PackedField) throws(StrategyError) -> ArraySlice<UInt8> {
        let index = index(field)
        let position = positions[index]
        guard count <= UInt64(ends[index] - position) else {
            throw malformed("\(count) bytes of its \(field.name) are announced, and fewer are there", field)
        }
        positions[index] = position + Int(count)
        return bytes[position..<position + Int(count)]
    }

    /// The bytes before the next NUL, which is taken, too.
    mutating func text(_ field: PackedField) throws(StrategyError) -> ArraySlice<UInt8> {
        let index = index(field)
        let start = positions[index]
        let end = ends[index]
        var position = start
        while position < end, bytes[position] != 0 { position += 1 }
        guard position < end else { throw malformed("a text of its \(field.name) has no end", field) }
        positions[index] = position + 1
        return bytes[start..<position]
    }

    mutating func digest() throws(StrategyError) -> Digest {
        guard let digest = Digest(try take(UInt64(Digest.byteCount), .checksums)) else {
            throw malformed("a checksum is none", .checksums)
        }
        return digest
    }

    func malformed(_ reason: String, _ field: PackedField = .tokens) -> StrategyError {
        StrategyError(.malformed, part, reason, offset: positions[index(field)] - bytes.startIndex)
    }
}
