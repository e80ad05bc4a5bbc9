internal import CLinux
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
            let name = "user.ostreemeta"
            guard unsafe fsetxattr(file, name, userMetadata, userMetadata.count, 0) == 0 else {
                throw stage.failure(call: "fsetxattr(\(name))")
            }
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
        if stage.mode == .bare { try AttributedFile(file, in: stage.repositoryPath).set(attributes) }
        if stage.mode != .archive {
            let times = [timespec(tv_sec: 0, tv_nsec: layerlab_utime_omit), timespec(tv_sec: 0, tv_nsec: 0)]
            guard unsafe futimens(file, times) == 0 else { throw stage.failure(call: "futimens") }
        }
        try stage.settle(file)
    }
}

/// A file or link of a stage under a name of its own, until it is kept as an object; else it is removed.
final class TemporaryFile {
    private let stage: DirectStage
    private let name: String
    private var file: Int32 = -1
    private var isKept = false

    init(in stage: DirectStage) {
        self.stage = stage
        name = stage.temporaryName()
    }

    deinit {
        if file >= 0 { close(file) }
        if !isKept { unsafe unlinkat(stage.folder, name, 0) }
    }

    /// Makes the file, once, with permissions that `FileFinish` completes. It is closed with its owner.
    func open(_ permissions: UInt32) throws(OSTreeError) -> Int32 {
        file = unsafe openat(
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
        try AttributedFile(linkAt: name, in: stage.folder, in: stage.repositoryPath).set(attributes)
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
