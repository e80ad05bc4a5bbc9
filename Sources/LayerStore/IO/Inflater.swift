internal import CZlib
internal import CZstd

/// Turns a compressed stream back into its bytes, chunk by chunk.
protocol Inflater {
    /// Inflates from the front of `input`, which shrinks by what was used, into the front of `output`; returns how many
    /// bytes came out. 0 means that more input is needed.
    mutating func inflate(_ input: inout ArraySlice<UInt8>, into output: inout [UInt8]) throws(LayerStoreError) -> Int
    /// Whether the input so far ends where a compressed stream may end.
    var isAtBoundary: Bool { get }
}

/// gzip (RFC 1952), several members one after the other included, and zeros after the last, as gzip(1) takes them.
@safe final class GzipInflater: Inflater {
    // zlib keeps the stream's address, so it must not move.
    private let stream: UnsafeMutablePointer<z_stream>
    private(set) var isAtBoundary = true
    private var isInPadding = false

    init() throws(LayerStoreError) {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        // 16 + 15: a gzip wrapper and the largest window.
        guard unsafe inflateInit2_(stream, 31, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw LayerStoreError(.input, "zlib has no memory for a stream")
        }
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    func inflate(_ input: inout ArraySlice<UInt8>, into output: inout [UInt8]) throws(LayerStoreError) -> Int {
        if isAtBoundary, isInPadding || input.first == 0 {
            isInPadding = true
            guard input.allSatisfy({ $0 == 0 }) else {
                throw LayerStoreError(.input, "the gzip data is corrupt: more than zeros after its end")
            }
            input = []
            return 0
        }
        var produced = 0
        var status = Z_OK
        let consumed = unsafe input.withUnsafeBytes { source in
            unsafe output.withUnsafeMutableBytes { target in
                let bytes = unsafe source.bindMemory(to: UInt8.self)
                unsafe stream.pointee.next_in = unsafe UnsafeMutablePointer(mutating: bytes.baseAddress)
                unsafe stream.pointee.avail_in = UInt32(source.count)
                unsafe stream.pointee.next_out = unsafe target.bindMemory(to: UInt8.self).baseAddress
                unsafe stream.pointee.avail_out = UInt32(target.count)
                unsafe status = CZlib.inflate(stream, Z_NO_FLUSH)
                produced = unsafe target.count - Int(stream.pointee.avail_out)
                return unsafe source.count - Int(stream.pointee.avail_in)
            }
        }
        input = input.dropFirst(consumed)
        switch status {
        case Z_STREAM_END:
            isAtBoundary = true
            unsafe inflateReset(stream)
        case Z_OK, Z_BUF_ERROR:
            if consumed > 0 || produced > 0 { isAtBoundary = false }
        default:
            let reason = unsafe stream.pointee.msg.map { unsafe String(cString: $0) } ?? "error \(status)"
            throw LayerStoreError(.input, "the gzip data is corrupt: \(reason)")
        }
        return produced
    }
}

/// Zstandard (RFC 8878), several frames one after the other included.
@safe final class ZstdInflater: Inflater {
    private let stream: OpaquePointer
    private(set) var isAtBoundary = true

    init() throws(LayerStoreError) {
        guard let stream = unsafe ZSTD_createDStream() else {
            throw LayerStoreError(.input, "libzstd has no memory for a stream")
        }
        unsafe self.stream = unsafe stream
    }

    deinit { unsafe ZSTD_freeDStream(stream) }

    func inflate(_ input: inout ArraySlice<UInt8>, into output: inout [UInt8]) throws(LayerStoreError) -> Int {
        var (produced, consumed, status) = (0, 0, 0)
        unsafe input.withUnsafeBytes { source in
            unsafe output.withUnsafeMutableBytes { target in
                var data = unsafe ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: 0)
                var result = unsafe ZSTD_outBuffer(dst: target.baseAddress, size: target.count, pos: 0)
                status = unsafe ZSTD_decompressStream(stream, &result, &data)
                (produced, consumed) = unsafe (result.pos, data.pos)
            }
        }
        guard ZSTD_isError(status) == 0 else {
            let reason = unsafe String(cString: ZSTD_getErrorName(status))
            throw LayerStoreError(.input, "the zstd data is corrupt: \(reason)")
        }
        input = input.dropFirst(consumed)
        if consumed > 0 || produced > 0 { isAtBoundary = status == 0 }
        return produced
    }
}
