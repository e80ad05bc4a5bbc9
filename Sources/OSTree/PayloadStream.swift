internal import COSTree
private import Glibc
public import Digests

/// Reads the bytes of one content object from front to end.
///
/// A loose object is opened directly: three system calls instead of libostree's dozen, and zlib's own speed in archive
/// mode. Everything else (objects of a parent repository, objects staged by an open transaction, links) is opened by
/// libostree, and read by it where it is compressed.
public final class PayloadStream {
    private enum Source {
        case descriptor(Int32)
        case compressed(CompressedObject)
        case stream(GObjectHandle)
    }

    private let source: Source
    private let object: Digest

    /// Opens the object; an error where the repository has none of that checksum.
    public init(_ object: Digest, in repository: Repository) throws(OSTreeError) {
        self.object = object
        if repository.mode != .archive {
            let descriptor = repository.loose.open(.file, object)
            if descriptor >= 0 {
                source = .descriptor(descriptor)
                return
            }
        } else if let compressed = try CompressedObject(object, in: repository) {
            source = .compressed(compressed)
            return
        }
        var input: UnsafeMutablePointer<GInputStream>?
        try check("read the object", object.hex) {
            unsafe ostree_repo_load_file(repository.pointer, object.hex, &input, nil, nil, nil, $0) != 0
        }
        guard let input = unsafe input else {
            throw OSTreeError(operation: "read the object", subject: object.hex, reason: "it is not a regular file")
        }
        let handle = unsafe GObjectHandle(adopting: OpaquePointer(input))
        // A plain file is one wherever libostree has found it: unlike a stream, it can be read from the middle.
        let descriptor = unsafe PayloadStream.copyDescriptor(of: handle.pointer)
        source = descriptor < 0 ? .stream(handle) : .descriptor(descriptor)
    }

    /// A descriptor of our own for a stream that is a file's; -1 where it is none, or there are no more descriptors.
    private static func copyDescriptor(of stream: OpaquePointer) -> Int32 {
        let instance = unsafe UnsafeMutablePointer<GTypeInstance>(stream)
        guard unsafe g_type_check_instance_is_a(instance, g_unix_input_stream_get_type()) != 0 else { return -1 }
        return unsafe fcntl(g_unix_input_stream_get_fd(UnsafeMutablePointer(stream)), F_DUPFD_CLOEXEC, 3)
    }

    deinit {
        if case .descriptor(let descriptor) = source { close(descriptor) }
    }

    /// Goes to the byte at `offset`. A plain file is never read for that; anything else is, from its beginning.
    func skip(to offset: UInt64) throws(OSTreeError) {
        guard offset > 0 else { return }
        switch source {
        case .descriptor(let descriptor):
            if let place = off_t(exactly: offset), lseek(descriptor, place, SEEK_SET) == place { return }
            throw OSTreeError(
                operation: "read the object", subject: object.hex, reason: unsafe String(cString: strerror(errno)))
        case .compressed, .stream:
            var chunk = [UInt8](repeating: 0, count: 1 << 16)
            var rest = offset
            while rest > 0 {
                let count = try read(into: &chunk, at: 0, upTo: Int(min(rest, UInt64(chunk.count))))
                if count == 0 { return }
                rest -= UInt64(count)
            }
        }
    }

    /// Reads up to `count` bytes into `buffer` from `offset` on; 0 at the object's end.
    public func read(into buffer: inout [UInt8], at offset: Int, upTo count: Int) throws(OSTreeError) -> Int {
        precondition(offset >= 0 && count >= 0 && offset + count <= buffer.count)
        if case .compressed(let compressed) = source {
            return try compressed.read(into: &buffer, at: offset, upTo: count)
        }
        let (source, object) = (source, object)
        var result = 0
        try check("read the object", object.hex) { slot in
            unsafe buffer.withUnsafeMutableBytes { bytes in
                let target = unsafe bytes.baseAddress! + offset
                switch source {
                case .descriptor(let descriptor):
                    repeat { result = unsafe Glibc.read(descriptor, target, count) } while result < 0 && errno == EINTR
                    if result < 0 { unsafe setError(slot, errno) }
                case .compressed: break
                case .stream(let stream):
                    let input = unsafe UnsafeMutablePointer<GInputStream>(stream.pointer)
                    result = unsafe Int(g_input_stream_read(input, target, gsize(count), nil, slot))
                }
            }
            return result >= 0
        }
        return result
    }

    /// Everything from here to the object's end; an error where that is more than `limit` bytes.
    public func readAll(limit: Int) throws(OSTreeError) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = try read(into: &chunk, at: 0, upTo: chunk.count)
            if count == 0 { return bytes }
            bytes += chunk.prefix(count)
            guard bytes.count <= limit else {
                throw OSTreeError(
                    operation: "read", subject: "object \(object.hex)", reason: "it is longer than \(limit) bytes")
            }
        }
    }
}

private func setError(_ slot: ErrorSlot, _ code: Int32) {
    unsafe slot.pointee = g_error_new_literal(
        g_io_error_quark(), Int32(g_io_error_from_errno(code).rawValue), strerror(code))
}
