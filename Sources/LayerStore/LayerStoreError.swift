public import Digests

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
    /// The object that it is about, where it is about one.
    public var object: Digest?
    /// Where in the layer's stream it went wrong, where that is known.
    public var streamOffset: UInt64?

    public init(_ kind: Kind, _ message: String, object: Digest? = nil, streamOffset: UInt64? = nil) {
        self.kind = kind
        self.message = message
        self.object = object
        self.streamOffset = streamOffset
    }

    public var description: String { message }
}
