internal import Glibc

/// What the kernel says of a file by its path. A symbolic link is described itself, not what it leads to.
public struct FileStatus: Hashable, Sendable {
    public enum Kind: Sendable {
        case regular, directory, symbolicLink
        /// A device, a pipe or a socket.
        case special
    }

    public var kind: Kind
    /// Bytes from beginning to end, holes counted. For a symbolic link those of its target's name, for a directory
    /// whatever the file system says.
    public var byteCount: Int
    /// Bytes of the blocks that the file system has given to it, promised ones counted; none for what fits in the inode.
    public var allocatedByteCount: Int
    /// With `inode` it tells files apart: all names of one file have the same two numbers.
    public var device: UInt64
    public var inode: UInt64

    public init(of path: String) throws(LayerStoreError) {
        var information = stat()
        guard unsafe lstat(path, &information) == 0 else {
            throw LayerStoreError(.input, "cannot look at \(path): \(Descriptor.reason())")
        }
        kind =
            switch information.st_mode & S_IFMT {
            case S_IFREG: .regular
            case S_IFDIR: .directory
            case S_IFLNK: .symbolicLink
            default: .special
            }
        byteCount = Int(information.st_size)
        // POSIX leaves the unit open; on Linux it is 512 bytes, whatever the file system's block is.
        allocatedByteCount = Int(information.st_blocks) * 512
        device = UInt64(information.st_dev)
        inode = UInt64(information.st_ino)
    }
}
