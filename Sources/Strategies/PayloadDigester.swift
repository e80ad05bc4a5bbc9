internal import Digests

/// The running digests of one payload: those that an encoding requires, in one pass.
public struct PayloadDigester: Sendable {
    private var crc64: CRC64Stream?
    private var fsVerity: FSVerityStream?

    public init(_ required: Set<PayloadDigest>) {
        for digest in required {
            switch digest {
            case .crc64: crc64 = CRC64Stream()
            case .fsVerity: fsVerity = FSVerityStream()
            }
        }
    }

    /// Takes the payload's bytes next.
    public mutating func update(_ bytes: ArraySlice<UInt8>) {
        crc64?.update(bytes)
        fsVerity?.update(bytes)
    }

    /// The digests of everything taken so far.
    public func finish() -> [PayloadDigest: [UInt8]] {
        var digests: [PayloadDigest: [UInt8]] = [:]
        if let crc64 { digests[.crc64] = crc64.bytes }
        if let fsVerity { digests[.fsVerity] = fsVerity.finish() }
        return digests
    }
}
