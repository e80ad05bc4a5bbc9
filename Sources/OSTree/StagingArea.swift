internal import COSTree
private import FoundationEssentials
internal import COSTree
private import Glibc

/// The folders `tmp/staging-…` in which libostree collects a transaction's objects.
///
/// libostree holds a lock on its folder while the transaction is open, and leaves the folder behind when the transaction
/// is aborted (another one of the same boot may take it over). We take it away, so that a failed import leaves nothing.
struct StagingArea {
    private let folder: String

    init(of repository: Repository) { folder = repository.path + "/tmp" }

    /// The staging folders that some open transaction holds.
    func held() -> Set<String> {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return Set(names.filter { $0.hasPrefix("staging-") && !$0.hasSuffix("-lock") && !withLock($0) {} })
    }

    /// Removes those of the folders that nobody holds any more.
    func removeReleased(of names: Set<String>) {
        for name in names {
            _ = withLock(name) { try? FileManager.default.removeItem(atPath: "\(folder)/\(name)") }
        }
    }

    /// Runs the body while holding a folder's lock as libostree takes it (an open file description's write lock on
    /// `NAME-lock`); false where somebody else holds it.
    private func withLock(_ name: String, _ body: () -> Void) -> Bool {
        let path = "\(folder)/\(name)-lock"
        let descriptor = unsafe open(path, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var lock = flock()
        lock.l_type = Int16(F_WRLCK)
        lock.l_whence = Int16(SEEK_SET)
        // F_OFD_SETLK, which glibc shows only to GNU sources.
        guard unsafe fcntl(descriptor, 37, &lock) == 0 else { return false }
        // The lock counts only if nobody has removed the file, and made another, in between.
        var (locked, named) = (stat(), stat())
        guard unsafe fstat(descriptor, &locked) == 0, unsafe stat(path, &named) == 0, locked.st_ino == named.st_ino
        else {
            return false
        }
        body()
        unsafe unlink(path)
        return true
    }
}
