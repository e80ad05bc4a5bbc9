private import CZlib
internal import Digests
private import Glibc

/// What stands before the deflated bytes of an archive's content object: its length as a big-endian number, four zeros, and a
/// GVariant `(tuuuusa(ayay))` of the size, owner, group, mode, device, link target and extended attributes.
struct CompressedHeader {
    /// Bytes before the GVariant.
    static let prefixByteCount = 8
    /// Bytes of the numbers in the GVariant.
    static let numbersByteCount = 24
    /// A GVariant longer than this is left to libostree, which has its own limit.
    static let greatestByteCount = 1 << 16

    /// Bytes before the deflated ones.
    let byteCount: Int
    /// The size that the object says it has, in bytes.
    let size: UInt64
    let userID: UInt32
    let groupID: UInt32
    /// With the type's bits.
    let mode: UInt32

    var isRegularFile: Bool { mode & S_IFMT == S_IFREG }

    /// Reads the header at the beginning of a file. Nil where it is not one, or is not all there.
    init?(_ bytes: UnsafeRawBufferPointer) {
        func number(_ offset: Int) -> UInt32 {
            unsafe UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
        }
        guard bytes.count >= CompressedHeader.prefixByteCount + CompressedHeader.numbersByteCount else {
            return nil
        }
        let length = Int(number(0))
        guard length >= CompressedHeader.numbersByteCount + 2, length <= CompressedHeader.greatestByteCount,
            length <= bytes.count - CompressedHeader.prefixByteCount
        else { return nil }
        byteCount = CompressedHeader.prefixByteCount + length
        size = UInt64(number(8)) << 32 | UInt64(number(12))
        (userID, groupID, mode) = (number(16), number(20), number(24))
    }
}

/// One content object of an archive, inflated from front to end by zlib.
@safe final class CompressedObject {
    private let descriptor: Int32
    private let object: Digest
    // zlib keeps the stream's address, so it must not move.
    private let stream: UnsafeMutablePointer<z_stream>
    private var input = unsafe [UInt8](unsafeUninitializedCapacity: CompressedObject.inputByteCount) {
        $1 = CompressedObject.inputByteCount
    }
    private var (position, filled) = (0, 0)
    private var isAtEnd = false

    private static let inputByteCount = 128 << 10

    /// Opens the object. Nil where it is not a loose one, or is no regular file: libostree knows what to say then.
    init?(_ object: Digest, in repository: Repository) throws(OSTreeError) {
        let descriptor = repository.loose.open(.compressedFile, object)
        guard descriptor >= 0 else { return nil }
        self.descriptor = descriptor
        self.object = object
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        // A negative number of bits is deflate without a wrapper.
        guard unsafe inflateInit2_(stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw failure("zlib has no memory for a stream")
        }
        let count = unsafe input.withUnsafeMutableBytes { unsafe readFully(descriptor, into: $0) }
        guard let count else { throw failure(unsafe String(cString: strerror(errno))) }
        filled = count
        let header = unsafe input.withUnsafeBytes {
            unsafe CompressedHeader(UnsafeRawBufferPointer(rebasing: $0.prefix(count)))
        }
        guard let header, header.isRegularFile else { return nil }
        position = header.byteCount
    }

    deinit {
        close(descriptor)
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Inflates up to `count` bytes into `buffer` from `offset` on; fewer only at the object's end.
    func read(into buffer: inout [UInt8], at offset: Int, upTo count: Int) throws(OSTreeError) -> Int {
        var produced = 0
        while produced < count, !isAtEnd {
            if position == filled { try refill() }
            // Nothing more to read is for zlib to judge: it may still have something to give.
            let hadInput = position < filled
            let (status, more) = inflate(into: &buffer, at: offset + produced, upTo: count - produced)
            produced += more
            switch status {
            case Z_STREAM_END: isAtEnd = true
            case Z_OK: break
            case Z_BUF_ERROR where more > 0: break
            case Z_BUF_ERROR where hadInput && position == filled: break
            case Z_BUF_ERROR: throw failure("its compressed bytes end too early")
            default: throw failure("its compressed bytes are damaged")
            }
        }
        return produced
    }

    private func refill() throws(OSTreeError) {
        let descriptor = descriptor
        let count = unsafe input.withUnsafeMutableBytes { unsafe readFully(descriptor, into: $0) }
        guard let count else { throw failure(unsafe String(cString: strerror(errno))) }
        (position, filled) = (0, count)
    }

    private func inflate(into buffer: inout [UInt8], at offset: Int, upTo count: Int) -> (status: Int32, count: Int) {
        let (stream, position, filled) = unsafe (stream, position, filled)
        // zlib counts in 32 bits.
        let room = min(count, 1 << 30)
        let (status, produced, consumed) = unsafe input.withUnsafeMutableBytes { source in
            unsafe buffer.withUnsafeMutableBytes { target in
                let from = unsafe source.baseAddress!.assumingMemoryBound(to: UInt8.self)
                let to = unsafe target.baseAddress!.assumingMemoryBound(to: UInt8.self)
                unsafe stream.pointee.next_in = unsafe from + position
                unsafe stream.pointee.avail_in = UInt32(filled - position)
                unsafe stream.pointee.next_out = unsafe to + offset
                unsafe stream.pointee.avail_out = UInt32(room)
                let status = unsafe CZlib.inflate(stream, Z_NO_FLUSH)
                return unsafe (
                    status, room - Int(stream.pointee.avail_out), filled - position - Int(stream.pointee.avail_in)
                )
            }
        }
        self.position += consumed
        return (status, produced)
    }

    private func failure(_ reason: String) -> OSTreeError {
        OSTreeError(operation: "read the object", subject: object.hex, reason: reason)
    }
}
