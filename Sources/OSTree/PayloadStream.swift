internal import COSTree
private import Glibc
public import Digests

/// Reads the bytes of one content object from front to end.
///
/// In the bare modes an object is a plain file, which is opened directly: three system calls instead of libostree's
/// dozen. Everything else (archive mode, objects of a parent repository, objects staged by an open transaction) goes
/// through libostree.
public final class PayloadStream {
    private enum Source {
        case descriptor(Int32)
        case stream(GObjectHandle)
    }

    private let source: Source
    private let object: Digest

    /// Opens the object; an error where the repository has none of that checksum.
    public init(_ object: Digest, in repository: Repository) throws(OSTreeError) {
        self.object = object
        if repository.mode != .archive, let descriptor = PayloadStream.openLoose(object, in: repository) {
            source = .descriptor(descriptor)
            return
        }
        var input: UnsafeMutablePointer<GInputStream>?
        try check("read the object", object.hex) {
            unsafe ostree_repo_load_file(repository.pointer, object.hex, &input, nil, nil, nil, $0) != 0
        }
        guard let input = unsafe input else {
            throw OSTreeError(operation: "read the object", subject: object.hex, reason: "it is not a regular file")
        }
        source = .stream(unsafe GObjectHandle(adopting: OpaquePointer(input)))
    }

    deinit {
        if case .descriptor(let descriptor) = source { close(descriptor) }
    }

    /// Reads up to `count` bytes into `buffer` from `offset` on; 0 at the object's end.
    public func read(into buffer: inout [UInt8], at offset: Int, upTo count: Int) throws(OSTreeError) -> Int {
        precondition(offset >= 0 && count >= 0 && offset + count <= buffer.count)
        let (source, object) = (source, object)
        var result = 0
        try check("read the object", object.hex) { slot in
            unsafe buffer.withUnsafeMutableBytes { bytes in
                let target = unsafe bytes.baseAddress! + offset
                switch source {
                case .descriptor(let descriptor):
                    repeat { result = unsafe Glibc.read(descriptor, target, count) } while result < 0 && errno == EINTR
                    if result < 0 { unsafe setError(slot, errno) }
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

    private static func openLoose(_ object: Digest, in repository: Repository) -> Int32? {
        let hex = object.hex
        let path = "objects/\(hex.prefix(2))/\(hex.dropFirst(2)).file"
        let descriptor = unsafe openat(repository.folder, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        return descriptor < 0 ? nil : descriptor
    }
}

private func setError(_ slot: ErrorSlot, _ code: Int32) {
    unsafe slot.pointee = g_error_new_literal(
        g_io_error_quark(), Int32(g_io_error_from_errno(code).rawValue), strerror(code))
}
