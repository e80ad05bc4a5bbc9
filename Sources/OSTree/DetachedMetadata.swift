internal import COSTree
public import Digests
private import Glibc

/// Detached metadata of commits, `a{sv}` in a file `.commitmeta` beside the commit's: signatures, and whatever others keep
/// there. They are no part of the commit, and no checksum covers them.
extension Repository {
    /// The bytes under a key of type `ay`; nil where there is no such key, or no such file.
    public func detachedBytes(_ key: String, of commit: Digest) throws(OSTreeError) -> [UInt8]? {
        try detachedMetadata(of: commit)?.lookup(key, type: "ay")?.bytes
    }

    /// The bytes under a key of type `ay` where they lie in the file; nil where they are few, or the file is none of the
    /// repository's own objects. In an open transaction too: what it has staged goes before the file that there is.
    public func detachedFile(_ key: String, of commit: Digest) throws(OSTreeError) -> StoredFile? {
        guard !hasOpenTransaction else { return nil }
        let descriptor = loose.open(.detachedMetadata, commit)
        guard descriptor >= 0 else { return nil }
        // The place is looked up in this very file, which another one may replace at any time.
        let all = Variant(mapping: descriptor, type: "a{sv}")
        guard let all, all.serialisedByteCount >= Commit.longByteCount, let value = all.lookup(key, type: "ay"),
            let part = all.place(of: value)
        else {
            close(descriptor)
            return nil
        }
        return try StoredFile(adopting: descriptor, path: "detached metadata of \(commit.hex)", part: part)
    }

    /// Bytes of the file that a commit's detached metadata take, and whether they have no other key than this.
    public func detachedByteCount(of commit: Digest, besides key: String) throws(OSTreeError) -> (Int, isAlone: Bool) {
        guard let all = try detachedMetadata(of: commit) else { return (0, true) }
        return (all.serialisedByteCount, all.children.allSatisfy { $0.isEntry(of: key) })
    }

    /// Sets a key to bytes, `ay`, or removes it; other keys stay. In an open transaction the file is staged, and takes its
    /// place with the commit. One that has no key left is removed.
    public func setDetached(_ key: String, to bytes: [UInt8]?, of commit: Digest) throws(OSTreeError) {
        let present = try detachedMetadata(of: commit)
        guard bytes != nil || present?.lookup(key, type: "ay") != nil else { return }
        var entries = present.map { $0.children.filter { !$0.isEntry(of: key) } } ?? []
        if let bytes {
            entries += Array(Variant(dictionary: [(key, Variant(bytes: bytes[...]))]).children)
        }
        guard !entries.isEmpty else { return try removeDetachedMetadata(of: commit) }
        let all = Variant(array: entries, of: "{sv}")
        defer { extendLifetime(all) }
        try check("write the detached metadata of", commit.hex) {
            unsafe ostree_repo_write_commit_detached_metadata(pointer, commit.hex, all.pointer, nil, $0) != 0
        }
    }

    /// All of a commit's detached metadata; nil where there is no such file.
    private func detachedMetadata(of commit: Digest) throws(OSTreeError) -> Variant? {
        var variant: OpaquePointer?
        try check("load the detached metadata of", commit.hex) {
            unsafe ostree_repo_read_commit_detached_metadata(pointer, commit.hex, &variant, nil, $0) != 0
        }
        return unsafe variant.map { Variant(distrusting: unsafe Variant(adopting: $0)) }
    }

    private func removeDetachedMetadata(of commit: Digest) throws(OSTreeError) {
        let result = unsafe LoosePath(kind: .detachedMetadata, object: commit).with { path in
            unsafe unlinkat(loose.folder, path, 0)
        }
        guard result == 0 || errno == ENOENT else {
            throw OSTreeError(
                operation: "remove the detached metadata of", subject: commit.hex,
                reason: unsafe String(cString: strerror(errno)))
        }
    }
}

extension Variant {
    /// Whether this is an entry `{sv}` of such a key.
    fileprivate func isEntry(of key: String) -> Bool { child(0).text.elementsEqual(key.utf8) }
}
