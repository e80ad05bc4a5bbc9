internal import CZlib

/// A stream of the system's zlib that compresses to raw deflate.
@safe final class ZlibStream {
    enum Flush {
        case none, block, sync, full, finish
    }

    // zlib keeps the stream's address, so it must not move.
    private let stream: UnsafeMutablePointer<z_stream>
    private var buffer = [UInt8](repeating: 0, count: 64 << 10)

    init(level: Int, memory: Int, strategy: Int) throws(BlobError) {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        let status = unsafe deflateInit2_(
            stream, Int32(level), Z_DEFLATED, -MAX_WBITS, Int32(memory), Int32(strategy), ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else { throw BlobError(.memory, "zlib has no memory for a stream (error \(status))") }
    }

    deinit {
        unsafe deflateEnd(stream)
        unsafe stream.deallocate()
    }

    func reset() { unsafe deflateReset(stream) }

    /// Makes the bytes known as if they had come before, after a reset.
    func setDictionary(_ bytes: [UInt8]) { unsafe deflateSetDictionary(stream, bytes, UInt32(bytes.count)) }

    /// Bits of the output that are not handed out yet, since they make no whole byte.
    var pendingBitCount: Int {
        var bits: Int32 = 0
        unsafe deflatePending(stream, nil, &bits)
        return Int(bits & 7)
    }

    /// Puts bits into the output, the lowest first.
    func put(_ value: Int, bitCount: Int) { unsafe deflatePrime(stream, Int32(bitCount), Int32(value)) }

    func deflate(_ input: ArraySlice<UInt8>, _ flush: Flush, into output: inout [UInt8]) throws(BlobError) {
        let mode =
            switch flush {
            case .none: Z_NO_FLUSH
            case .block: Z_BLOCK
            case .sync: Z_SYNC_FLUSH
            case .full: Z_FULL_FLUSH
            case .finish: Z_FINISH
            }
        var status = Z_OK
        unsafe input.withUnsafeBufferPointer { source in
            unsafe buffer.withUnsafeMutableBufferPointer { target in
                unsafe stream.pointee.next_in = unsafe UnsafeMutablePointer(mutating: source.baseAddress)
                unsafe stream.pointee.avail_in = UInt32(source.count)
                var isFull = true
                while isFull {
                    unsafe stream.pointee.next_out = target.baseAddress
                    unsafe stream.pointee.avail_out = UInt32(target.count)
                    status = unsafe CZlib.deflate(stream, mode)
                    let room = unsafe Int(stream.pointee.avail_out)
                    unsafe output.append(contentsOf: target.prefix(target.count - room))
                    isFull = room == 0
                }
            }
        }
        // Z_BUF_ERROR: there was nothing to do.
        guard [Z_OK, Z_STREAM_END, Z_BUF_ERROR].contains(status) else {
            throw BlobError(.memory, "zlib failed to compress (error \(status))")
        }
    }
}

/// One stream of zlib's over the whole member.
final class ZlibDeflater: Deflating {
    private let stream: ZlibStream
    private var pieces = EvenPieces()

    init(level: Int, memory: Int, strategy: ZlibStrategy) throws(BlobError) {
        stream = try ZlibStream(level: level, memory: memory, strategy: strategy.rawValue)
    }

    func write(_ bytes: ArraySlice<UInt8>, into output: inout [UInt8]) throws(BlobError) {
        try pieces.add(bytes) { piece throws(BlobError) in try stream.deflate(piece, .none, into: &output) }
    }

    func finish(into output: inout [UInt8]) throws(BlobError) {
        try stream.deflate(pieces.rest[...], .finish, into: &output)
    }

    func startOver() {
        stream.reset()
        pieces = EvenPieces()
    }
}

/// Makes pieces of one size out of pieces of any. zlib's window moves a little earlier where it is fed bytes that do not
/// fill it, and then misses a match at the greatest distance: pieces of whole windows keep that from happening.
struct EvenPieces {
    static let byteCount = 64 << 10
    /// What is not handed on yet.
    private(set) var rest: [UInt8] = []

    mutating func add(
        _ bytes: ArraySlice<UInt8>, _ body: (ArraySlice<UInt8>) throws(BlobError) -> Void
    ) throws(BlobError) {
        var bytes = bytes
        while rest.count + bytes.count >= EvenPieces.byteCount {
            let part = bytes.prefix(EvenPieces.byteCount - rest.count)
            if rest.isEmpty {
                try body(part)
            } else {
                rest += part
                try body(rest[...])
                rest.removeAll(keepingCapacity: true)
            }
            bytes = bytes.dropFirst(part.count)
        }
        rest += bytes
    }
}
