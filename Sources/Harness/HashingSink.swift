internal import Digests
internal import LayerStore

/// Keeps the digest of a stream, and nothing else.
final class HashingSink: ByteSink {
    private var stream = SHA256Stream()
    var digest: Digest { stream.digest }
    func write(_ bytes: ArraySlice<UInt8>) { stream.update(bytes) }
}
