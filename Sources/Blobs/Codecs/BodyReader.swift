internal import CZlib

/// Inflates the body of one member, which begins somewhere in a file.
@safe final class BodyReader {
    enum State: Equatable {
        case running
        /// The body is over; behind it the file goes on at this offset.
        case ended(UInt64)
        case damaged(String)
    }

    private static let pieceByteCount = 128 << 10

    // zlib keeps the stream's address, so it must not move.
    private let stream: UnsafeMutablePointer<z_stream>
    private let file: InputFile
    private var offset: UInt64
    private var piece: ArraySlice<UInt8> = []
    private(set) var state = State.running

    init(_ file: InputFile, at offset: UInt64) throws(BlobError) {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        self.file = file
        self.offset = offset
        guard unsafe inflateInit2_(stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw BlobError(.memory, "zlib has no memory for a stream")
        }
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// The next bytes, at most as many as `buffer` has; none where the body is over or damaged, as `state` says.
    func read(into buffer: inout [UInt8]) throws(BlobError) -> ArraySlice<UInt8> {
        var produced = 0
        while produced < buffer.count, state == .running {
            if piece.isEmpty {
                piece = try file.read(BodyReader.pieceByteCount, at: offset)[...]
                offset += UInt64(piece.count)
                if piece.isEmpty { state = .damaged("it is cut off") }
            }
            produced += inflate(into: &buffer, at: produced)
        }
        return buffer[..<produced]
    }

    private func inflate(into buffer: inout [UInt8], at place: Int) -> Int {
        var (status, produced) = (Z_OK, 0)
        let used = unsafe piece.withUnsafeBufferPointer { source in
            unsafe buffer.withUnsafeMutableBufferPointer { target in
                unsafe stream.pointee.next_in = unsafe UnsafeMutablePointer(mutating: source.baseAddress)
                unsafe stream.pointee.avail_in = UInt32(source.count)
                unsafe stream.pointee.next_out = target.baseAddress! + place
                unsafe stream.pointee.avail_out = UInt32(target.count - place)
                unsafe status = CZlib.inflate(stream, Z_NO_FLUSH)
                produced = unsafe target.count - place - Int(stream.pointee.avail_out)
                return unsafe source.count - Int(stream.pointee.avail_in)
            }
        }
        piece = piece.dropFirst(used)
        switch status {
        case Z_STREAM_END: state = .ended(offset - UInt64(piece.count))
        case Z_OK, Z_BUF_ERROR: break
        default: state = .damaged(unsafe stream.pointee.msg.map { unsafe String(cString: $0) } ?? "error \(status)")
        }
        return produced
    }
}
