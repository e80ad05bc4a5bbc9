internal import CZstd
internal import Glibc

/// Compresses what comes piece by piece into the very frame that `ZSTD_compress` makes of the whole.
///
/// libzstd's frames depend on how its input lies in memory. So the input lies here as it would as a whole, in one range
/// of addresses; but only as much of it takes memory as libzstd still looks back at.
enum ZstdStream {
    /// Shorter input is better compressed as a whole.
    static let longByteCount = 16 << 20
    /// Bytes that are given to libzstd at once: a block of its own. Frames do not depend on where calls end that end
    /// with a block.
    private static let blockByteCount = 128 << 10
    /// Memory is given back in pieces of at least so many bytes.
    private static let releasedByteCount = 4 << 20

    static func compress(
        _ source: any ByteSource, level: Int, after header: [UInt8]
    ) throws(StrategyError) -> [UInt8] {
        guard let context = unsafe ZSTD_createCCtx() else { throw failure("there is no memory for a context") }
        defer { unsafe ZSTD_freeCCtx(context) }
        // Which zstd.h calls `ZSTD_c_stableInBuffer`, by a macro: what was given stays where it is.
        let stableInput = ZSTD_c_experimentalParam9
        for (parameter, value) in [(ZSTD_c_compressionLevel, Int32(level)), (stableInput, 1)] {
            try check(unsafe ZSTD_CCtx_setParameter(context, parameter, value))
        }
        try check(unsafe ZSTD_CCtx_setPledgedSrcSize(context, UInt64(source.byteCount)))
        let parameters = ZSTD_getCParams(Int32(level), UInt64(source.byteCount), 0)
        let input = try ZstdInput(byteCount: source.byteCount, windowByteCount: 1 << Int(parameters.windowLog))
        var output = header
        // Room that is not used costs no memory.
        output.reserveCapacity(header.count + ZSTD_compressBound(source.byteCount))
        var chunk = [UInt8](repeating: 0, count: blockByteCount)
        var consumed = 0
        while input.count < source.byteCount {
            let piece = try source.next()
            guard !piece.isEmpty, piece.count <= source.byteCount - input.count else {
                throw failure("the encoding has not the \(source.byteCount) bytes that it announces")
            }
            input.append(piece)
            let isLast = input.count == source.byteCount
            let given = isLast ? input.count : input.count / blockByteCount * blockByteCount
            var status = 1
            while consumed < given || isLast && status > 0 {
                var produced = 0
                unsafe chunk.withUnsafeMutableBytes { target in
                    var out = unsafe ZSTD_outBuffer(dst: target.baseAddress, size: target.count, pos: 0)
                    var data = unsafe ZSTD_inBuffer(src: input.address, size: given, pos: consumed)
                    status = unsafe ZSTD_compressStream2(context, &out, &data, isLast ? ZSTD_e_end : ZSTD_e_continue)
                    (produced, consumed) = unsafe (out.pos, data.pos)
                }
                try check(status)
                output.append(contentsOf: chunk.prefix(produced))
            }
            if consumed - input.released > releasedByteCount + input.windowByteCount { input.release(upTo: consumed) }
        }
        return output
    }

    private static func check(_ status: Int) throws(StrategyError) {
        guard ZSTD_isError(status) == 0 else { throw failure(Zstd.message(status)) }
    }

    static func failure(_ reason: String) -> StrategyError { StrategyError(.cannot, Zstd.name, "libzstd: \(reason)") }
}

/// Addresses for all of the input, with memory for the last part of it.
@safe private final class ZstdInput {
    let address: UnsafeMutableRawPointer
    let windowByteCount: Int
    private let byteCount: Int
    private(set) var count = 0
    /// Bytes at the beginning whose memory was given back.
    private(set) var released = 0

    init(byteCount: Int, windowByteCount: Int) throws(StrategyError) {
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
        let address = unsafe mmap(nil, byteCount, PROT_READ | PROT_WRITE, flags, -1, 0)
        guard let address = unsafe address, unsafe address != MAP_FAILED else {
            throw ZstdStream.failure("there is no memory for the input")
        }
        unsafe self.address = address
        self.byteCount = byteCount
        self.windowByteCount = windowByteCount
    }

    deinit { unsafe munmap(address, byteCount) }

    func append(_ bytes: ArraySlice<UInt8>) {
        precondition(bytes.count <= byteCount - count, "the input has room for all that was announced")
        unsafe bytes.withUnsafeBytes { unsafe (address + count).copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
        count += bytes.count
    }

    /// Gives back what lies more than a window before a place.
    func release(upTo position: Int) {
        let pageSize = 64 << 10
        let end = max(position - windowByteCount, 0) / pageSize * pageSize
        guard end > released else { return }
        _ = unsafe madvise(address + released, end - released, MADV_DONTNEED)
        released = end
    }
}

/// The bytes in a frame, a piece at a time.
@safe final class ZstdSource: ByteSource {
    let byteCount: Int
    private let reader: ByteReader
    private let input: ArraySlice<UInt8>
    private let stream: OpaquePointer
    private var chunk = [UInt8](repeating: 0, count: 1 << 17)
    private var (produced, consumed, status) = (0, 0, 1)

    /// - Parameter declared: how many bytes are said to be in the frame.
    init(_ reader: ByteReader, declared: Int, dictionary: [UInt8]?) throws(StrategyError) {
        guard let stream = unsafe ZSTD_createDStream() else {
            throw StrategyError(.cannot, Zstd.name, "libzstd has no memory for a stream")
        }
        unsafe self.stream = stream
        self.reader = reader
        input = reader.remaining
        byteCount = declared
        guard let dictionary else { return }
        let status = unsafe dictionary.withUnsafeBytes {
            unsafe ZSTD_DCtx_loadDictionary(stream, $0.baseAddress, $0.count)
        }
        guard ZSTD_isError(status) == 0 else {
            throw StrategyError(.malformed, "dictionary", "libzstd: \(Zstd.message(status))")
        }
    }

    deinit { unsafe ZSTD_freeDStream(stream) }

    func next() throws(StrategyError) -> ArraySlice<UInt8> {
        while status != 0 {
            let before = consumed
            var count = 0
            unsafe chunk.withUnsafeMutableBytes { target in
                unsafe input.withUnsafeBytes { source in
                    var out = unsafe ZSTD_outBuffer(dst: target.baseAddress, size: target.count, pos: 0)
                    var data = unsafe ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: consumed)
                    status = unsafe ZSTD_decompressStream(stream, &out, &data)
                    (count, consumed) = unsafe (out.pos, data.pos)
                }
            }
            guard ZSTD_isError(status) == 0 else { throw reader.malformed("libzstd: \(Zstd.message(status))") }
            guard status == 0 || count > 0 || consumed > before else {
                throw reader.malformed("the frame ends too early")
            }
            guard count <= byteCount - produced else {
                throw reader.malformed("the frame holds more than \(byteCount) bytes")
            }
            produced += count
            if count > 0 { return chunk.prefix(count) }
        }
        guard produced == byteCount else {
            throw reader.malformed("the frame holds \(produced) bytes and \(byteCount) are announced")
        }
        guard consumed == input.count else { throw reader.malformed("bytes follow the frame") }
        return []
    }
}
