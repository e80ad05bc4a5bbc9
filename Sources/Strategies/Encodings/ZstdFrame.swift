internal import CZstd

/// Plain zstd frames (RFC 8878), for formats that have them inside.
///
/// Frames are made as a stream: without the content's size where there is content, since that is how writers make them
/// that do not know what is to come.
enum ZstdFrame {
    private static let part = "zstd frame"

    /// One frame that holds the bytes.
    static func compress(_ bytes: [UInt8], level: Int) throws(StrategyError) -> [UInt8] {
        guard let stream = unsafe ZSTD_createCStream() else { throw noMemory() }
        defer { unsafe ZSTD_freeCStream(stream) }
        try check(unsafe ZSTD_CCtx_setParameter(stream, ZSTD_c_compressionLevel, Int32(level)))
        var output: [UInt8] = []
        var consumed = 0
        var chunk = [UInt8](repeating: 0, count: 1 << 17)
        var status = 1
        while consumed < bytes.count || status != 0 {
            let directive = consumed < bytes.count ? ZSTD_e_continue : ZSTD_e_end
            var produced = 0
            unsafe chunk.withUnsafeMutableBytes { target in
                unsafe bytes.withUnsafeBytes { source in
                    var out = unsafe ZSTD_outBuffer(dst: target.baseAddress, size: target.count, pos: 0)
                    var data = unsafe ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: consumed)
                    status = unsafe ZSTD_compressStream2(stream, &out, &data, directive)
                    (produced, consumed) = unsafe (out.pos, data.pos)
                }
            }
            try check(status)
            if directive == ZSTD_e_continue { status = 1 }
            output.append(contentsOf: chunk.prefix(produced))
        }
        return output
    }

    /// What exactly one frame holds, at most `limit` bytes; an error of kind `malformed` where the bytes are none, or
    /// hold more. Memory grows with what really comes out.
    static func decompress(_ bytes: ArraySlice<UInt8>, limit: UInt64) throws(StrategyError) -> [UInt8] {
        guard let stream = unsafe ZSTD_createDStream() else { throw noMemory() }
        defer { unsafe ZSTD_freeDStream(stream) }
        var output: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 17)
        var (produced, consumed, status) = (0, 0, 1)
        while status != 0 {
            let before = consumed
            unsafe chunk.withUnsafeMutableBytes { target in
                unsafe bytes.withUnsafeBytes { source in
                    var out = unsafe ZSTD_outBuffer(dst: target.baseAddress, size: target.count, pos: 0)
                    var data = unsafe ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: consumed)
                    status = unsafe ZSTD_decompressStream(stream, &out, &data)
                    (produced, consumed) = unsafe (out.pos, data.pos)
                }
            }
            try check(status, at: consumed)
            guard status == 0 || produced > 0 || consumed > before else {
                throw malformed("it ends too early", at: consumed)
            }
            guard UInt64(produced) <= limit - UInt64(output.count) else {
                throw malformed("it holds more than \(limit) bytes", at: consumed)
            }
            output.append(contentsOf: chunk.prefix(produced))
        }
        guard consumed == bytes.count else { throw malformed("bytes follow it", at: consumed) }
        return output
    }

    private static func check(_ status: Int, at offset: Int? = nil) throws(StrategyError) {
        guard ZSTD_isError(status) != 0 else { return }
        let message = unsafe String(cString: ZSTD_getErrorName(status))
        throw StrategyError(offset == nil ? .cannot : .malformed, part, "libzstd: \(message)", offset: offset)
    }

    private static func malformed(_ reason: String, at offset: Int) -> StrategyError {
        StrategyError(.malformed, part, reason, offset: offset)
    }

    private static func noMemory() -> StrategyError {
        StrategyError(.cannot, part, "libzstd has no memory for a stream")
    }
}
