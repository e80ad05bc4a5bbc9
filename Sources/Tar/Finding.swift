/// Something odd that a layer contains. It stays exact all the same; a finding says what was not understood, and where.
public struct Finding: Equatable, Sendable {
    public enum Kind: String, Sendable, CaseIterable {
        /// A block that should be a header is none; everything from there on is kept as it is.
        case unreadableHeader
        /// The stream ends inside a header, a payload or a padding.
        case truncated
        /// No end-of-archive marker, or only half of one.
        case missingEnd
        /// Bytes other than zero after the end-of-archive marker.
        case trailingData
        /// An extension header whose records are malformed or too long to be read.
        case badExtension
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
