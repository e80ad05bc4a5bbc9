internal import CDeflate
internal import CZlib
internal import Glibc

/// Compresses whole contents (raw deflate, RFC 1951) with one state and one buffer for all of them.
@safe final class Deflater {
    private let compressor: OpaquePointer
    private var output: [UInt8] = []
    private var input: [UInt8] = []

    init(level: Int32) throws(OSTreeError) {
        guard let compressor = unsafe libdeflate_alloc_compressor(level) else {
            throw OSTreeError(
                operation: "compress", subject: "a file", reason: "libdeflate has no memory for it", code: .noSpace)
        }
        unsafe self.compressor = unsafe compressor
    }

    deinit { unsafe libdeflate_free_compressor(compressor) }

    /// Writes a header and the compressed content in one call.
    func write(_ header: [UInt8], _ content: ContentBytes, to file: Int32, in stage: DirectStage) throws(OSTreeError) {
        var whole = content.first
        if !content.others.isEmpty {
            input.removeAll(keepingCapacity: true)
            content.forEach { input += $0 }
            whole = input[...]
        }
        let bound = unsafe header.count + libdeflate_deflate_compress_bound(compressor, whole.count)
        if output.count < bound { output = [UInt8](repeating: 0, count: bound) }
        output.replaceSubrange(0..<header.count, with: header)
        let count = unsafe output.withUnsafeMutableBytes { target in
            unsafe whole.withUnsafeBytes { source in
                unsafe libdeflate_deflate_compress(
                    compressor, source.baseAddress, source.count, target.baseAddress! + header.count,
                    target.count - header.count)
            }
        }
        guard count > 0 else {
            throw OSTreeError(
                operation: "write a file to", subject: stage.repositoryPath, reason: "it cannot be compressed")
        }
        try stage.write(output[0..<header.count + count], to: file)
    }
}

/// Compresses a long content piece by piece.
@safe final class StreamDeflater {
    // zlib keeps the stream's address, so it must not move.
    private let stream: UnsafeMutablePointer<z_stream>
    private var output = [UInt8](repeating: 0, count: 256 << 10)

    init(level: Int32) throws(OSTreeError) {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        let status = unsafe deflateInit2_(
            stream, level, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else {
            throw OSTreeError(
                operation: "compress", subject: "a file", reason: "zlib has no memory for a stream", code: .noSpace)
        }
    }

    deinit {
        unsafe deflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Writes what comes out for the next bytes.
    func write(
        _ bytes: ArraySlice<UInt8>, isLast: Bool, to file: Int32, in stage: DirectStage
    ) throws(OSTreeError) {
        var rest = bytes
        while true {
            let (used, made) = deflate(rest, isLast)
            rest = rest.dropFirst(used)
            if made > 0 { try stage.write(output[0..<made], to: file) }
            // A buffer that was not filled is the sign that nothing is left inside.
            if made < output.count, rest.isEmpty { return }
        }
    }

    private func deflate(_ input: ArraySlice<UInt8>, _ isLast: Bool) -> (used: Int, made: Int) {
        let count = min(input.count, Int(Int32.max))
        return unsafe input.withUnsafeBytes { source in
            unsafe output.withUnsafeMutableBytes { target in
                let bytes = unsafe source.bindMemory(to: UInt8.self)
                unsafe stream.pointee.next_in = unsafe UnsafeMutablePointer(mutating: bytes.baseAddress)
                unsafe stream.pointee.avail_in = UInt32(count)
                unsafe stream.pointee.next_out = unsafe target.bindMemory(to: UInt8.self).baseAddress
                unsafe stream.pointee.avail_out = UInt32(target.count)
                unsafe CZlib.deflate(stream, isLast ? Z_FINISH : Z_NO_FLUSH)
                return unsafe (count - Int(stream.pointee.avail_in), target.count - Int(stream.pointee.avail_out))
            }
        }
    }
}
