internal import CZlib

/// Writes one gzip member (RFC 1952), piece by piece, with the header that Go's `compress/gzip` writes: no name, no time,
/// an unknown system.
@safe final class GzipWriter {
    // zlib keeps the stream's address, so it must not move.
    private let stream: UnsafeMutablePointer<z_stream>
    private var bytes: [UInt8]
    private var checksum: UInt = 0
    private var byteCount: UInt32 = 0
    private var chunk = [UInt8](repeating: 0, count: 1 << 16)

    /// A writer at a level from 1 to 9.
    init(level: Int) throws(StrategyError) {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        let hint: UInt8 = level == 9 ? 2 : level == 1 ? 4 : 0
        bytes = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, hint, 0xff]
        // -15: deflate without a wrapper, and the largest window.
        let status = unsafe deflateInit2_(
            stream, Int32(level), Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else { throw StrategyError(.cannot, "gzip", "zlib has no memory for a stream") }
    }

    deinit {
        unsafe deflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Compresses the bytes next.
    func append(_ more: ArraySlice<UInt8>) {
        checksum = unsafe more.withUnsafeBytes {
            unsafe crc32_z(checksum, $0.bindMemory(to: UInt8.self).baseAddress, $0.count)
        }
        byteCount &+= UInt32(truncatingIfNeeded: more.count)
        var rest = more
        while !rest.isEmpty {
            // zlib counts in 32 bits.
            let part = rest.prefix(1 << 30)
            deflate(part, Z_NO_FLUSH)
            rest = rest.dropFirst(part.count)
        }
    }

    /// The whole member. Nothing may be appended any more.
    func finish() -> [UInt8] {
        deflate([], Z_FINISH)
        for number in [UInt32(truncatingIfNeeded: checksum), byteCount] {
            for shift in stride(from: UInt32(0), to: 32, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: number >> shift))
            }
        }
        return bytes
    }

    private func deflate(_ input: ArraySlice<UInt8>, _ flush: Int32) {
        unsafe input.withUnsafeBytes { source in
            let start = unsafe source.bindMemory(to: UInt8.self).baseAddress
            unsafe stream.pointee.next_in = unsafe UnsafeMutablePointer(mutating: start)
            unsafe stream.pointee.avail_in = UInt32(source.count)
            var produced = 0
            repeat {
                unsafe chunk.withUnsafeMutableBytes { target in
                    unsafe stream.pointee.next_out = unsafe target.bindMemory(to: UInt8.self).baseAddress
                    unsafe stream.pointee.avail_out = UInt32(target.count)
                    _ = unsafe CZlib.deflate(stream, flush)
                    produced = unsafe target.count - Int(stream.pointee.avail_out)
                }
                bytes.append(contentsOf: chunk.prefix(produced))
            } while produced == chunk.count
        }
    }
}

/// Reads gzip (RFC 1952), of one member or several one after the other, piece by piece.
@safe final class GzipReader {
    private let stream: UnsafeMutablePointer<z_stream>
    private let bytes: ArraySlice<UInt8>
    private let part: String
    private let limit: UInt64
    private var position: Int
    private var produced: UInt64 = 0
    private var isAtBoundary = false
    private var chunk = [UInt8](repeating: 0, count: 1 << 17)

    /// A reader that refuses to give more than `limit` bytes. Its errors mention a named part.
    init(_ bytes: ArraySlice<UInt8>, of part: String, limit: UInt64) throws(StrategyError) {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        (self.bytes, self.part, self.limit, position) = (bytes, part, limit, bytes.startIndex)
        // 16 + 15: a gzip wrapper and the largest window.
        guard unsafe inflateInit2_(stream, 31, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw StrategyError(.cannot, part, "zlib has no memory for a stream")
        }
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// The next bytes, valid until the next call; nil at the end.
    func next() throws(StrategyError) -> ArraySlice<UInt8>? {
        while !(isAtBoundary && position == bytes.endIndex) {
            let count = try inflate()
            produced += UInt64(count)
            guard produced <= limit else { throw malformed("the gzip data hold more than \(limit) bytes") }
            if count > 0 { return chunk.prefix(count) }
        }
        return nil
    }

    private func inflate() throws(StrategyError) -> Int {
        // zlib counts in 32 bits.
        let input = bytes[position...].prefix(1 << 30)
        var (status, produced) = (Z_OK, 0)
        let consumed = unsafe input.withUnsafeBytes { source in
            unsafe chunk.withUnsafeMutableBytes { target in
                let start = unsafe source.bindMemory(to: UInt8.self).baseAddress
                unsafe stream.pointee.next_in = unsafe UnsafeMutablePointer(mutating: start)
                unsafe stream.pointee.avail_in = UInt32(source.count)
                unsafe stream.pointee.next_out = unsafe target.bindMemory(to: UInt8.self).baseAddress
                unsafe stream.pointee.avail_out = UInt32(target.count)
                unsafe status = CZlib.inflate(stream, Z_NO_FLUSH)
                produced = unsafe target.count - Int(stream.pointee.avail_out)
                return unsafe source.count - Int(stream.pointee.avail_in)
            }
        }
        position += consumed
        isAtBoundary = status == Z_STREAM_END
        switch status {
        case Z_STREAM_END: unsafe inflateReset(stream)
        case Z_OK, Z_BUF_ERROR:
            guard consumed > 0 || produced > 0 else { throw malformed("the gzip data end too early") }
        default:
            let reason = unsafe stream.pointee.msg.map { unsafe String(cString: $0) } ?? "error \(status)"
            throw malformed("the gzip data are corrupt: \(reason)")
        }
        return produced
    }

    /// An error about the bytes that were read last.
    func malformed(_ reason: String) -> StrategyError {
        StrategyError(.malformed, part, reason, offset: position - bytes.startIndex)
    }
}
