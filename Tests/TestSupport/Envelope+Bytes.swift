public import OSTree
public import Strategies

extension Envelope {
    /// The envelope as it is stored, in one piece.
    public var bytes: [UInt8] { get throws(StrategyError) { Array(try source().rest()) } }
}

/// Equal envelopes say the same of equal bytes.
extension Envelope: Equatable {
    public static func == (left: Envelope, right: Envelope) -> Bool {
        left.diffID == right.diffID && left.streamLength == right.streamLength && left.encoding == right.encoding
            && left.policy == right.policy && left.attachment == right.attachment
            && left.recipeByteCount == right.recipeByteCount && (try? left.bytes) == (try? right.bytes)
    }
}

extension Repository {
    /// Writes a file of ours as a whole.
    public func writeExtensionFile(_ name: String, _ bytes: [UInt8]) throws {
        let source = WholeSource(bytes[...])
        try writeExtensionFile(name) { source.next() }
    }

    /// The bytes of a file of ours, or nil where there is none of that name.
    public func readExtensionFile(_ name: String, limit: Int) throws -> [UInt8]? {
        guard let file = try extensionFile(name, limit: limit) else { return nil }
        var bytes = [UInt8](repeating: 0, count: file.byteCount)
        let count = try file.read(into: &bytes, from: 0)
        return Array(bytes.prefix(count))
    }
}
