private import CDeflate
public import Digests
private import Glibc

/// Reads pieces of content objects straight into a caller's memory. Each thread has its own reader.
///
/// A plain file takes three system calls: open, read, close. A compressed one is read whole and inflated at once, which is
/// twice as fast as zlib's stream. What is no loose object goes through libostree.
@safe public final class PayloadReader {
    private let repository: Repository
    private var decompressor: OpaquePointer?
    private var compressed: [UInt8] = []

    /// Room for a compressed object, in bytes. One that takes more is inflated as a stream.
    private static let compressedByteCount = 5 << 18

    public init(of repository: Repository) { self.repository = repository }

    deinit {
        if let decompressor = unsafe decompressor { unsafe libdeflate_free_decompressor(decompressor) }
    }

    /// Reads the object's bytes from `offset` on into `buffer` from `position` on; returns how many there are, fewer than
    /// `count` only where the object ends.
    public func read(
        _ object: Digest, from offset: UInt64, into buffer: inout [UInt8], at position: Int, upTo count: Int
    ) throws(OSTreeError) -> Int {
        precondition(position >= 0 && count >= 0 && position <= buffer.count - count)
        if repository.mode != .archive {
            let descriptor = repository.loose.open(.file, object)
            if descriptor >= 0 {
                defer { close(descriptor) }
                let found = unsafe buffer.withUnsafeMutableBytes {
                    unsafe readFully(
                        descriptor, into: UnsafeMutableRawBufferPointer(rebasing: $0[position..<position + count]),
                        from: offset == 0 ? nil : offset)
                }
                if let found { return found }
                throw OSTreeError(
                    operation: "read the object", subject: object.hex, reason: unsafe String(cString: strerror(errno)))
            }
        } else if offset == 0, let found = try inflate(object, into: &buffer, at: position, upTo: count) {
            return found
        }
        let stream = try PayloadStream(object, in: repository)
        try stream.skip(to: offset)
        var found = 0
        while found < count {
            let more = try stream.read(into: &buffer, at: position + found, upTo: count - found)
            if more == 0 { break }
            found += more
        }
        return found
    }

    /// Inflates a compressed object at once. Nil where that cannot be: it is no loose object, or too long, or longer than
    /// what is wanted of it.
    private func inflate(
        _ object: Digest, into buffer: inout [UInt8], at position: Int, upTo count: Int
    ) throws(OSTreeError) -> Int? {
        let descriptor = repository.loose.open(.compressedFile, object)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        if unsafe decompressor == nil {
            unsafe decompressor = libdeflate_alloc_decompressor()
            compressed = unsafe [UInt8](unsafeUninitializedCapacity: PayloadReader.compressedByteCount) {
                $1 = PayloadReader.compressedByteCount
            }
        }
        guard let decompressor = unsafe decompressor else { return nil }
        let length = unsafe compressed.withUnsafeMutableBytes { unsafe readFully(descriptor, into: $0) }
        guard let length, length < compressed.count else { return nil }
        var (found, result) = (0, LIBDEFLATE_INSUFFICIENT_SPACE)
        unsafe compressed.withUnsafeBytes { bytes in
            let header = unsafe CompressedHeader(UnsafeRawBufferPointer(rebasing: bytes.prefix(length)))
            guard let header, header.isRegularFile else { return }
            unsafe buffer.withUnsafeMutableBytes {
                unsafe result = libdeflate_deflate_decompress(
                    decompressor, bytes.baseAddress! + header.byteCount, length - header.byteCount,
                    $0.baseAddress! + position, count, &found)
            }
        }
        switch result {
        case LIBDEFLATE_SUCCESS: return found
        case LIBDEFLATE_INSUFFICIENT_SPACE: return nil
        default:
            throw OSTreeError(
                operation: "read the object", subject: object.hex, reason: "its compressed bytes are damaged")
        }
    }
}

extension Repository {
    /// Opens the plain file of a content object, for reading; nil where there is none of the repository's own. Who asks
    /// for it closes it.
    public func openLooseFile(_ object: Digest) -> Int32? {
        guard mode != .archive else { return nil }
        let descriptor = loose.open(.file, object)
        return descriptor < 0 ? nil : descriptor
    }
}
