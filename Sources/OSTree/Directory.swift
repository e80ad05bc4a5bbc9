internal import COSTree
public import Digests

/// A directory by its two objects: what is in it, and its own attributes.
public struct DirectoryReference: Hashable, Sendable {
    public var contents: Digest
    public var metadata: Digest

    public init(contents: Digest, metadata: Digest) {
        self.contents = contents
        self.metadata = metadata
    }
}

/// A directory's contents, `(a(say)a(sayay))`: names are bytes of UTF-8, each list sorted by them.
public struct DirectoryTree: Sendable {
    public var files: [(name: [UInt8], object: Digest)]
    public var directories: [(name: [UInt8], directory: DirectoryReference)]

    public init(
        files: [(name: [UInt8], object: Digest)] = [],
        directories: [(name: [UInt8], directory: DirectoryReference)] = []
    ) {
        self.files = files
        self.directories = directories
    }

    /// Whether ostree accepts a name: UTF-8 without NUL and slash, not empty, not `.` and not `..`.
    public static func accepts(name: some Collection<UInt8>) -> Bool {
        guard !name.isEmpty, !name.contains(where: { $0 == 0 || $0 == UInt8(ascii: "/") }) else { return false }
        if name.allSatisfy({ $0 == UInt8(ascii: ".") }), name.count <= 2 { return false }
        return name.allSatisfy { $0 < 0x80 } || String(validating: name, as: UTF8.self) != nil
    }

    init(_ variant: Variant, checksum: Digest) throws(OSTreeError) {
        self.init()
        let what = "directory \(checksum.hex)"
        for entry in variant.child(0).children {
            files.append((entry.child(0).text, try entry.child(1).digest(of: what)))
        }
        for entry in variant.child(1).children {
            let reference = DirectoryReference(
                contents: try entry.child(1).digest(of: what), metadata: try entry.child(2).digest(of: what))
            directories.append((entry.child(0).text, reference))
        }
    }

    var variant: Variant {
        let sortedFiles = files.sorted { $0.name.lexicographicallyPrecedes($1.name) }
        let sortedDirectories = directories.sorted { $0.name.lexicographicallyPrecedes($1.name) }
        return Variant(tuple: [
            Variant(
                array: sortedFiles.map { file in
                    Variant(tuple: [Variant(text: file.name), Variant(bytes: file.object.bytes[...])])
                }, of: "(say)"),
            Variant(
                array: sortedDirectories.map { entry in
                    Variant(tuple: [
                        Variant(text: entry.name), Variant(bytes: entry.directory.contents.bytes[...]),
                        Variant(bytes: entry.directory.metadata.bytes[...]),
                    ])
                }, of: "(sayay)"),
        ])
    }
}

extension Variant {
    fileprivate convenience init(text bytes: [UInt8]) { self.init(text: String(decoding: bytes, as: UTF8.self)) }

    /// A directory's own attributes, `(uuua(ayay))`: owner, group, mode with the type, extended attributes.
    convenience init(directory attributes: FileAttributes) {
        self.init(tuple: [
            Variant(bigEndian: attributes.userID), Variant(bigEndian: attributes.groupID),
            Variant(bigEndian: FileAttributes.directoryType | attributes.mode),
            Variant(extendedAttributes: attributes.extendedAttributes),
        ])
    }
}

extension Repository {
    /// Loads a directory's contents.
    public func directoryTree(_ checksum: Digest) throws(OSTreeError) -> DirectoryTree {
        if let tree = looseDirectoryTree(checksum) { return tree }
        return try directoryTreeOfLibrary(checksum)
    }

    /// The same out of a sound loose object; nil for everything else.
    func looseDirectoryTree(_ checksum: Digest) -> DirectoryTree? {
        unsafe loose.withBytes(of: .directoryTree, checksum) { unsafe SerialForm(bytes: $0).directoryTree }
    }

    /// The same by libostree and GLib, which find objects everywhere and know what is wrong with those that are damaged.
    func directoryTreeOfLibrary(_ checksum: Digest) throws(OSTreeError) -> DirectoryTree {
        try DirectoryTree(try load(.directoryTree, checksum), checksum: checksum)
    }

    /// Loads a directory's own attributes.
    public func directoryAttributes(_ checksum: Digest) throws(OSTreeError) -> FileAttributes {
        let found = unsafe loose.withBytes(of: .directoryMetadata, checksum) {
            unsafe SerialForm(bytes: $0).attributes
        }
        guard var attributes = found else { return try directoryAttributesOfLibrary(checksum) }
        attributes.mode &= 0o7777
        return attributes
    }

    /// The same by libostree and GLib.
    func directoryAttributesOfLibrary(_ checksum: Digest) throws(OSTreeError) -> FileAttributes {
        let variant = try load(.directoryMetadata, checksum)
        return FileAttributes(
            mode: variant.child(2).bigEndianNumber & 0o7777, userID: variant.child(0).bigEndianNumber,
            groupID: variant.child(1).bigEndianNumber, extendedAttributes: variant.child(3).extendedAttributes)
    }
}
