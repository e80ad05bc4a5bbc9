/// What went wrong with a layer: what was being done, where, why, and what to do about it.
public struct LayerStoreError: Error, Equatable, CustomStringConvertible {
    public enum Kind: Sendable {
        /// The caller's input is at fault: a file that cannot be read, a repository or layer that is not there.
        case input
        /// What is stored does not give what it should: a check failed.
        case check
        /// Somebody asked to stop.
        case interrupted
    }

    public var kind: Kind
    public var message: String

    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    public var description: String { message }
}
