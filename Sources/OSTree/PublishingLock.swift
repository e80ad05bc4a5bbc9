private import Glibc

/// Held while a layer is published or replaced, so that two imports into one repository do that one after the other. It
/// is a lock (`flock`) on the repository's folder, which ostree itself does not use, and leaves nothing behind.
public final class PublishingLock {
    private let descriptor: Int32

    /// Waits for the lock.
    public init(of repository: Repository) throws(OSTreeError) {
        descriptor = unsafe openat(repository.folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0, lock() else {
            throw OSTreeError(
                operation: "lock the repository", subject: repository.path,
                reason: unsafe String(cString: strerror(errno)))
        }
    }

    deinit { close(descriptor) }

    private func lock() -> Bool {
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else { return false }
        }
        return true
    }
}
