internal import COSTree
private import Glibc
public import Digests

/// Writes objects that become visible together, or not at all, and then refs. One that is dropped unfinished is aborted.
///
/// libostree stages the objects. They are synced, renamed into place in an order in which none names what is not there
/// (`StagedObjects`), and then the refs are set; whether anything is synced is the repository's `core.fsync`. Staged objects can
/// already be read through the repository.
public final class Transaction {
    private let repository: Repository
    private var isOpen = false
    private var stages: [any ObjectStage] = []
    private let spare = SpareDescriptors()
    private var staged: StagedObjects?

    /// Opens the repository's transaction.
    public init(in repository: Repository) throws(OSTreeError) {
        self.repository = repository
        guard repository.beginTransaction() else {
            throw OSTreeError(
                operation: "begin a transaction in", subject: repository.path, reason: "another one is open")
        }
        let staging = StagingArea(of: repository)
        let others = staging.held()
        do {
            staged = try StagedObjects.begin(in: repository) { () throws(OSTreeError) in try prepare() }
        } catch {
            repository.endTransaction()
            throw error
        }
        staging.keepFresh(staging.held().subtracting(others))
        StagingFolder.removeLeftovers(of: repository)
        isOpen = true
    }

    deinit { abort() }

    /// libostree looks through the staging folders of others, which may go while it does, and gives up then: it looks again.
    private func prepare() throws(OSTreeError) {
        for _ in 0..<Transaction.attempts {
            do throws(OSTreeError) {
                return try prepareOnce()
            } catch {
                guard error.code == .notFound else { throw error }
            }
        }
        try prepareOnce()
    }

    private static let attempts = 100

    private func prepareOnce() throws(OSTreeError) {
        do throws(OSTreeError) {
            try check("begin a transaction in", repository.path) {
                unsafe ostree_repo_prepare_transaction(repository.pointer, nil, nil, $0) != 0
            }
        } catch {
            // It takes the transaction for begun.
            unsafe ostree_repo_abort_transaction(repository.pointer, nil, nil)
            throw error
        }
    }

    /// A stage for the objects that this transaction's commits will hold. Where the repository's settings ask for more than
    /// plain files, libostree writes them in any case.
    public func stage(by route: ObjectRoute) throws(OSTreeError) -> any ObjectStage {
        let isDirect = route == .direct && DirectStage.isEnough(for: repository)
        let stage: any ObjectStage = isDirect ? try DirectStage(in: repository) : PortableStage(in: repository)
        stages.append(stage)
        return stage
    }

    // MARK: Content

    /// Writes a regular file from memory.
    public func writeFile(_ bytes: ArraySlice<UInt8>, _ attributes: FileAttributes) throws(OSTreeError) -> Digest {
        let attributes = repository.mode.canonical(attributes)
        let extended = Variant(extendedAttributes: attributes.extendedAttributes)
        defer { extendLifetime(extended) }
        let (repo, mode) = unsafe (repository.pointer, FileAttributes.regularFileType | attributes.mode)
        let checksum: UnsafeMutablePointer<CChar> = try require("write a file to", repository.path) { slot in
            unsafe bytes.withUnsafeBufferPointer { content in
                unsafe ostree_repo_write_regfile_inline(
                    repo, nil, attributes.userID, attributes.groupID, mode, extended.pointer, content.baseAddress,
                    gsize(content.count), nil, slot)
            }
        }
        return unsafe take(checksum)
    }

    /// Writes a regular file of `byteCount` bytes, read from a descriptor that stands at their beginning.
    public func writeFile(
        from descriptor: Int32, byteCount: UInt64, _ attributes: FileAttributes
    ) throws(OSTreeError) -> Digest {
        let input = unsafe GObjectHandle(adopting: OpaquePointer(g_unix_input_stream_new(descriptor, 0)))
        let (content, length) = try repository.contentStream(
            input, byteCount: byteCount, repository.mode.canonical(attributes))
        defer { extendLifetime(content) }
        var checksum: UnsafeMutablePointer<guchar>?
        try check("write a file to", repository.path) {
            unsafe ostree_repo_write_content(
                repository.pointer, nil, UnsafeMutablePointer(content.pointer), guint64(length), &checksum, nil, $0)
                != 0
        }
        return unsafe take(checksum!)
    }

