internal import COSTree
public import Digests

/// What a content object is, without its bytes.
public struct FileObject: Hashable, Sendable {
    public enum Content: Hashable, Sendable {
        case regular(byteCount: UInt64)
        case symbolicLink(target: [UInt8])
    }

    public var content: Content
    public var attributes: FileAttributes
}

extension Repository {
    /// Loads what a content object says of itself.
    public func fileObject(_ object: Digest) throws(OSTreeError) -> FileObject {
        var (information, attributes): (OpaquePointer?, OpaquePointer?) = (nil, nil)
        try check("load the object", object.hex) {
            unsafe ostree_repo_load_file(pointer, object.hex, nil, &information, &attributes, nil, $0) != 0
        }
        let file = unsafe GObjectHandle(adopting: information!)
        let extended = Variant(distrusting: unsafe Variant(adopting: attributes!))
        defer { extendLifetime(file) }
        let info = unsafe file.pointer
        let target = unsafe g_file_info_get_symlink_target(info).map { unsafe Array(String(cString: $0).utf8) }
        let byteCount = unsafe UInt64(g_file_info_get_size(info))
        return FileObject(
            content: target.map { .symbolicLink(target: $0) } ?? .regular(byteCount: byteCount),
            attributes: FileAttributes(
                mode: unsafe layerlab_file_info_get_unix(info, "unix::mode") & 0o7777,
                userID: unsafe layerlab_file_info_get_unix(info, "unix::uid"),
                groupID: unsafe layerlab_file_info_get_unix(info, "unix::gid"),
                extendedAttributes: extended.extendedAttributes))
    }
}
