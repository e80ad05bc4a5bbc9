internal import COSTree
public import Digests
private import Glibc

extension Repository {
    /// An object by what it is and its checksum.
    public struct ObjectName: Hashable, Sendable {
        public var kind: ObjectKind
        public var object: Digest

        public init(kind: ObjectKind, object: Digest) {
            self.kind = kind
            self.object = object
        }
    }

    /// Whether a commit and all that it reaches is there.
    public func isWhole(_ commit: Digest) throws(OSTreeError) -> Bool {
        for name in try reachable(from: [commit]) where try !has(name.kind, name.object) { return false }
        return true
    }

    /// All objects that commits reach, themselves included; parents are not followed. What is not there reaches nothing.
    func reachable(from commits: [Digest]) throws(OSTreeError) -> Set<ObjectName> {
        var names: Set<ObjectName> = []
        for commit in commits {
            names.insert(ObjectName(kind: .commit, object: commit))
            guard try has(.commit, commit) else { continue }
            try reach(try self.commit(commit).tree, &names)
        }
        return names
    }

    private func reach(_ directory: DirectoryReference, _ names: inout Set<ObjectName>) throws(OSTreeError) {
        names.insert(ObjectName(kind: .directoryMetadata, object: directory.metadata))
        guard names.insert(ObjectName(kind: .directoryTree, object: directory.contents)).inserted,
            try has(.directoryTree, directory.contents)
        else { return }
        let tree = try directoryTree(directory.contents)
        for file in tree.files { names.insert(ObjectName(kind: .file, object: file.object)) }
        for entry in tree.directories { try reach(entry.directory, &names) }
    }

    /// Deletes commits that no ref shows, and of their objects those that no other commit in the repository reaches, shown by a
    /// ref or not: unlike a prune, this takes away nothing that anybody else has, or had and may go back to.
    ///
    /// The repository is locked meanwhile, as for a prune, and no import is between its objects and its refs. It waits for
    /// transactions of others as long as `core.lock-timeout-secs` says, and then throws.
    public func discard(commits: [Digest]) throws(OSTreeError) {
        guard !commits.isEmpty else { return }
        try check("lock", path) { unsafe ostree_repo_lock_push(pointer, OSTREE_REPO_LOCK_EXCLUSIVE, nil, $0) != 0 }
        defer { unsafe ostree_repo_lock_pop(pointer, OSTREE_REPO_LOCK_EXCLUSIVE, nil, nil) }
        // In this order: an import has its transaction first, too.
        let lock = try PublishingLock(of: self)
        defer { extendLifetime(lock) }
        let shown = Set(try refsEverywhere(below: nil).values)
        let doomed = Set(commits).subtracting(shown)
        let others = try allCommits().subtracting(doomed).union(shown)
        let kept = try reachable(from: Array(others))
        for name in try reachable(from: Array(doomed)).subtracting(kept) where try has(name.kind, name.object) {
            try check("delete the object", name.object.hex) {
                unsafe ostree_repo_delete_object(pointer, name.kind.native, name.object.hex, nil, $0) != 0
            }
        }
    }

    /// All commits that are objects of the repository.
    private func allCommits() throws(OSTreeError) -> Set<Digest> {
        var table: OpaquePointer?
        try check("list the commits of", path) {
            unsafe ostree_repo_list_commit_objects_starting_with(pointer, "", &table, nil, $0) != 0
        }
        guard let table = unsafe table else { return [] }
        defer { unsafe g_hash_table_unref(table) }
        var commits: Set<Digest> = []
        var iterator = unsafe GHashTableIter()
        unsafe g_hash_table_iter_init(&iterator, table)
        var (key, value): (gpointer?, gpointer?) = (nil, nil)
        while unsafe g_hash_table_iter_next(&iterator, &key, &value) != 0 {
            guard let name = unsafe key else { continue }
            var checksum: UnsafePointer<CChar>?
            var kind = OSTREE_OBJECT_TYPE_COMMIT
            unsafe ostree_object_name_deserialize(OpaquePointer(name), &checksum, &kind)
            if let checksum = unsafe checksum, let digest = unsafe Digest(hex: String(cString: checksum)) {
                commits.insert(digest)
            }
        }
        return commits
    }

    /// All refs below a prefix, or all there are: the repository's own, and those of remotes as `REMOTE:NAME`; each with its
    /// commit.
    public func refsEverywhere(below prefix: String?) throws(OSTreeError) -> [String: Digest] {
        var table: OpaquePointer?
        try check("list the refs of", path) {
            unsafe ostree_repo_list_refs_ext(pointer, nil, &table, OSTREE_REPO_LIST_REFS_EXT_NONE, nil, $0) != 0
        }
        let all = unsafe Repository.refs(in: table)
        guard let prefix else { return all }
        return all.filter { entry in
            let name = entry.key.split(separator: ":", maxSplits: 1).last ?? ""
            return name.hasPrefix(prefix + "/")
        }
    }
}
