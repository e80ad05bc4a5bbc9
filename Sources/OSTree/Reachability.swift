internal import COSTree
public import Digests
private import Glibc

extension Repository {
    /// An object by what it is and its checksum.
    public struct ObjectName: Hashable, Sendable {
        public var kind: ObjectKind
        public var object: Digest
    }

    /// All objects that a commit reaches, itself included; its parents are not followed. What is not there reaches nothing.
    public func reachable(from commit: Digest) throws(OSTreeError) -> Set<ObjectName> {
        var names: Set<ObjectName> = []
        guard try has(.commit, commit) else { return names }
        names.insert(ObjectName(kind: .commit, object: commit))
        try reach(try self.commit(commit).tree, &names)
        return names
    }

    private func reach(_ directory: DirectoryReference, _ names: inout Set<ObjectName>) throws(OSTreeError) {
        names.insert(ObjectName(kind: .directoryMetadata, object: directory.metadata))
        guard names.insert(ObjectName(kind: .directoryTree, object: directory.contents)).inserted else { return }
        let tree = try directoryTree(directory.contents)
        for file in tree.files { names.insert(ObjectName(kind: .file, object: file.object)) }
        for entry in tree.directories { try reach(entry.directory, &names) }
    }

    /// Deletes the objects of commits that no ref shows any more, as far as no other ref's commit reaches them. What else is
    /// in the repository stays, reachable or not: unlike a prune, this takes away no more than what these commits brought.
    ///
    /// The repository is locked meanwhile against transactions of other programs, as it is for a prune.
    public func discard(commits: [Digest]) throws(OSTreeError) {
        guard !commits.isEmpty else { return }
        try check("lock", path) { unsafe ostree_repo_lock_push(pointer, OSTREE_REPO_LOCK_EXCLUSIVE, nil, $0) != 0 }
        defer { unsafe ostree_repo_lock_pop(pointer, OSTREE_REPO_LOCK_EXCLUSIVE, nil, nil) }
        var doomed: Set<ObjectName> = []
        for commit in commits { doomed.formUnion(try reachable(from: commit)) }
        for commit in Set(try allRefs().values) { doomed.subtract(try reachable(from: commit)) }
        for name in doomed where try has(name.kind, name.object) {
            try check("delete the object", name.object.hex) {
                unsafe ostree_repo_delete_object(pointer, name.kind.native, name.object.hex, nil, $0) != 0
            }
        }
    }

    /// All refs, those of remotes included, each with its commit.
    private func allRefs() throws(OSTreeError) -> [String: Digest] {
        var table: OpaquePointer?
        try check("list the refs of", path) {
            unsafe ostree_repo_list_refs_ext(pointer, nil, &table, OSTREE_REPO_LIST_REFS_EXT_NONE, nil, $0) != 0
        }
        return unsafe Repository.refs(in: table)
    }
}
