internal import Digests
internal import OSTree

/// Bytes that a repository keeps, read as they are asked for.
final class StoredSource: ByteSource {
    private static let pieceByteCount = 128 << 10

    let byteCount: Int
    /// What errors call the bytes.
    private let part: String
    /// Fills a buffer with the bytes from a place on, which is the end of those that were read before.
    private let read: (inout [UInt8], Int) throws(OSTreeError) -> Int
    private var buffer: [UInt8]
    private var offset = 0

    init(
        byteCount: Int, of part: String, read: @escaping (inout [UInt8], Int) throws(OSTreeError) -> Int
    ) {
        self.byteCount = byteCount
        self.part = part
        self.read = read
        buffer = [UInt8](repeating: 0, count: min(byteCount + 1, StoredSource.pieceByteCount))
    }

    convenience init(_ file: StoredFile, of part: String) {
        self.init(byteCount: file.byteCount, of: part) { (buffer, offset) throws(OSTreeError) in
            try file.read(into: &buffer, from: offset)
        }
    }

    /// - Parameter object: a regular file of so many bytes.
    convenience init(_ object: Digest, byteCount: Int, in repository: Repository) {
        var stream: PayloadStream?
        self.init(byteCount: byteCount, of: "object \(object.hex)") { (buffer, _) throws(OSTreeError) in
            if let stream { return try stream.read(into: &buffer, at: 0, upTo: buffer.count) }
            let opened = try PayloadStream(object, in: repository)
            stream = opened
            return try opened.read(into: &buffer, at: 0, upTo: buffer.count)
        }
    }

    func next() throws(StrategyError) -> ArraySlice<UInt8> {
        let count: Int
        do throws(OSTreeError) { count = try read(&buffer, offset) } catch {
            throw StrategyError(.malformed, part, "\(error)", offset: offset)
        }
        guard count > 0 ? count <= byteCount - offset : offset == byteCount else {
            throw StrategyError(
                .malformed, part, "it has not the \(byteCount) bytes that it should have", offset: offset)
        }
        offset += count
        return buffer.prefix(count)
    }
}

/// What follows the first bytes of a source.
final class SourceTail: ByteSource {
    let byteCount: Int
    private let source: any ByteSource
    private var rest: Int

    /// - Parameter count: bytes that are left out; the source has as many.
    init(_ source: any ByteSource, after count: Int) {
        self.source = source
        byteCount = source.byteCount - count
        rest = count
    }

    func next() throws(StrategyError) -> ArraySlice<UInt8> {
        while rest > 0 {
            let piece = try source.next()
            guard !piece.isEmpty else { return [] }
            if piece.count > rest {
                defer { rest = 0 }
                return piece.dropFirst(rest)
            }
            rest -= piece.count
        }
        return try source.next()
    }
}

/// Bytes that are there, and those of a source behind them.
final class JoinedSource: ByteSource {
    let byteCount: Int
    private var first: ArraySlice<UInt8>
    private let source: any ByteSource

    init(_ first: [UInt8], _ source: any ByteSource) {
        byteCount = first.count + source.byteCount
        self.first = first[...]
        self.source = source
    }

    func next() throws(StrategyError) -> ArraySlice<UInt8> {
        guard first.isEmpty else {
            defer { first = [] }
            return first
        }
        return try source.next()
    }
}

extension SourceReader {
    /// The next bytes, in one piece; so many are announced, and are there before anything is allocated for them.
    mutating func take(announced count: UInt64) throws(StrategyError) -> ArraySlice<UInt8> {
        try expect(count)
        return count == 0 ? [] : try take(Int(count))
    }

    /// A length-prefixed UTF-8 text.
    mutating func text() throws(StrategyError) -> String {
        guard let text = String(validating: try take(announced: try number()), as: UTF8.self) else {
            throw malformed("a name is not UTF-8")
        }
        return text
    }
}
