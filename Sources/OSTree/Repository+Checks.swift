internal import COSTree
public import Digests

extension Repository {
    /// Takes away the mark that not all objects of a commit are there, which a pull or `ostree fsck --delete` may have left:
    /// they are there again. Nothing happens where there is none.
    public func markWhole(_ commit: Digest) throws(OSTreeError) {
        try check("mark as whole the commit", commit.hex) {
            unsafe ostree_repo_mark_commit_partial(pointer, commit.hex, 0, $0) != 0
        }
    }

    /// Compares a commit object with its checksum. libostree loads a commit unread, and so it may be another one than was
    /// asked for: all that it says would be believed, the diff ID too.
    ///
    /// A loose object is read piece by piece, since a commit may hold a recipe of megabytes.
    public func requireSound(commit: Digest) throws(OSTreeError) {
        let descriptor = loose.open(.commit, commit)
        guard descriptor >= 0 else { return try verify(.commit, commit) }
        let file = try StoredFile(adopting: descriptor, path: "commit \(commit.hex)")
        var (hash, offset) = (SHA256Stream(), 0)
        var buffer = [UInt8](repeating: 0, count: min(max(file.byteCount, 1), 128 << 10))
        while case let count = try file.read(into: &buffer, from: offset), count > 0 {
            hash.update(buffer.prefix(count))
            offset += count
        }
        guard hash.digest == commit else {
            throw OSTreeError(
                operation: "trust the commit", subject: commit.hex,
                reason: "its bytes have the checksum \(hash.digest.hex), so they have changed or are another commit's")
        }
    }
}
