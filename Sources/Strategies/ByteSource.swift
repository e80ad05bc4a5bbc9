/// Bytes that come piece by piece, so that they need not all be there at once.
public protocol ByteSource: AnyObject {
    /// How many bytes come in all; `next` throws where they are others.
    var byteCount: Int { get }

    /// The next bytes; none at the end.
    func next() throws(StrategyError) -> ArraySlice<UInt8>

    /// All bytes that are still to come, in one piece.
    func rest() throws(StrategyError) -> ArraySlice<UInt8>
}

extension ByteSource {
    public func rest() throws(StrategyError) -> ArraySlice<UInt8> {
        var bytes: [UInt8] = []
        // What is announced is not believed.
        bytes.reserveCapacity(min(byteCount, 64 << 20))
        while case let piece = try next(), !piece.isEmpty { bytes.append(contentsOf: piece) }
        return bytes[...]
    }
}

/// Bytes that are all there.
public final class WholeSource: ByteSource {
    public let byteCount: Int
    private var bytes: ArraySlice<UInt8>

    public init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        byteCount = bytes.count
    }

    public func next() -> ArraySlice<UInt8> { rest() }

    public func rest() -> ArraySlice<UInt8> {
        defer { bytes = [] }
        return bytes
    }
}

/// Reads a recipe's bytes as `ByteReader` does, and with the same errors, from a source.
struct SourceReader {
    private let source: any ByteSource
    private let part: String
    private var piece: ArraySlice<UInt8> = []
    /// Where the next byte is in the piece, and how many bytes came before the piece's first.
    private var position = 0
    private var base = 0

    init(_ source: any ByteSource, of part: String) {
        self.source = source
        self.part = part
    }

    /// How many bytes were taken.
    var offset: Int { base + position - piece.startIndex }
    private var remainingCount: Int { source.byteCount - offset }

    /// Whether nothing follows; the source finds its own end then.
    mutating func isAtEnd() throws(StrategyError) -> Bool {
        if position == piece.endIndex { try advance() }
        return piece.isEmpty
    }

    mutating func byte() throws(StrategyError) -> UInt8 {
        if position == piece.endIndex {
            try advance()
            guard !piece.isEmpty else { throw malformed("it ends too early") }
        }
        defer { position += 1 }
        return piece[position]
    }

    /// Checks that so many bytes follow, before anything is done with them.
    func expect(_ count: UInt64) throws(StrategyError) {
        guard count <= UInt64(remainingCount) else {
            throw malformed("\(count) bytes are announced and \(remainingCount) are there")
        }
    }

    /// The next bytes, at most so many; at least one.
    mutating func take(upTo count: Int) throws(StrategyError) -> ArraySlice<UInt8> {
        if position == piece.endIndex {
            try advance()
            guard !piece.isEmpty else { throw malformed("it ends too early") }
        }
        let end = min(piece.endIndex, position + count)
        defer { position = end }
        return piece[position..<end]
    }

    /// The next bytes, in one piece; few of them.
    mutating func take(_ count: Int) throws(StrategyError) -> ArraySlice<UInt8> {
        try expect(UInt64(count))
        var bytes = try take(upTo: count)
        while bytes.count < count { bytes.append(contentsOf: try take(upTo: count - bytes.count)) }
        return bytes
    }

    mutating func number() throws(StrategyError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), through: 63, by: 7) {
            let byte = try byte()
            let part = UInt64(byte & 0x7f)
            guard shift < 63 || part <= 1 else { throw malformed("a number exceeds 64 bits") }
            value |= part << shift
            if byte & 0x80 == 0 { return value }
        }
        throw malformed("a number exceeds 64 bits")
    }

    mutating func version(_ known: UInt8) throws(StrategyError) {
        let version = try byte()
        guard version == known else { throw malformed("version \(version) is unknown; this program reads \(known)") }
    }

    func malformed(_ reason: String) -> StrategyError { StrategyError(.malformed, part, reason, offset: offset) }

    private mutating func advance() throws(StrategyError) {
        base = offset
        // A source that still has its last piece to itself may use the memory again.
        (piece, position) = ([], 0)
        piece = try source.next()
        position = piece.startIndex
    }
}
