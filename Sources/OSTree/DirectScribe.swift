internal import CDeflate
internal import Digests
internal import Glibc

/// Writes one thread's objects into a direct stage.
@safe final class DirectScribe: ObjectScribe {
    let stage: DirectStage
    private var form: ObjectForm
    private let deflater: Deflater?

    init(of stage: DirectStage) throws(OSTreeError) {
        self.stage = stage
        form = ObjectForm(mode: stage.mode)
        deflater = stage.mode == .archive ? try Deflater(level: stage.compressionLevel) : nil
    }

    // MARK: Files

    func writeFile(_ content: ContentBytes, _ attributes: FileAttributes) throws(OSTreeError) -> Digest {
        form.take(attributes)
        var hash = SHA256Stream()
        hash.update(form.header[...])
        content.forEach { hash.update($0) }
        let object = hash.digest
        let path = LoosePath(kind: stage.mode.contentKind, object: object)
        guard !stage.holds(path) else { return object }
        if form.attributes.extendedAttributes.isEmpty {
            let file = try create(at: path)
            guard file >= 0 else { return object }
            defer { close(file) }
            try fill(file, content)
            try FileFinish(form, in: stage).apply(to: file)
        } else {
            // The file system may refuse the attributes: nobody must find the object before.
            let temporary = TemporaryFile(in: stage)
            let file = try temporary.open(form.permissions)
            try fill(file, content)
            try FileFinish(form, in: stage).apply(to: file)
            try temporary.keep(as: path)
        }
        return object
    }

    func beginFile(_ attributes: FileAttributes, byteCount: UInt64) throws(OSTreeError) -> any ObjectStream {
        form.take(attributes)
        return try DirectStream(form, byteCount: byteCount, in: stage)
    }

    /// Makes an object's file; -1 where it is there, by another thread or from the same layer.
    private func create(at path: LoosePath) throws(OSTreeError) -> Int32 {
        let permissions = stage.creationPermissions(form.permissions)
        for isLast in [false, true] {
            let file = unsafe path.with {
                unsafe openat(stage.folder, $0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, permissions)
            }
            if file >= 0 { return file }
            if errno == EEXIST { return -1 }
            if errno == ENOENT, !isLast, stage.makeFolder(of: path) { continue }
            break
        }
        throw stage.failure(call: "openat")
    }

    private func fill(_ file: Int32, _ content: ContentBytes) throws(OSTreeError) {
        guard let deflater else {
            for piece in [content.first] + content.others { try stage.write(piece, to: file) }
            return
        }
        let header = SerialisedVariant.archiveHeader(
            form.attributes, type: FileAttributes.regularFileType, byteCount: UInt64(content.byteCount))
        try deflater.write(header, content, to: file, in: stage)
    }

    // MARK: Symbolic links

    func writeSymbolicLink(to target: [UInt8], _ attributes: FileAttributes) throws(OSTreeError) -> Digest {
        var kept = stage.mode.canonical(attributes)
        kept.mode = 0o777
        let type = FileAttributes.symbolicLinkType
        var hash = SHA256Stream()
        hash.update(SerialisedVariant.fileHeader(kept, type: type, target: target)[...])
        let object = hash.digest
        let path = LoosePath(kind: stage.mode.contentKind, object: object)
        guard !stage.holds(path) else { return object }
        let temporary = TemporaryFile(in: stage)
        switch stage.mode {
        case .bare, .bareUserOnly:
            try temporary.link(to: target, kept)
        case .bareUser:
            let file = try temporary.open(0o644)
            try stage.write(target[...], to: file)
            let finish = FileFinish(
                permissions: 0o644, attributes: kept, userMetadata: SerialisedVariant.attributes(kept, type: type),
                in: stage)
            try finish.apply(to: file)
        case .archive:
            let file = try temporary.open(0o644)
            let header = SerialisedVariant.archiveHeader(kept, type: type, target: target, byteCount: 0)
            try stage.write(header[...], to: file)
            try FileFinish(permissions: 0o644, attributes: kept, userMetadata: [], in: stage).apply(to: file)
        }
        try temporary.keep(as: path)
        return object
    }

    // MARK: Directories

    func write(_ metadata: MetadataObject) throws(OSTreeError) {
        let kind: LoosePath.Kind = metadata.kind == .directoryTree ? .directoryTree : .directoryMetadata
        let path = LoosePath(kind: kind, object: metadata.object)
        guard !stage.holds(path) else { return }
        let file = metadata.kind == .directoryTree ? try createTree(metadata) : try createMetadata(at: path)
        guard file >= 0 else { return }
        defer { close(file) }
        try stage.write(metadata.bytes[...], to: file)
        if 0o644 & ~stage.grantedPermissions != 0, fchmod(file, 0o644) != 0 { throw stage.failure(call: "fchmod") }
        try stage.settle(file)
    }

    /// Makes the file of a directory's contents; -1 where it is there.
    private func createTree(_ tree: MetadataObject) throws(OSTreeError) -> Int32 {
        let file = unsafe openat(
            stage.trees.descriptor, DirectStage.treeName(tree.object),
            O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, stage.creationPermissions(0o644))
        if file >= 0 {
            stage.add(tree)
        } else if errno != EEXIST {
            throw stage.failure(call: "openat")
        }
        return file
    }

    private func createMetadata(at path: LoosePath) throws(OSTreeError) -> Int32 {
        form.take(FileAttributes(mode: 0o644))
        return try create(at: path)
    }
}

extension DirectStage {
    /// Writes all the bytes.
    func write(_ bytes: ArraySlice<UInt8>, to file: Int32) throws(OSTreeError) {
        try claim(bytes.count)
        let failed = unsafe bytes.withUnsafeBytes { unsafe !DirectStage.write($0, to: file) }
        if failed { throw failure(call: "write") }
    }

    static func write(_ bytes: UnsafeRawBufferPointer, to file: Int32) -> Bool {
        var rest = unsafe bytes
        while unsafe !rest.isEmpty {
            let count = unsafe Glibc.write(file, rest.baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                if count == 0 { errno = EIO }
                return false
            }
            unsafe rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
        return true
    }
}