    /// Writes a regular file of bytes that come piece by piece. Where they are more than one piece, they wait on the disk for
    /// the last one, in a file without a name.
    ///
    /// - Parameters:
    ///   - byteCount: how many bytes come in all.
    ///   - attributes: owner, permissions and extended attributes.
    ///   - next: gives the bytes, and none at their end. What it throws is passed on.
    public func writeFile(
        byteCount: Int, _ attributes: FileAttributes, pieces next: () throws -> ArraySlice<UInt8>
    ) throws -> Digest {
        var piece = try next()
        if piece.count == byteCount { return try writeFile(piece, attributes) }
        var template = Array("\(repository.path)/tmp/layerlab-file-XXXXXX".utf8CString)
        let file = unsafe template.withUnsafeMutableBufferPointer { path in
            let file = unsafe mkstemp(path.baseAddress!)
            if file >= 0 {
                _ = fcntl(file, F_SETFD, FD_CLOEXEC)
                unsafe unlink(path.baseAddress!)
            }
            return file
        }
        guard file >= 0 else {
            throw OSTreeError(operation: "write a file to", subject: repository.path, call: "mkstemp")
        }
        defer { close(file) }
        while !piece.isEmpty {
            guard unsafe piece.withUnsafeBytes({ unsafe DirectStage.write($0, to: file) }) else {
                throw OSTreeError(operation: "write a file to", subject: repository.path, call: "write")
            }
            piece = try next()
        }
        guard lseek(file, 0, SEEK_SET) == 0 else {
            throw OSTreeError(operation: "write a file to", subject: repository.path, call: "lseek")
        }
        return try writeFile(from: file, byteCount: UInt64(byteCount), attributes)
    }

    /// Writes a content object again, a file or a symbolic link, with other extended attributes. Its bytes are streamed.
    public func write(
        copyOf object: Digest, extendedAttributes: [ExtendedAttribute]
    ) throws(OSTreeError) -> Digest {
        let kept = repository.mode.canonical(FileAttributes(mode: 0, extendedAttributes: extendedAttributes))
        let extended = Variant(extendedAttributes: kept.extendedAttributes)
        var source: UnsafeMutablePointer<GInputStream>?
        var information: OpaquePointer?
        try check("load the object", object.hex) {
            unsafe ostree_repo_load_file(repository.pointer, object.hex, &source, &information, nil, nil, $0) != 0
        }
        let file = unsafe GObjectHandle(adopting: information!)
        // A symbolic link has no bytes.
        let input = unsafe source.map { unsafe GObjectHandle(adopting: OpaquePointer($0)) }
        defer { extendLifetime((extended, file, input)) }

        var copy: UnsafeMutablePointer<GInputStream>?
        var length: guint64 = 0
        try check("write a copy of", object.hex) {
            unsafe ostree_raw_file_to_content_stream(
                source, file.pointer, extended.pointer, &copy, &length, nil, $0) != 0
        }
        let content = unsafe GObjectHandle(adopting: OpaquePointer(copy!))
        defer { extendLifetime(content) }
        var checksum: UnsafeMutablePointer<guchar>?
        try check("write a copy of", object.hex) {
            unsafe ostree_repo_write_content(
                repository.pointer, nil, UnsafeMutablePointer(content.pointer), length, &checksum, nil, $0) != 0
        }
        return unsafe take(checksum!)
    }

    /// Writes a symbolic link. The target is UTF-8 without NUL.
    public func writeSymbolicLink(to target: [UInt8], _ attributes: FileAttributes) throws(OSTreeError) -> Digest {
        try repository.writeSymbolicLink(to: target, attributes)
    }

