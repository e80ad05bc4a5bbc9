private import Glibc

/// Held while a layer is published or replaced, so that two imports into one repository do that one after the other. It
/// is a lock (`flock`) on the repository's folder, which ostree itself does not use, and leaves nothing behind.
public final class PublishingLock {
    private static let longestPauseMicroseconds: UInt32 = 20_000
    private let descriptor: Int32

    /// Waits for the lock.
    ///
    /// - Parameters:
    ///   - repository: whose lock it is.
    ///   - isUnwanted: looked at while it waits; where it says so, the waiting ends with an error.
    public init(of repository: Repository, isUnwanted: () -> Bool = { false }) throws(OSTreeError) {
        descriptor = unsafe openat(repository.folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0, lock(isUnwanted) else {
            throw OSTreeError(
                operation: "lock the repository", subject: repository.path,
                reason: unsafe String(cString: strerror(errno)))
        }
    }

    deinit { close(descriptor) }

    private func lock(_ isUnwanted: () -> Bool) -> Bool {
        // A signal may reach another thread than the one that waits, so nobody waits in the kernel.
        var microseconds: UInt32 = 500
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR, !isUnwanted() else { return false }
            usleep(microseconds)
            microseconds = min(microseconds * 2, PublishingLock.longestPauseMicroseconds)
        }
        return true
    }
}
