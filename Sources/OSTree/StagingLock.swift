internal import CLinux
internal import COSTree
private import Glibc

/// libostree's lock on a folder in `tmp`: an open file description's write lock on `NAME-lock`, held as long as its owner
/// lives. With it goes the file.
final class StagingLock: Sendable {
    private let descriptor: Int32
    private let path: String

    /// So far ahead is the time of a lock's file that is not to expire, in seconds: a year, longer than any transaction.
    private static let freshSeconds = 365 * 86_400

    /// Takes the lock of a folder; nil where somebody else has it. An error where the file system has no locks, or the
    /// file cannot be made.
    static func take(of folder: String) throws(OSTreeError) -> StagingLock? {
        let path = "\(folder)-lock"
        let descriptor = unsafe open(path, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw OSTreeError(operation: "lock", subject: folder, call: "open") }
        var lock = flock()
        lock.l_type = Int16(F_WRLCK)
        lock.l_whence = Int16(SEEK_SET)
        var status = unsafe fcntl(descriptor, layerlab_ofd_setlk, &lock)
        // As libostree does where the system does not know these locks.
        if status != 0, errno == EINVAL { status = flock(descriptor, LOCK_EX | LOCK_NB) }
        guard status == 0 else {
            let number = errno
            close(descriptor)
            if number == EAGAIN || number == EACCES { return nil }
            throw OSTreeError(operation: "lock", subject: folder, call: "fcntl", number: number)
        }
        // The lock counts only if nobody has removed the file, and made another, in between.
        var (locked, named) = (stat(), stat())
        guard unsafe fstat(descriptor, &locked) == 0, unsafe stat(path, &named) == 0, locked.st_ino == named.st_ino
        else {
            close(descriptor)
            return nil
        }
        return StagingLock(descriptor, path)
    }

    private init(_ descriptor: Int32, _ path: String) { (self.descriptor, self.path) = (descriptor, path) }

    deinit {
        unsafe unlink(path)
        close(descriptor)
    }

    /// Keeps libostree from clearing the lock's file, held or not, when it is older than `core.tmp-expiry-secs`: what is of
    /// the future does not expire.
    func keepFresh() { StagingLock.keepFresh(path) }

    /// The same of a lock that libostree holds for us.
    static func keepFresh(lockOf folder: String) { keepFresh("\(folder)-lock") }

    private static func keepFresh(_ path: String) {
        let later = timespec(tv_sec: time(nil) + freshSeconds, tv_nsec: 0)
        _ = unsafe utimensat(AT_FDCWD, path, [later, later], AT_SYMLINK_NOFOLLOW)
    }
}
