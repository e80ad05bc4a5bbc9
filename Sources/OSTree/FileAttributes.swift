/// What ostree keeps of a file or directory besides its contents.
public struct FileAttributes: Hashable, Sendable {
    /// Permission bits with set-user-ID, set-group-ID and sticky, without the file type: 0 to 0o7777.
    public var mode: UInt32
    public var userID: UInt32
    public var groupID: UInt32
    public var extendedAttributes: [ExtendedAttribute]

    /// The file types' bits, `S_IFREG` and `S_IFDIR`, as ostree stores them with the mode.
    static let regularFileType: UInt32 = 0o100000
    static let directoryType: UInt32 = 0o040000

    public init(
        mode: UInt32, userID: UInt32 = 0, groupID: UInt32 = 0, extendedAttributes: [ExtendedAttribute] = []
    ) {
        self.mode = mode
        self.userID = userID
        self.groupID = groupID
        self.extendedAttributes = extendedAttributes
    }
}

/// One extended attribute: raw bytes on both sides. Repositories keep only those that have a name without a NUL.
public struct ExtendedAttribute: Hashable, Sendable {
    public var name: [UInt8]
    public var value: [UInt8]

    public init(name: [UInt8], value: [UInt8]) {
        self.name = name
        self.value = value
    }

    /// Whether the name is one: not empty, and without a NUL.
    public var isNamed: Bool { !name.isEmpty && !name.contains(0) }

    /// Whether the kernel keeps the attribute in a form of its own: `system.*`, access control lists.
    public var isOfSystem: Bool { name.starts(with: ExtendedAttribute.systemMarker) }

    private static let systemMarker = Array("system.".utf8)
}
