internal import COSTree
private import CLinux
private import FoundationEssentials
private import Glibc

/// Files of ours in the repository's folder `extensions/layerlab`, which ostree leaves to others.
extension Repository {
    private static let extensionFolder = "extensions/layerlab"

    /// Writes a file as a whole: under another name first, synced where the repository is durable, then renamed.
    ///
    /// - Parameters:
    ///   - name: the file's, without a slash.
    ///   - next: gives the file's bytes, piece by piece, and no bytes at their end. What it throws is passed on.
    public func writeExtensionFile(_ name: String, pieces next: () throws -> ArraySlice<UInt8>) throws {
        let target = "\(Repository.extensionFolder)/\(name)"
        let temporary = "\(Repository.extensionFolder)/.\(name).\(getpid())"
        for directory in ["extensions", Repository.extensionFolder] where unsafe mkdirat(folder, directory, 0o755) != 0
        {
            guard errno == EEXIST else { throw failure("make the directory", directory) }
        }
        let descriptor = unsafe openat(folder, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { throw failure("write", target) }
        defer { close(descriptor) }
        do {
            while case let piece = try next(), !piece.isEmpty {
                guard unsafe piece.withUnsafeBytes({ unsafe DirectStage.write($0, to: descriptor) }) else {
                    throw failure("write", target)
                }
            }
            guard !isDurable || fsync(descriptor) == 0, unsafe renameat(folder, temporary, folder, target) == 0 else {
                throw failure("write", target)
            }
        } catch {
            unsafe unlinkat(folder, temporary, 0)
            throw error
        }
        if isDurable { try syncExtensionFolder() }
    }

    /// A file, or nil where there is none of that name; an error where it is longer than `limit` bytes.
    public func extensionFile(_ name: String, limit: Int) throws(OSTreeError) -> StoredFile? {
        let path = "\(Repository.extensionFolder)/\(name)"
        let descriptor = unsafe openat(folder, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw failure("read", path)
        }
        let file = try StoredFile(adopting: descriptor, path: "\(self.path)/\(path)")
        guard file.byteCount <= limit else {
            throw OSTreeError(
                operation: "read", subject: "\(self.path)/\(path)", reason: "it is longer than \(limit) bytes")
        }
        return file
    }

    /// The names of all files, those too that are being written.
    public func extensionFileNames() -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: "\(path)/\(Repository.extensionFolder)")) ?? []
    }

    /// Removes what processes have left that were killed while they wrote; to be called while the publishing lock is held, since
    /// nobody writes without it.
    public func removeUnfinishedExtensionFiles() throws(OSTreeError) {
        for name in extensionFileNames() where name.hasPrefix(".") { try removeExtensionFile(name) }
    }

    /// Whether a file was last changed more than a day ago, after which ostree clears temporaries away.
    public func isOld(extensionFile name: String) -> Bool {
        var information = stat()
        let path = "\(Repository.extensionFolder)/\(name)"
        guard unsafe fstatat(folder, path, &information, AT_SYMLINK_NOFOLLOW) == 0 else { return false }
        return information.st_mtim.tv_sec < time(nil) - 86_400
    }

    /// Removes a file; nothing happens where there is none.
    public func removeExtensionFile(_ name: String) throws(OSTreeError) {
        let path = "\(Repository.extensionFolder)/\(name)"
        guard unsafe unlinkat(folder, path, 0) == 0 || errno == ENOENT else { throw failure("remove", path) }
    }

    private func syncExtensionFolder() throws(OSTreeError) {
        let descriptor = unsafe openat(folder, Repository.extensionFolder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("sync", Repository.extensionFolder) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("sync", Repository.extensionFolder) }
    }

    private func failure(_ operation: String, _ path: String) -> OSTreeError {
        OSTreeError(
            operation: operation, subject: "\(self.path)/\(path)", reason: unsafe String(cString: strerror(errno)))
    }
}
