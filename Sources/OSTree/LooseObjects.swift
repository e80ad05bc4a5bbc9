internal import COSTree
private import Glibc
internal import Digests

/// The repository's own loose objects, opened by their checksums: one system call each, and no allocation.
///
/// What is not found here may still be an object: one of a parent repository, or one that an open transaction has
/// staged. libostree finds those.
final class LooseObjects: Sendable {
    typealias Kind = LoosePath.Kind

    /// The folder `objects`, or -1 where it could not be opened: nothing is found then.
    let folder: Int32

    init(of repository: Int32) {
        folder = unsafe openat(repository, "objects", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    }

    deinit { if folder >= 0 { close(folder) } }

    /// Opens an object for reading; -1 where that fails, with the reason in `errno`. Symbolic links are not followed,
    /// and what is no file does not make the caller wait.
    func open(_ kind: Kind, _ object: Digest) -> Int32 {
        unsafe LoosePath(kind: kind, object: object).with { path in
            unsafe openat(folder, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        }
    }

    /// Whether there is an object; false may be an error, too.
    func holds(_ kind: Kind, _ object: Digest) -> Bool {
        var information = stat()
        return unsafe LoosePath(kind: kind, object: object).with { path in
            unsafe fstatat(folder, path, &information, AT_SYMLINK_NOFOLLOW) == 0
        }
    }

    /// Gives the bytes of a small object; nil where there is none, or it is none that fits.
    func withBytes<Result>(
        of kind: Kind, _ object: Digest, _ body: (UnsafeRawBufferPointer) -> Result?
    ) -> Result? {
        let descriptor = open(kind, object)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        // As much as a stack bears: directories of some thousand files are larger.
        return unsafe withUnsafeTemporaryAllocation(byteCount: 1 << 17, alignment: 16) { buffer -> Result? in
            guard let count = unsafe readFully(descriptor, into: buffer), count < buffer.count else { return nil }
            return unsafe body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }
}

/// Reads until the buffer is full or the file ends; returns how many bytes there are, or nil where reading fails, with
/// the reason in `errno`.
func readFully(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer, from offset: UInt64? = nil) -> Int? {
    var count = 0
    while count < buffer.count {
        let (target, room) = unsafe (buffer.baseAddress! + count, buffer.count - count)
        let more =
            if let offset {
                unsafe pread(descriptor, target, room, off_t(truncatingIfNeeded: offset) + off_t(count))
            } else {
                unsafe read(descriptor, target, room)
            }
        if more > 0 {
            count += more
        } else if more == 0 {
            break
        } else if errno != EINTR {
            return nil
        }
    }
    return count
}
