private import COSTree
private import Glibc

/// A file of a repository that is open for reading, from any place on and by several threads.
public final class StoredFile: Sendable {
    /// Bytes of the file when it was opened, or of the part of it that is meant.
    public let byteCount: Int
    /// Where that part begins.
    private let start: Int
    private let descriptor: Int32
    private let path: String

    /// Takes a descriptor over; an error where it is not that of a regular file.
    ///
    /// - Parameter part: the bytes that are meant; nil for all.
    init(adopting descriptor: Int32, path: String, part: Range<Int>? = nil) throws(OSTreeError) {
        self.descriptor = descriptor
        self.path = path
        start = part?.lowerBound ?? 0
        var information = stat()
        guard unsafe fstat(descriptor, &information) == 0 else {
            byteCount = 0
            throw failure()
        }
        byteCount = part?.count ?? Int(information.st_size)
        guard information.st_mode & S_IFMT == S_IFREG else {
            throw OSTreeError(operation: "read", subject: path, reason: "it is no file")
        }
    }

    deinit { close(descriptor) }

    /// Fills a buffer with the bytes from `offset` on; how many there were, fewer than it has room for at the end.
    public func read(into buffer: inout [UInt8], from offset: Int) throws(OSTreeError) -> Int {
        let wanted = min(buffer.count, max(byteCount - offset, 0))
        let count = unsafe buffer.withUnsafeMutableBytes {
            unsafe readFully(
                descriptor, into: UnsafeMutableRawBufferPointer(rebasing: $0[..<wanted]), from: UInt64(start + offset))
        }
        guard let count else { throw failure() }
        return count
    }

    private func failure() -> OSTreeError {
        OSTreeError(operation: "read", subject: path, reason: unsafe String(cString: strerror(errno)))
    }
}
