internal import COSTree

/// What a prune did.
public struct Pruning: Equatable, Sendable {
    /// Objects that there were.
    public var objects: Int
    /// How many of them are deleted.
    public var deleted: Int
    /// Bytes of those.
    public var freedBytes: UInt64
}

extension Repository {
    /// Deletes every object that no ref reaches, as `ostree prune --refs-only` does. libostree locks the repository meanwhile: it
    /// waits for imports as long as `core.lock-timeout-secs` says, and then throws.
    public func prune() throws(OSTreeError) -> Pruning {
        var (objects, deleted, bytes) = (gint(0), gint(0), guint64(0))
        try check("prune", path) {
            unsafe ostree_repo_prune(
                pointer, OSTREE_REPO_PRUNE_FLAGS_REFS_ONLY, -1, &objects, &deleted, &bytes, nil, $0)
                != 0
        }
        return Pruning(objects: Int(objects), deleted: Int(deleted), freedBytes: UInt64(bytes))
    }
}
