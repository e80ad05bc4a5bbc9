internal import CDeflate

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
