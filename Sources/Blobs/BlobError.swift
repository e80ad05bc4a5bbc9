/// Why a blob, its recipe or the bytes for it are not what they should be, in one line.
public struct BlobError: Error, Equatable, CustomStringConvertible {
    public enum Kind: Sendable {
        /// A file cannot be read.
        case input
        /// A stored recipe is not what its format says.
        case malformed
        /// The uncompressed bytes are not those of the recipe: too few or too many.
        case stream
        /// The system has no memory.
        case memory
    }

    public var kind: Kind
    public var message: String

    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    public var description: String { message }
}
