internal import COSTree
internal import Digests
internal import Glibc

/// Objects of one transaction through libostree, which stages them, syncs them and renames them when the transaction is
/// committed. Checksums are ours, since `ostree_repo_write_content_trusted` takes them as they are given: libostree's own
/// SHA-256 does not use the processor's instructions.
final class PortableStage: ObjectStage {
    let repository: Repository

    init(in repository: Repository) { self.repository = repository }

    func scribe() throws(OSTreeError) -> any ObjectScribe { PortableScribe(in: repository) }

    // All of it is libostree's business, when the transaction ends.
    func sync() {}
    func publish() {}
    func close() {}
}

@safe private final class PortableScribe: ObjectScribe {
    private let repository: Repository
    private var form: ObjectForm

    init(in repository: Repository) {
        self.repository = repository
        form = ObjectForm(mode: repository.mode)
    }

    func writeFile(_ content: ContentBytes, _ attributes: FileAttributes) throws(OSTreeError) -> Digest {
        form.take(attributes)
        var hash = SHA256Stream()
        hash.update(form.header[...])
        content.forEach { hash.update($0) }
        let object = hash.digest
        guard try !repository.has(.file, object) else { return object }
        if repository.mode == .bare { try AttributedFile.probe(form.attributes, in: repository) }
        let bytes = content.others.isEmpty ? content.first : (content.first + content.others.joined())[...]
        let data = unsafe bytes.withUnsafeBytes { unsafe g_bytes_new($0.baseAddress, gsize($0.count)) }
        let input = unsafe GObjectHandle(adopting: OpaquePointer(g_memory_input_stream_new_from_bytes(data)))
        unsafe g_bytes_unref(data)
        try repository.writeTrusted(object, input, byteCount: UInt64(bytes.count), form.attributes)
        return object
    }

    func writeSymbolicLink(to target: [UInt8], _ attributes: FileAttributes) throws(OSTreeError) -> Digest {
        if repository.mode == .bare {
            try AttributedFile.probe(repository.mode.canonical(attributes), linkTo: target, in: repository)
        }
        return try repository.writeSymbolicLink(to: target, attributes)
    }

    func write(_ metadata: MetadataObject) throws(OSTreeError) { try repository.write(metadata) }

    func beginFile(_ attributes: FileAttributes, byteCount: UInt64) throws(OSTreeError) -> any ObjectStream {
        form.take(attributes)
        return try PortableStream(form, in: repository)
    }
}

/// A long file on its way: libostree wants the checksum first, so the bytes wait in a file without a name.
private final class PortableStream: ObjectStream {
    private let repository: Repository
    private let form: ObjectForm
    private let file: Int32
    private var hash = SHA256Stream()

    init(_ form: ObjectForm, in repository: Repository) throws(OSTreeError) {
        self.repository = repository
        self.form = form
        var template = Array("\(repository.path)/tmp/layerlab-XXXXXX".utf8CString)
        file = unsafe template.withUnsafeMutableBufferPointer { unsafe mkstemp($0.baseAddress!) }
        guard file >= 0 else {
            throw OSTreeError(operation: "write a file to", subject: repository.path, call: "mkstemp")
        }
        _ = fcntl(file, F_SETFD, FD_CLOEXEC)
        unsafe unlink(template)
        hash.update(form.header[...])
    }

    deinit { close(file) }

    func append(_ bytes: ArraySlice<UInt8>) throws(OSTreeError) {
        hash.update(bytes)
        guard unsafe bytes.withUnsafeBytes({ unsafe DirectStage.write($0, to: file) }) else {
            throw OSTreeError(operation: "write a file to", subject: repository.path, call: "write")
        }
    }

    func finish() throws(OSTreeError) -> Digest {
        let object = hash.digest
        guard try !repository.has(.file, object) else { return object }
        guard lseek(file, 0, SEEK_SET) == 0 else {
            throw OSTreeError(operation: "write a file to", subject: repository.path, call: "lseek")
        }
        let input = unsafe GObjectHandle(adopting: OpaquePointer(g_unix_input_stream_new(file, 0)))
        let byteCount = hash.byteCount - UInt64(form.header.count)
        if repository.mode == .bare { try AttributedFile.probe(form.attributes, in: repository) }
        try repository.writeTrusted(object, input, byteCount: byteCount, form.attributes)
        return object
    }
}

