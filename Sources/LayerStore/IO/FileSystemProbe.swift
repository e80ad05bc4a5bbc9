internal import CLinux
internal import Glibc

/// What a file system can do, found out by doing it with small files in a folder of it.
public struct FileSystemProbe: Sendable {
    /// Why no file can be made in the folder; nil where one can.
    public let obstacle: String?
    /// Extended attributes in `user.*`, which repositories in the mode bare-user are made of.
    public let hasUserAttributes: Bool
    /// Files without a name (`O_TMPFILE`).
    public let hasNamelessFiles: Bool
    /// Files that share their blocks (`FICLONE`).
    public let hasClones: Bool
    /// fs-verity. Where it is not there, the kernel or the file system may have it switched off.
    public let hasVerity: Bool

    public init(folder: String) {
        var (obstacle, attributes, clones, verity): (String?, Bool, Bool, Bool) = (
            nil, false, false, false
        )
        let names = ["a", "b"].map { "\(folder)/.layerlab-probe-\(getpid())-\($0)" }
        defer { for name in names { unsafe unlink(name) } }
        let files = names.map { unsafe open($0, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600) }
        if files.contains(where: { $0 < 0 }) {
            obstacle = Descriptor.reason()
        } else {
            // More than a block, so that there is one to share.
            let bytes = [UInt8](repeating: 7, count: 8192)
            if unsafe write(files[0], bytes, bytes.count) != bytes.count {
                obstacle = Descriptor.reason()
            }
            attributes = unsafe fsetxattr(files[0], "user.layerlab", bytes, 8, 0) == 0
            clones = layerlab_clone(files[1], files[0]) == 0
        }
        for file in files where file >= 0 { close(file) }
        if obstacle == nil {
            // Nobody may have it open for writing.
            let file = unsafe open(names[0], O_RDONLY | O_CLOEXEC)
            if file >= 0 {
                verity = layerlab_enable_verity(file) == 0
                close(file)
            }
        }
        let nameless = unsafe layerlab_open_nameless(folder)
        if nameless >= 0 { close(nameless) }
        (self.obstacle, hasUserAttributes, hasClones, hasVerity) = (
            obstacle, attributes, clones, verity
        )
        hasNamelessFiles = nameless >= 0
    }
}
