internal import COSTree
public import Digests
private import Synchronization

/// What a content object is, without its bytes.
public struct FileObject: Hashable, Sendable {
    public enum Content: Hashable, Sendable {
        case regular(byteCount: UInt64)
        case symbolicLink(target: [UInt8])
    }

    public var content: Content
    public var attributes: FileAttributes

    /// The bits of a mode that say what it is, and those of a symbolic link.
    static let (typeMask, linkType): (UInt32, UInt32) = (0o170000, 0o120000)
}

extension Repository {
    /// Loads what a content object says of itself.
    public func fileObject(_ object: Digest) throws(OSTreeError) -> FileObject {
        if let file = status?.file(object) { return file }
        return try fileObjectOfLibrary(object)
    }

    /// Loads what many content objects say of themselves, by several threads; each object once, however often it is named. The
    /// results are in the objects' order.
    public func fileObjects(_ objects: [Digest]) throws(OSTreeError) -> [FileObject] {
        var (numbers, distinct): ([Digest: Int], [Digest]) = ([:], [])
        numbers.reserveCapacity(objects.count)
        let places = objects.map { object in
            if let number = numbers[object] { return number }
            numbers[object] = distinct.count
            distinct.append(object)
            return distinct.count - 1
        }
        let loaded = try loadAll(distinct)
        return places.map { loaded[$0] }
    }

    private func loadAll(_ objects: [Digest]) throws(OSTreeError) -> [FileObject] {
        // Fewer than this are read before a thread has begun.
        let part = 256
        let next = Mutex(0)
        let parts = Mutex<[Int: Result<[FileObject], OSTreeError>]>([:])
        let work: @Sendable () -> Void = {
            while true {
                let start = next.withLock { place in
                    defer { place += part }
                    return place
                }
                guard start < objects.count else { return }
                var loaded: [FileObject] = []
                loaded.reserveCapacity(part)
                do throws(OSTreeError) {
                    for object in objects[start..<min(start + part, objects.count)] {
                        loaded.append(try self.fileObject(object))
                    }
                    parts.withLock { $0[start] = .success(loaded) }
                } catch {
                    parts.withLock { $0[start] = .failure(error) }
                    return
                }
            }
        }
        let workers = WorkerThreads(min(Processors.count - 1, objects.count / (2 * part)), work)
        work()
        workers.join()
        var result: [FileObject] = []
        result.reserveCapacity(objects.count)
        for start in stride(from: 0, to: objects.count, by: part) {
            guard let loaded = parts.withLock({ $0[start] }) else { break }
            result += try loaded.get()
        }
        return result
    }

    /// What reads loose objects without libostree, unless the repository is set up in a way that only libostree knows.
    private var status: ObjectStatus? { isUsual ? ObjectStatus(loose: loose, mode: mode) : nil }

    /// The same by libostree, which finds objects everywhere and knows what is wrong with those that are damaged.
    func fileObjectOfLibrary(_ object: Digest) throws(OSTreeError) -> FileObject {
        var (information, attributes): (OpaquePointer?, OpaquePointer?) = (nil, nil)
        try check("load the object", object.hex) {
            unsafe ostree_repo_load_file(pointer, object.hex, nil, &information, &attributes, nil, $0) != 0
        }
        let file = unsafe GObjectHandle(adopting: information!)
        let extended = Variant(distrusting: unsafe Variant(adopting: attributes!))
        defer { extendLifetime(file) }
        let info = unsafe file.pointer
        let target = unsafe g_file_info_get_symlink_target(info).map { unsafe Array(String(cString: $0).utf8) }
        let mode = unsafe layerlab_file_info_get_unix(info, "unix::mode")
        // A target that is damaged may be nothing at all: that is no file.
        guard mode & FileObject.typeMask != FileObject.linkType || target?.isEmpty == false else {
            throw OSTreeError(operation: "load the object", subject: object.hex, reason: "the link has no target")
        }
        let byteCount = unsafe UInt64(g_file_info_get_size(info))
        return FileObject(
            content: target.map { .symbolicLink(target: $0) } ?? .regular(byteCount: byteCount),
            attributes: FileAttributes(
                mode: mode & 0o7777,
                userID: unsafe layerlab_file_info_get_unix(info, "unix::uid"),
                groupID: unsafe layerlab_file_info_get_unix(info, "unix::gid"),
                extendedAttributes: extended.extendedAttributes))
    }
}
