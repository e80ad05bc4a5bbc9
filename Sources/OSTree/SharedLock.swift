internal import COSTree

/// libostree's own lock on a repository, shared with everybody who adds something: as long as it is held nobody prunes.
///
/// A transaction holds it from its beginning until it is committed. What sets refs only then takes it first, so that no prune
/// comes between the objects and the ref that shows them. Who takes a `PublishingLock` too takes that one afterwards.
public final class SharedLock {
    private let repository: Repository

    /// Waits for a prune that is at work, as long as `core.lock-timeout-secs` says, and then throws.
    public init(of repository: Repository) throws(OSTreeError) {
        try check("lock", repository.path) {
            unsafe ostree_repo_lock_push(repository.pointer, OSTREE_REPO_LOCK_SHARED, nil, $0) != 0
        }
        self.repository = repository
    }

    deinit { unsafe ostree_repo_lock_pop(repository.pointer, OSTREE_REPO_LOCK_SHARED, nil, nil) }
}
