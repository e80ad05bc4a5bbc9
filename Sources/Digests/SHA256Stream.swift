internal import Crypto

/// A running SHA-256 over bytes as they come. It uses the processor's own instructions where it has them.
public struct SHA256Stream: Sendable {
    private var hasher = SHA256()
    /// Bytes hashed so far.
    public private(set) var byteCount: UInt64 = 0

    public init() {}

    /// Hashes the bytes next.
    public mutating func update(_ bytes: ArraySlice<UInt8>) {
        byteCount += UInt64(bytes.count)
        unsafe bytes.withUnsafeBytes { unsafe hasher.update(bufferPointer: $0) }
    }

    /// The digest of everything hashed so far; the stream goes on.
    public var digest: Digest {
        unsafe hasher.finalize().withUnsafeBytes { unsafe Digest($0, at: 0) }
    }

    /// The digest of the bytes.
    public static func digest(of bytes: [UInt8]) -> Digest {
        var stream = SHA256Stream()
        stream.update(bytes[...])
        return stream.digest
    }
}
