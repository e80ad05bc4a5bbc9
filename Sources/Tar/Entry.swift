/// What a tar entry says, after its extension headers have had their word.
public struct Entry: Equatable, Sendable {
    /// What an entry is.
    public enum Kind: Hashable, Sendable {
        case regular, hardLink, symbolicLink, characterDevice, blockDevice, directory, fifo
        /// A file whose payload holds only the data between its holes (GNU's old form, or its pax forms).
        case sparse
        /// A type flag that POSIX does not define.
        case other(UInt8)
    }

    /// Where the entry's first block lies in the stream, its extension headers included.
    public var offset: UInt64
    public var kind: Kind
    /// The path as the tar has it: raw bytes, slashes and dots untouched.
    public var path: [UInt8]
    /// Where a link points, as the tar has it; empty for what is no link.
    public var linkTarget: [UInt8]
    /// Permission bits with set-user-ID, set-group-ID and sticky: 0 to 0o7777.
    public var mode: UInt32
    /// 0 where the header's number is unreadable or out of range.
    public var userID: UInt32
    public var groupID: UInt32
    public var userName: [UInt8]
    public var groupName: [UInt8]
    /// Seconds since 1970, fractions dropped.
    public var modificationTime: Int64
    /// Payload bytes that follow in the stream.
    public var size: UInt64
    /// Sorted by name. None where they are more than `ExtendedAttribute.maximumBytes`.
    public var extendedAttributes: [ExtendedAttribute]
    public var dialect: Dialect
    public var hasPaxRecords: Bool
    /// Where the data and the holes of a sparse file are; nil for others.
    public var sparse: SparseFile?
}

extension Entry.Kind: CustomStringConvertible {
    public var description: String {
        switch self {
        case .regular: "file"
        case .hardLink: "hard link"
        case .symbolicLink: "symbolic link"
        case .characterDevice: "character device"
        case .blockDevice: "block device"
        case .directory: "directory"
        case .fifo: "fifo"
        case .sparse: "sparse file"
        case .other(let flag): "type \(flag)"
        }
    }

    /// The kind by a header's type flag. `0` and NUL are files, `7` is a file that once had to be contiguous.
    init(typeFlag: UInt8) {
        self =
            switch typeFlag {
            case UInt8(ascii: "0"), 0, UInt8(ascii: "7"): .regular
            case UInt8(ascii: "1"): .hardLink
            case UInt8(ascii: "2"): .symbolicLink
            case UInt8(ascii: "3"): .characterDevice
            case UInt8(ascii: "4"): .blockDevice
            // `D` is GNU's incremental form: a directory with the list of its names for a payload.
            case UInt8(ascii: "5"), UInt8(ascii: "D"): .directory
            case UInt8(ascii: "6"): .fifo
            case UInt8(ascii: "S"): .sparse
            default: .other(typeFlag)
            }
    }

    /// Whether entries of this type flag have no payload, whatever their size field says: links, devices, directories,
    /// fifos, and star's `I`, an inode without its contents.
    static func isHeaderOnly(_ typeFlag: UInt8) -> Bool {
        (UInt8(ascii: "1")...UInt8(ascii: "6")).contains(typeFlag) || typeFlag == UInt8(ascii: "I")
    }
}
