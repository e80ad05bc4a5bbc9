internal import COSTree
public import Digests

/// A commit on its way: everything but its tree is known before it is written.
public struct CommitDraft: Sendable {
    public enum Value: Sendable, Equatable {
        case bytes([UInt8])
        case text(String)
    }

    public var subject: String
    /// Metadata keys, `a{sv}`, in the order in which they are written.
    public var metadata: [(key: String, value: Value)]
    /// Seconds since 1970. Fixed, so that equal input gives equal commits.
    public var timestamp: UInt64
    /// Another commit's metadata, which come before these.
    private var copied: Variant?

    public init(subject: String, metadata: [(key: String, value: Value)] = [], timestamp: UInt64 = 0) {
        self.subject = subject
        self.metadata = metadata
        self.timestamp = timestamp
    }

    /// A draft with another commit's subject, time and metadata, of whatever types these are.
    public init(copying commit: Commit) {
        self.init(subject: commit.subject, timestamp: commit.timestamp)
        copied = commit.metadataVariant
    }

    var metadataVariant: Variant {
        let own = Variant(
            dictionary: metadata.map { entry in
                switch entry.value {
                case .bytes(let bytes): (entry.key, Variant(bytes: bytes[...]))
                case .text(let text): (entry.key, Variant(text: text))
                }
            })
        guard let copied else { return own }
        return metadata.isEmpty ? copied : Variant(array: Array(copied.children) + Array(own.children), of: "{sv}")
    }
}

/// A commit in a repository: `(a{sv}aya(say)sstayay)`.
public struct Commit: Sendable {
    public let checksum: Digest
    /// Its root: the contents' and the metadata's objects.
    public let tree: DirectoryReference
    /// Bytes of the commit object.
    public let byteCount: Int
    private let variant: Variant

    /// Its first line.
    public var subject: String { String(decoding: variant.child(3).text, as: UTF8.self) }
    /// Seconds since 1970.
    public var timestamp: UInt64 { variant.child(5).bigEndianLongNumber }

    /// The keys of its metadata, in their order.
    public var metadataKeys: [String] {
        metadataVariant.children.map { String(decoding: $0.child(0).text, as: UTF8.self) }
    }

    /// All metadata, `a{sv}`.
    var metadataVariant: Variant { variant.child(0) }

    init(_ variant: Variant, checksum: Digest) throws(OSTreeError) {
        self.checksum = checksum
        self.variant = variant
        byteCount = variant.serialisedByteCount
        tree = DirectoryReference(
            contents: try variant.child(6).digest(of: "commit \(checksum.hex)"),
            metadata: try variant.child(7).digest(of: "commit \(checksum.hex)"))
    }

    /// The bytes under a metadata key of type `ay`.
    public func metadataBytes(_ key: String) -> [UInt8]? {
        variant.child(0).lookup(key, type: "ay")?.bytes
    }

    /// The bytes under a metadata key of type `ay` where they lie in the commit's file; nil where they are few, or the commit
    /// is no loose object of the repository.
    public func metadataFile(_ key: String, in repository: Repository) throws(OSTreeError) -> StoredFile? {
        guard byteCount >= Commit.longByteCount, let value = metadataVariant.lookup(key, type: "ay"),
            let part = variant.place(of: value)
        else { return nil }
        let descriptor = repository.loose.open(.commit, checksum)
        guard descriptor >= 0 else { return nil }
        return try StoredFile(adopting: descriptor, path: "commit \(checksum.hex)", part: part)
    }

    /// Shorter commits are read as a whole, as are shorter detached metadata.
    static let longByteCount = 128 << 10

    /// The text under a metadata key of type `s`.
    public func metadataText(_ key: String) -> String? {
        variant.child(0).lookup(key, type: "s").map { String(decoding: $0.text, as: UTF8.self) }
    }
}

extension Repository {
    /// Loads a commit.
    public func commit(_ checksum: Digest) throws(OSTreeError) -> Commit {
        try Commit(try load(.commit, checksum), checksum: checksum)
    }
}
