/// Something odd that a layer contains. It stays exact all the same; a finding says what was not understood, and where.
public struct Finding: Equatable, Sendable {
    public enum Kind: String, Sendable, CaseIterable {
        /// A block that should be a header is none; what follows is opaque up to the next header.
        case unreadableHeader
        /// The stream ends inside a header, a payload or a padding.
        case truncated
        /// No end-of-archive marker, or only half of one.
        case missingEnd
        /// Bytes other than zero after the end-of-archive marker.
        case trailingData
        /// Another archive after the end-of-archive marker, where readers stop unless they are told not to.
        case secondArchive
        /// A single zero block between entries, which readers skip.
        case zeroBlock
        /// Bytes other than zero between a payload's end and the next block.
        case paddingNotZero
        /// An extension header whose records are malformed or too long to be read.
        case badExtension
        /// A path that an earlier entry has already, `.` and superfluous slashes aside.
        case repeatedPath
        /// A path or link target that is not UTF-8 or holds a NUL.
        case unusualName
        /// A number that is unreadable, negative or out of range, where that has no meaning.
        case unreadableNumber
        /// A kind of entry that announces a payload and should have none.
        case unexpectedSize
        /// A type flag that POSIX does not define.
        case unusualType
        /// A file whose payload holds only the data between its holes.
        case sparseFile
        /// A sparse file whose map is malformed or does not fit its payload.
        case badSparseMap
        /// An entry that the tree cannot hold; its header stays in the recipe and its payload becomes an orphan.
        case notRepresentable
    }

    /// Byte offset in the stream.
    public var offset: UInt64
    public var kind: Kind
    public var text: String

    public init(offset: UInt64, kind: Kind, text: String) {
        self.offset = offset
        self.kind = kind
        self.text = text
    }
}