extension Repository {
    /// What libostree takes as a regular file: its attributes and its bytes, in one stream.
    func contentStream(
        _ input: GObjectHandle, byteCount: UInt64, _ attributes: FileAttributes
    ) throws(OSTreeError) -> (stream: GObjectHandle, length: UInt64) {
        let extended = Variant(extendedAttributes: attributes.extendedAttributes)
        let information = unsafe GObjectHandle(adopting: g_file_info_new())
        defer { extendLifetime((extended, information, input)) }
        unsafe g_file_info_set_file_type(information.pointer, G_FILE_TYPE_REGULAR)
        unsafe g_file_info_set_size(information.pointer, goffset(byteCount))
        unsafe layerlab_file_info_set_unix(
            information.pointer, attributes.userID, attributes.groupID, FileAttributes.regularFileType | attributes.mode
        )
        var object: UnsafeMutablePointer<GInputStream>?
        var length: guint64 = 0
        try check("write a file to", path) {
            unsafe ostree_raw_file_to_content_stream(
                UnsafeMutablePointer(input.pointer), information.pointer, extended.pointer, &object, &length, nil, $0)
                != 0
        }
        return (unsafe GObjectHandle(adopting: OpaquePointer(object!)), UInt64(length))
    }

    /// Writes a regular file whose checksum is known.
    fileprivate func writeTrusted(
        _ object: Digest, _ input: GObjectHandle, byteCount: UInt64, _ attributes: FileAttributes
    ) throws(OSTreeError) {
        let (content, length) = try contentStream(input, byteCount: byteCount, attributes)
        defer { extendLifetime(content) }
        try check("write a file to", path) {
            unsafe ostree_repo_write_content_trusted(
                pointer, object.hex, UnsafeMutablePointer(content.pointer), guint64(length), nil, $0) != 0
        }
    }

    /// Writes a symbolic link. The target is UTF-8 without NUL.
    func writeSymbolicLink(to target: [UInt8], _ attributes: FileAttributes) throws(OSTreeError) -> Digest {
        let attributes = mode.canonical(attributes)
        let extended = Variant(extendedAttributes: attributes.extendedAttributes)
        defer { extendLifetime(extended) }
        let text = String(decoding: target, as: UTF8.self)
        let checksum: UnsafeMutablePointer<CChar> = try require("write a symbolic link to", text) {
            unsafe ostree_repo_write_symlink(
                pointer, nil, attributes.userID, attributes.groupID, extended.pointer, text, nil, $0)
        }
        defer { unsafe g_free(checksum) }
        return unsafe Digest(hex: String(cString: checksum))!
    }

    /// Writes a directory's contents or attributes.
    func write(_ metadata: MetadataObject) throws(OSTreeError) {
        guard try !has(metadata.kind, metadata.object) else { return }
        let type: StaticString = metadata.kind == .directoryTree ? "(a(say)a(sayay))" : "(uuua(ayay))"
        let written = try write(metadata.kind, Variant(serialised: metadata.bytes, type: type))
        guard written == metadata.object else {
            throw OSTreeError(
                operation: "write a directory to", subject: path,
                reason: "libostree calls it \(written.hex) instead of \(metadata.object.hex)")
        }
    }

    /// Writes a metadata object.
    func write(_ kind: ObjectKind, _ variant: Variant) throws(OSTreeError) -> Digest {
        defer { extendLifetime(variant) }
        var checksum: UnsafeMutablePointer<guchar>?
        try check("write a directory to", path) {
            unsafe ostree_repo_write_metadata(pointer, kind.native, nil, variant.pointer, &checksum, nil, $0) != 0
        }
        defer { unsafe g_free(checksum!) }
        return unsafe Digest(UnsafeBufferPointer(start: checksum!, count: Digest.byteCount))!
    }
}
