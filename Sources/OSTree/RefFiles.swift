public import Digests
private import FoundationEssentials
private import Glibc

/// What libostree leaves open about refs as files.
extension Repository {
    /// Has refs on the disk under their names, or what was removed off it, where the repository is durable: libostree syncs the
    /// bytes of a ref, and not the folders that name it.
    public func sync(refs names: [String]) throws(OSTreeError) {
        guard isDurable else { return }
        var folders: [String] = []
        for name in names {
            var path = "refs/heads/\(name)"[...]
            while path != "refs/heads", let slash = path.lastIndex(of: "/") {
                path = path[..<slash]
                if !folders.contains(String(path)) { folders.append(String(path)) }
            }
        }
        for name in folders {
            let descriptor = unsafe openat(folder, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            if descriptor < 0, errno == ENOENT { continue }
            guard descriptor >= 0 else {
                throw OSTreeError(operation: "sync", subject: "\(path)/\(name)", call: "openat")
            }
            defer { close(descriptor) }
            guard fsync(descriptor) == 0 else {
                throw OSTreeError(operation: "sync", subject: "\(path)/\(name)", call: "fsync")
            }
        }
    }

    /// Points a ref at a commit, and has it on the disk. Where that fails the ref shows what it showed before.
    public func show(_ commit: Digest, as ref: String) throws(OSTreeError) {
        let before = try resolve(ref: ref)
        do {
            try set(ref: ref, to: commit)
            try sync(refs: [ref])
        } catch {
            if let before { try? set(ref: ref, to: before) } else { try? remove(ref: ref) }
            throw error
        }
    }

    /// Removes refs that are half written, of processes that were killed; to be called while the publishing lock is held.
    /// libostree gives a new ref the name `tmp.XXXXXX` for a moment, which anybody then takes for a ref. Those of the last
    /// minute may be others' that live: ostree itself does not know our lock.
    ///
    /// - Parameter prefixes: folders in which nobody else chooses names.
    public func removeUnfinishedRefs(below prefixes: [String]) {
        for prefix in prefixes {
            let folder = "\(path)/refs/heads/\(prefix)"
            for name in (try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? [] {
                let file = name.split(separator: "/").last ?? ""
                guard file.utf8.count == 10, file.hasPrefix("tmp.") else { continue }
                let path = "\(folder)/\(name)"
                guard let attributes = try? FileManager.default.attributesOfItem(atPath: path),
                    attributes[.type] as? FileAttributeType == .typeRegular,
                    let changed = attributes[.modificationDate] as? Date, changed.timeIntervalSinceNow < -60
                else { continue }
                try? FileManager.default.removeItem(atPath: path)
            }
        }
    }
}