    // MARK: Directories and commits

    public func writeDirectoryAttributes(_ attributes: FileAttributes) throws(OSTreeError) -> Digest {
        try repository.write(.directoryMetadata, Variant(directory: repository.mode.canonical(attributes)))
    }

    /// Writes a directory's contents; the lists need not be sorted.
    public func write(_ tree: DirectoryTree) throws(OSTreeError) -> Digest {
        try repository.write(.directoryTree, tree.variant)
    }

    /// Writes a directory's contents or attributes, serialised and hashed.
    public func write(_ metadata: MetadataObject) throws(OSTreeError) { try repository.write(metadata) }

    /// Writes a commit over a root that this transaction, or the repository, holds.
    public func write(_ draft: CommitDraft, root: DirectoryReference) throws(OSTreeError) -> Digest {
        let mutableTree = unsafe GObjectHandle(
            adopting: ostree_mutable_tree_new_from_checksum(repository.pointer, root.contents.hex, root.metadata.hex))
        var file: OpaquePointer?
        try check("write the root of", draft.subject) {
            unsafe ostree_repo_write_mtree(repository.pointer, mutableTree.pointer, &file, nil, $0) != 0
        }
        let rootFile = unsafe GObjectHandle(adopting: file!)
        let metadata = draft.metadataVariant
        defer { extendLifetime((mutableTree, rootFile, metadata)) }
        var checksum: UnsafeMutablePointer<CChar>?
        try check("write the commit of", draft.subject) {
            unsafe ostree_repo_write_commit_with_time(
                repository.pointer, nil, draft.subject, nil, metadata.pointer, rootFile.pointer,
                guint64(draft.timestamp),
                &checksum, nil, $0) != 0
        }
        return unsafe take(checksum!)
    }

    // MARK: Ending

    /// Points a ref at a commit when the transaction is committed. Refs are set one after the other: a crash may leave
    /// some of them.
    public func setRef(_ ref: String, to commit: Digest) throws(OSTreeError) {
        guard isOpen else {
            throw OSTreeError(operation: "set the ref", subject: ref, reason: "the transaction is over")
        }
        unsafe ostree_repo_transaction_set_ref(repository.pointer, nil, ref, commit.hex)
    }

    /// Makes everything visible: what others name comes before what names it.
    public func commit() throws(OSTreeError) {
        try staged?.publish(in: repository)
        try check("commit the transaction in", repository.path) {
            unsafe ostree_repo_commit_transaction(repository.pointer, nil, nil, $0) != 0
        }
        isOpen = false
        spare.release()
        closeStages()
        repository.endTransaction()
    }

    /// Throws away what was written. Nothing happens after `commit`.
    public func abort() {
        guard isOpen else { return }
        isOpen = false
        defer { repository.endTransaction() }
        spare.release()
        let staging = StagingArea(of: repository)
        let held = staging.held()
        unsafe ostree_repo_abort_transaction(repository.pointer, nil, nil)
        staging.removeReleased(of: held)
        closeStages()
    }

    private func closeStages() {
        for stage in stages { stage.close() }
        stages = []
    }

    private func take(_ checksum: UnsafeMutablePointer<CChar>) -> Digest {
        defer { unsafe g_free(checksum) }
        return unsafe Digest(hex: String(cString: checksum))!
    }

    private func take(_ checksum: UnsafeMutablePointer<guchar>) -> Digest {
        defer { unsafe g_free(checksum) }
        return unsafe Digest(UnsafeBufferPointer(start: checksum, count: Digest.byteCount))!
    }
}

/// Descriptors that are of no use but to be closed: where there are no others, a transaction that fails for want of them must
/// still find and clear what it has left.
private final class SpareDescriptors {
    private var descriptors = (0..<2).map { _ in unsafe open("/dev/null", O_RDONLY | O_CLOEXEC) }

    deinit { release() }

    func release() {
        for descriptor in descriptors where descriptor >= 0 { close(descriptor) }
        descriptors = []
    }
}
