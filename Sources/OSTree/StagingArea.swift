private import FoundationEssentials

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
        return Set(names.filter { $0.hasPrefix("staging-") && !$0.hasSuffix("-lock") && lock(of: $0) == nil })
    }

    /// Keeps the locks of these folders from being cleared for their age: who clears them would then take the folders over,
    /// with what an open transaction has in them.
    func keepFresh(_ names: Set<String>) {
        for name in names { StagingLock.keepFresh(lockOf: "\(folder)/\(name)") }
    }

    /// Removes those of the folders that nobody holds any more.
    func removeReleased(of names: Set<String>) {
        for name in names {
            guard let lock = lock(of: name) else { continue }
            try? FileManager.default.removeItem(atPath: "\(folder)/\(name)")
            extendLifetime(lock)
        }
    }

    /// A folder's lock; nil where it cannot be had.
    private func lock(of name: String) -> StagingLock? { try? StagingLock.take(of: "\(folder)/\(name)") }
}
