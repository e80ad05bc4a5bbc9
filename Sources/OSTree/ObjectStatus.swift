private import COSTree
internal import Digests
private import Glibc

/// Reads what loose objects say of themselves, without libostree. Nil is for everything that is not a sound loose object of the
/// usual form: libostree finds it elsewhere, or says what is wrong with it.
struct ObjectStatus {
    let loose: LooseObjects
    let mode: RepositoryMode

    /// Bytes of a link's target, of an object's stored attributes or of a compressed object's header. What is longer is left to
    /// libostree.
    private static let room = 4096

    func file(_ object: Digest) -> FileObject? {
        switch mode {
        case .bareUser: bareUserFile(object)
        case .bare: bareFile(object)
        case .bareUserOnly: bareUserOnlyFile(object)
        case .archive: compressedFile(object)
        }
    }

    /// A plain file for a file and for a link, whose real attributes stand in an extended one.
    private func bareUserFile(_ object: Digest) -> FileObject? {
        let descriptor = loose.open(.file, object)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var information = stat()
        guard unsafe fstat(descriptor, &information) == 0, information.st_mode & S_IFMT == S_IFREG else { return nil }
        let attributes = unsafe withBuffer { buffer -> FileAttributes? in
            let count = unsafe fgetxattr(descriptor, "user.ostreemeta", buffer.baseAddress!, buffer.count)
            guard count > 0 else { return nil }
            return unsafe SerialForm(bytes: UnsafeRawBufferPointer(rebasing: buffer[..<count])).attributes
        }
        guard let attributes else { return nil }
        switch attributes.mode & S_IFMT {
        case S_IFREG: return regular(UInt64(information.st_size), attributes)
        case S_IFLNK:
            let target = unsafe withBuffer { buffer -> [UInt8]? in
                guard let count = unsafe readFully(descriptor, into: buffer), count > 0 else { return nil }
                // libostree writes the NUL at the target's end, too.
                return unsafe linkTarget(in: buffer, buffer[count - 1] == 0 ? count - 1 : count)
            }
            return target.flatMap { link(to: $0, attributes) }
        default: return nil
        }
    }

    private func bareFile(_ object: Digest) -> FileObject? {
        let descriptor = loose.open(.file, object)
        guard descriptor >= 0 else { return errno == ELOOP ? bareLink(object) : nil }
        defer { close(descriptor) }
        var information = stat()
        guard unsafe fstat(descriptor, &information) == 0, information.st_mode & S_IFMT == S_IFREG,
            let extended = extendedAttributes(of: descriptor)
        else { return nil }
        return regular(UInt64(information.st_size), attributes(information, extended))
    }

    private func bareLink(_ object: Digest) -> FileObject? {
        // No call reads a link's extended attributes by a descriptor. The few links that have some are left to libostree.
        let isPlain = unsafe withBuffer { buffer in
            let folder = Array("/proc/self/fd/\(loose.folder)/".utf8)
            unsafe buffer.copyBytes(from: folder)
            unsafe LoosePath(kind: .file, object: object).write(
                into: UnsafeMutableRawBufferPointer(rebasing: buffer[folder.count...]))
            return unsafe llistxattr(buffer.baseAddress!.assumingMemoryBound(to: CChar.self), nil, 0) == 0
        }
        return isPlain ? bareUserOnlyFile(object, isOwned: true) : nil
    }

    /// A file or a link as the file system has it. libostree says that its owner is root, unless it is to be believed.
    private func bareUserOnlyFile(_ object: Digest, isOwned: Bool = false) -> FileObject? {
        var information = stat()
        let isThere = unsafe LoosePath(kind: .file, object: object).with { path in
            unsafe fstatat(loose.folder, path, &information, AT_SYMLINK_NOFOLLOW) == 0
        }
        guard isThere else { return nil }
        var attributes = attributes(information, [])
        if !isOwned { (attributes.userID, attributes.groupID) = (0, 0) }
        switch information.st_mode & S_IFMT {
        case S_IFREG: return regular(UInt64(information.st_size), attributes)
        case S_IFLNK:
            let target = unsafe withBuffer { buffer in
                let count = unsafe LoosePath(kind: .file, object: object).with { path in
                    unsafe readlinkat(
                        loose.folder, path, buffer.baseAddress!.assumingMemoryBound(to: CChar.self), buffer.count)
                }
                return unsafe linkTarget(in: buffer, count)
            }
            return target.flatMap { link(to: $0, attributes) }
        default: return nil
        }
    }

