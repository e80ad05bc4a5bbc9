internal import Glibc

/// Held while a folder is written to by one process at a time. It is a lock (`flock`) on the folder itself, and leaves nothing
/// behind.
public final class FolderLock: Sendable {
    private let descriptor: Int32

    /// Waits for the lock.
    public init(_ path: String) throws(LayerStoreError) {
        descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw LayerStoreError(.input, "cannot open \(path): \(Descriptor.reason())") }
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else {
                throw LayerStoreError(.input, "cannot lock \(path): \(Descriptor.reason())")
            }
            try Interruption.check()
        }
    }

    deinit { close(descriptor) }
}
