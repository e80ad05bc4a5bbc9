internal import CSystem
internal import Digests
internal import Glibc

/// What a file gets besides its bytes: owner, permissions, attributes and libostree's time, which is 0 in all modes but
/// `archive` (some programs compare times with those of files they made from them).
struct FileFinish {
    private let stage: DirectStage
    private let permissions: UInt32
    private let attributes: FileAttributes
    private let userMetadata: [UInt8]

    init(_ form: ObjectForm, in stage: DirectStage) {
        self.init(
            permissions: form.permissions, attributes: form.attributes, userMetadata: form.userMetadata, in: stage)
    }

    init(permissions: UInt32, attributes: FileAttributes, userMetadata: [UInt8], in stage: DirectStage) {
        self.stage = stage
        self.permissions = permissions
        self.attributes = attributes
        self.userMetadata = userMetadata
    }

    func apply(to file: Int32) throws(OSTreeError) {
        if stage.mode == .bareUser {
            // Only root may set the attributes of a file that its owner may not write.
            try set("user.ostreemeta", userMetadata, on: file)
        }
        if stage.mode == .bare, fchown(file, attributes.userID, attributes.groupID) != 0 {
            throw stage.failure(call: "fchown")
        }
        // Changing the owner takes set-ID bits away.
        if permissions != stage.creationPermissions(permissions) & stage.grantedPermissions,
            fchmod(file, permissions) != 0
        {
            throw stage.failure(call: "fchmod")
        }
        if stage.mode == .bare, !attributes.extendedAttributes.isEmpty {
            for attribute in attributes.extendedAttributes {
                try set(String(decoding: attribute.name, as: UTF8.self), attribute.value, on: file)
            }
            try compareExtendedAttributes(of: file)
        }
        if stage.mode != .archive {
            let times = [timespec(tv_sec: 0, tv_nsec: layerlab_utime_omit), timespec(tv_sec: 0, tv_nsec: 0)]
            guard unsafe futimens(file, times) == 0 else { throw stage.failure(call: "futimens") }
        }
        try stage.settle(file)
    }

    private func set(_ name: String, _ value: [UInt8], on file: Int32) throws(OSTreeError) {
        guard unsafe fsetxattr(file, name, value, value.count, 0) == 0 else {
            throw stage.failure(call: "fsetxattr(\(name))")
        }
    }

    /// Compares what the file system gives back with what was set: the kernel gives some attributes another form, and a
    /// host may add its own.
    private func compareExtendedAttributes(of file: Int32) throws(OSTreeError) {
        let expected = attributes.extendedAttributes.sorted { $0.name.lexicographicallyPrecedes($1.name) }
        guard ExtendedAttributesOfFile("/proc/self/fd/\(file)", followsLink: true).list == expected else {
            throw stage.attributesChanged
        }
    }
}

extension DirectStage {
    fileprivate var attributesChanged: OSTreeError {
        OSTreeError(
            operation: "write a file to", subject: repositoryPath,
            reason: "the file system does not give its extended attributes back as they were set", code: .notSupported)
    }
}

/// The extended attributes of a file, or of a link itself, sorted by name; nil where they cannot be read.
private struct ExtendedAttributesOfFile {
    let list: [ExtendedAttribute]?

    init(_ path: String, followsLink: Bool) {
        var names = [CChar](repeating: 0, count: 1 << 16)
        let count =
            followsLink ? unsafe listxattr(path, &names, names.count) : unsafe llistxattr(path, &names, names.count)
        guard count >= 0 else {
            list = nil
            return
        }
        var found: [ExtendedAttribute] = []
        for name in names.prefix(count).split(separator: 0) {
            let terminated = Array(name) + [0]
            var value = [UInt8](repeating: 0, count: 1 << 16)
            let size =
                followsLink
                ? unsafe getxattr(path, terminated, &value, value.count)
                : unsafe lgetxattr(path, terminated, &value, value.count)
            guard size >= 0 else {
                list = nil
                return
            }
            found.append(ExtendedAttribute(name: name.map { UInt8(bitPattern: $0) }, value: Array(value.prefix(size))))
        }
        list = found.sorted { $0.name.lexicographicallyPrecedes($1.name) }
    }
}

/// A file or link of a stage under a name of its own, until it is kept as an object; else it is removed.
final class TemporaryFile {
    private let stage: DirectStage
    private let name: String
    private var isKept = false

    init(in stage: DirectStage) {
        self.stage = stage
        name = stage.temporaryName()
    }

    deinit {
        if !isKept { unsafe unlinkat(stage.folder, name, 0) }
    }

    /// Makes the file, with permissions that `FileFinish` completes. The caller closes it.
    func open(_ permissions: UInt32) throws(OSTreeError) -> Int32 {
        let file = unsafe openat(
            stage.folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
            stage.creationPermissions(permissions))
        guard file >= 0 else { throw stage.failure(call: "openat") }
        return file
    }

    /// Makes a symbolic link instead.
    func link(to target: [UInt8], _ attributes: FileAttributes) throws(OSTreeError) {
        guard unsafe symlinkat(String(decoding: target, as: UTF8.self), stage.folder, name) == 0 else {
            throw stage.failure(call: "symlinkat")
        }
        guard stage.mode == .bare else { return }
        guard
            unsafe fchownat(stage.folder, name, attributes.userID, attributes.groupID, AT_SYMLINK_NOFOLLOW) == 0
        else { throw stage.failure(call: "fchownat") }
        // There is no call that sets a link's attributes beside a folder's descriptor.
        let path = "/proc/self/fd/\(stage.folder)/\(name)"
        for attribute in attributes.extendedAttributes {
            let name = String(decoding: attribute.name, as: UTF8.self)
            guard unsafe lsetxattr(path, name, attribute.value, attribute.value.count, 0) == 0 else {
                throw stage.failure(call: "lsetxattr(\(name))")
            }
        }
        let expected = attributes.extendedAttributes.sorted { $0.name.lexicographicallyPrecedes($1.name) }
        guard expected.isEmpty || ExtendedAttributesOfFile(path, followsLink: false).list == expected else {
            throw stage.attributesChanged
        }
    }

    /// Gives it an object's name. One that is there meanwhile is the same.
    func keep(as path: LoosePath) throws(OSTreeError) {
        for isLast in [false, true] {
            if unsafe path.with({ unsafe renameat(stage.folder, name, stage.folder, $0) }) == 0 {
                isKept = true
                return
            }
            guard errno == ENOENT, !isLast, stage.makeFolder(of: path) else { break }
        }
        throw stage.failure(call: "renameat")
    }
}
