public import Digests

/// How a transaction's objects get into the repository. Both ways give the same objects, and are as durable as the
/// repository's own `core.fsync` says.
public enum ObjectRoute: String, CaseIterable, Sendable {
    /// We stage the files ourselves, sync them and rename them into place: a third of the system calls.
    case direct
    /// `ostree_repo_write_content_trusted` and `ostree_repo_write_metadata` for each: libostree's own public functions.
    case portable
}

/// Takes the objects of one transaction, from several threads at once.
public protocol ObjectStage: AnyObject, Sendable {
    /// A writer for one thread.
    func scribe() throws(OSTreeError) -> any ObjectScribe

    /// Brings the objects, all of which are written by now, to the disk, where the repository is durable.
    func sync() throws(OSTreeError)

    /// Makes sure that the objects, all of which are written by now, are there as the repository's when its transaction
    /// is committed. They have been synced. What the direct route wrote is in the repository from here on.
    func publish() throws(OSTreeError)

    /// Throws away what has not been published. Nobody writes any more.
    func close()
}

/// Writes objects, on one thread at a time. Each is hashed first; one that the repository holds is not written again.
public protocol ObjectScribe: AnyObject {
    /// Writes a regular file.
    func writeFile(_ content: ContentBytes, _ attributes: FileAttributes) throws(OSTreeError) -> Digest

    /// Writes a symbolic link. The target is UTF-8 without NUL.
    func writeSymbolicLink(to target: [UInt8], _ attributes: FileAttributes) throws(OSTreeError) -> Digest

    /// Writes a directory's contents or attributes.
    func write(_ metadata: MetadataObject) throws(OSTreeError)

    /// Begins a regular file that is too long for memory.
    func beginFile(_ attributes: FileAttributes, byteCount: UInt64) throws(OSTreeError) -> any ObjectStream
}

/// A regular file on its way, piece by piece. One that is dropped unfinished leaves nothing behind; after an error it is of no
/// other use.
public protocol ObjectStream: AnyObject {
    /// Takes the next bytes.
    func append(_ bytes: ArraySlice<UInt8>) throws(OSTreeError)

    /// The file is complete, though it may be shorter than was announced.
    func finish() throws(OSTreeError) -> Digest
}

/// A file's bytes in memory, in one piece or, where they lie across buffers, in several.
public struct ContentBytes: Sendable {
    public var first: ArraySlice<UInt8>
    public var others: [ArraySlice<UInt8>]

    public init(_ first: ArraySlice<UInt8>, _ others: [ArraySlice<UInt8>] = []) {
        self.first = first
        self.others = others
    }

    public var byteCount: Int { others.reduce(first.count) { $0 + $1.count } }

    /// Hands out the pieces in order.
    public func forEach<Failure>(_ body: (ArraySlice<UInt8>) throws(Failure) -> Void) throws(Failure) {
        try body(first)
        for piece in others { try body(piece) }
    }
}

/// A directory's contents or its own attributes as an object: serialised and hashed.
public struct MetadataObject: Sendable {
    public let kind: Repository.ObjectKind
    public let bytes: [UInt8]
    public let object: Digest
    /// How many levels of directories a directory's contents have below them.
    public let height: Int

    /// A directory's contents; the lists need not be sorted. Its height is one more than that of the highest directory in it,
    /// and 0 where there is none.
    public init(_ directory: DirectoryTree, height: Int) {
        self.height = height
        kind = .directoryTree
        bytes = SerialisedVariant.directory(directory)
        object = SHA256Stream.digest(of: bytes)
    }

    /// A directory's attributes as a repository keeps them.
    public init(_ attributes: FileAttributes, in mode: RepositoryMode) {
        height = 0
        kind = .directoryMetadata
        bytes = SerialisedVariant.attributes(mode.canonical(attributes), type: FileAttributes.directoryType)
        object = SHA256Stream.digest(of: bytes)
    }
}
