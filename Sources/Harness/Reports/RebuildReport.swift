public import Digests
internal import Foundation
public import LayerStore

/// What was rebuilt.
public struct RebuildReport: Codable, Sendable {
    public var schemaVersion = LayerResult.currentSchemaVersion
    public var diffID: String
    public var layerBytes: UInt64
    /// Whether the stream's SHA-256 was compared with the diff ID.
    public var verified: Bool
    /// Whether this is not the layer but the canonical tar of its tree; `diffID` is that one's then.
    public var canonical: Bool
    /// The blob's digest, where the blob was made; `layerBytes` is its size then.
    public var blob: String?

    public init(_ rebuilder: Rebuilder, isVerified: Bool) {
        diffID = rebuilder.diffID.description
        layerBytes = rebuilder.streamLength
        verified = isVerified
        canonical = false
    }

    /// A canonical tar of this digest.
    public init(canonical digest: Digest, byteCount: UInt64) {
        diffID = digest.description
        layerBytes = byteCount
        verified = false
        canonical = true
    }

    /// The blob of a layer.
    public init(blob: Digest, byteCount: UInt64, diffID: Digest) {
        self.diffID = diffID.description
        self.blob = blob.description
        layerBytes = byteCount
        verified = true
        canonical = false
    }

    public var text: String {
        if let blob { return "made the blob \(blob), \(Figure.count(layerBytes)) bytes, verified, of \(diffID)" }
        if canonical { return "the tree's canonical tar is \(diffID), \(Figure.count(layerBytes)) bytes" }
        return "rebuilt \(diffID), \(Figure.count(layerBytes)) bytes, \(verified ? "verified" : "not verified")"
    }

    /// The report as one line of JSON.
    public func jsonLine() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}
