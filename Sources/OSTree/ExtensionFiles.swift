internal import COSTree
private import Glibc

/// Files of ours in the repository's folder `extensions/layerlab`, which ostree leaves to others.
extension Repository {
    private static let extensionFolder = "extensions/layerlab"

    /// Writes a file as a whole: under another name first, synced where the repository is durable, then renamed.
    public func writeExtensionFile(_ name: String, _ bytes: [UInt8]) throws(OSTreeError) {
        let target = "\(Repository.extensionFolder)/\(name)"
        let temporary = "\(Repository.extensionFolder)/.\(name).\(getpid())"
        for directory in ["extensions", Repository.extensionFolder] where unsafe mkdirat(folder, directory, 0o755) != 0
        {
            guard errno == EEXIST else { throw failure("make the directory", directory) }
        }
        let descriptor = unsafe openat(folder, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { throw failure("write", target) }
        defer { close(descriptor) }
        let written = write(bytes, to: descriptor) && (!isDurable || fsync(descriptor) == 0)
        guard written, unsafe renameat(folder, temporary, folder, target) == 0 else {
            let error = failure("write", target)
            unsafe unlinkat(folder, temporary, 0)
            throw error
        }
        if isDurable { try syncExtensionFolder() }
    }

    /// The bytes of a file, or nil where there is none of that name; an error where it is longer than `limit` bytes.
    public func readExtensionFile(_ name: String, limit: Int) throws(OSTreeError) -> [UInt8]? {
        let path = "\(Repository.extensionFolder)/\(name)"
        let descriptor = unsafe openat(folder, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw failure("read", path)
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count == 0 { return bytes }
            guard count > 0 || errno == EINTR else { throw failure("read", path) }
            bytes += chunk.prefix(max(count, 0))
            guard bytes.count <= limit else {
                throw OSTreeError(
                    operation: "read", subject: "\(self.path)/\(path)", reason: "it is longer than \(limit) bytes")
            }
        }
    }

    /// Removes a file; nothing happens where there is none.
    public func removeExtensionFile(_ name: String) throws(OSTreeError) {
        let path = "\(Repository.extensionFolder)/\(name)"
        guard unsafe unlinkat(folder, path, 0) == 0 || errno == ENOENT else { throw failure("remove", path) }
    }

    private func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        unsafe bytes.withUnsafeBytes { buffer in
            var written = 0
            while written < bytes.count {
                let count = unsafe Glibc.write(descriptor, buffer.baseAddress! + written, bytes.count - written)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                written += count
            }
            return true
        }
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
