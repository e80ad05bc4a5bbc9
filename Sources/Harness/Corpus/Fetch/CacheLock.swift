import Foundation
import Glibc
import LayerStore
import Processes

/// Held while layers are fetched into a cache, so that two runs do not make the same layer twice. It is a lock (`flock`) on
/// the cache's directory, and leaves nothing behind.
final class CacheLock {
    private let handle: FileHandle

    /// Makes the directory where there is none, and waits for the lock.
    ///
    /// - Parameter waiting: Called once, where another run holds it.
    init(of cache: Cache, waiting: () -> Void) throws(LocatedError) {
        do {
            try FileManager.default.createDirectory(atPath: cache.directory, withIntermediateDirectories: true)
        } catch {
            throw LocatedError("the corpus cache cannot be made: \(error.localizedDescription)", in: cache.directory)
        }
        guard let handle = FileHandle(forReadingAtPath: cache.directory) else {
            throw LocatedError("the corpus cache cannot be opened", in: cache.directory)
        }
        self.handle = handle
        // A child must not keep it.
        _ = fcntl(handle.fileDescriptor, F_SETFD, FD_CLOEXEC)
        var hasWaited = false
        while flock(handle.fileDescriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR else {
                throw LocatedError("the corpus cache cannot be locked (flock: error \(errno))", in: cache.directory)
            }
            if !hasWaited { waiting() }
            hasWaited = true
            guard Interruption.pending == nil else { throw .interruptedFetch }
            Thread.sleep(forTimeInterval: 0.2)
        }
    }

    deinit { try? handle.close() }
}

extension LocatedError {
    /// Somebody asked to stop.
    static let interruptedFetch = LocatedError(
        "interrupted; what is complete was kept", in: "corpus fetch",
        remedy: "the same command goes on from there, and so does layerlab corpus fetch")
}
