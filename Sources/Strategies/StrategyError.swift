public import Digests

/// Why a strategy could not do its work: which part, where in its bytes if it is about bytes, and the reason.
public struct StrategyError: Error, Equatable, CustomStringConvertible {
    public enum Kind: String, Sendable {
        /// The format cannot carry this layer; another strategy may.
        case cannot
        /// Stored bytes are not what their format says.
        case malformed
        /// Nothing is stored for this layer.
        case absent
        /// No such strategy, or a parameter that it does not take.
        case unknown
    }

    public var kind: Kind
    /// The encoding, wrapper, storage or text that this is about.
    public var part: String
    public var reason: String
    /// Byte offset in the stored bytes, for `malformed`.
    public var offset: Int?

    public init(_ kind: Kind, _ part: String, _ reason: String, offset: Int? = nil) {
        self.kind = kind
        self.part = part
        self.reason = reason
        self.offset = offset
    }

    public var description: String {
        offset.map { "\(part): \(reason) (at byte \($0) of the stored recipe)" } ?? "\(part): \(reason)"
    }
}

extension StrategyError {
    /// A dictionary that an encoding needs and nobody has brought.
    public static func absentDictionary(_ digest: Digest) -> StrategyError {
        StrategyError(
            .absent, "dictionary \(digest.hex)",
            "the repository does not hold it; layerlab import --dictionary FILE adds it, and a pull takes \(LayerRefs.dictionary(digest)) too"
        )
    }
}

/// The beginning of a path or name, for an error's or finding's text.
public func quote(_ bytes: [UInt8]) -> String {
    let text = String(decoding: bytes.prefix(200), as: UTF8.self)
    return String(text.unicodeScalars.map { $0.value < 32 || $0.value == 127 ? "?" : Character($0) })
}