    private func compressedFile(_ object: Digest) -> FileObject? {
        let descriptor = loose.open(.compressedFile, object)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return unsafe withBuffer { buffer -> FileObject? in
            let count = unsafe read(descriptor, buffer.baseAddress!, buffer.count)
            guard count > 0 else { return nil }
            let bytes = unsafe UnsafeRawBufferPointer(rebasing: buffer[..<count])
            guard let header = unsafe CompressedHeader(bytes) else { return nil }
            let form = unsafe SerialForm(
                bytes: UnsafeRawBufferPointer(rebasing: bytes[CompressedHeader.prefixByteCount..<header.byteCount]))
            return file(header, form)
        }
    }

    private func file(_ header: CompressedHeader, _ form: SerialForm) -> FileObject? {
        guard let (target, extended) = form.pair(0..<form.byteCount, from: CompressedHeader.numbersByteCount),
            let target = form.text(target), let extended = form.extendedAttributes(extended)
        else { return nil }
        let attributes = FileAttributes(
            mode: header.mode, userID: header.userID, groupID: header.groupID, extendedAttributes: extended)
        switch header.mode & S_IFMT {
        case S_IFREG: return target.isEmpty ? regular(header.size, attributes) : nil
        case S_IFLNK: return link(to: target, attributes)
        default: return nil
        }
    }

    // MARK: Parts

    private func regular(_ byteCount: UInt64, _ attributes: FileAttributes) -> FileObject {
        FileObject(content: .regular(byteCount: byteCount), attributes: permissions(attributes))
    }

    private func link(to target: [UInt8], _ attributes: FileAttributes) -> FileObject? {
        guard !target.isEmpty else { return nil }
        return FileObject(content: .symbolicLink(target: target), attributes: permissions(attributes))
    }

    private func permissions(_ attributes: FileAttributes) -> FileAttributes {
        var attributes = attributes
        attributes.mode &= 0o7777
        return attributes
    }

    private func attributes(_ information: stat, _ extended: [ExtendedAttribute]) -> FileAttributes {
        FileAttributes(
            mode: information.st_mode, userID: information.st_uid, groupID: information.st_gid,
            extendedAttributes: extended)
    }

    /// A link's target in the first bytes of a buffer, which it must not fill: there might be more of it.
    private func linkTarget(in buffer: UnsafeMutableRawBufferPointer, _ count: Int) -> [UInt8]? {
        guard count > 0, count < buffer.count else { return nil }
        let target = unsafe Array(buffer[..<count])
        return target.contains(0) || String(validating: target, as: UTF8.self) == nil ? nil : target
    }

    /// A file's own extended attributes, sorted by name.
    private func extendedAttributes(of descriptor: Int32) -> [ExtendedAttribute]? {
        guard flistxattr(descriptor, nil, 0) != 0 else { return [] }
        return unsafe withBuffer { buffer -> [ExtendedAttribute]? in
            let count = unsafe flistxattr(
                descriptor, buffer.baseAddress!.assumingMemoryBound(to: CChar.self), buffer.count)
            guard count >= 0 else { return nil }
            let names = unsafe buffer[..<count].split(separator: 0).map { unsafe Array($0) }
            var result: [ExtendedAttribute] = []
            for name in names.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
                let text = name.map { CChar(bitPattern: $0) } + [0]
                let count = unsafe fgetxattr(descriptor, text, buffer.baseAddress!, buffer.count)
                guard count >= 0 else { return nil }
                unsafe result.append(ExtendedAttribute(name: name, value: Array(buffer[..<count])))
            }
            return result
        }
    }

    private func withBuffer<Result>(_ body: (UnsafeMutableRawBufferPointer) -> Result) -> Result {
        unsafe withUnsafeTemporaryAllocation(byteCount: ObjectStatus.room, alignment: 16) { unsafe body($0) }
    }
}
