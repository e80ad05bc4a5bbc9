public import Digests

/// What a manifest and a configuration say of a layer, which is an error to import where they are wrong.
public struct LayerExpectation: Hashable, Sendable {
    /// The digest and the size of the file as it was distributed.
    public var blob: Digest
    public var blobByteCount: UInt64
    /// The digest of the stream.
    public var diffID: Digest
    /// A stream that is longer is given up: neither a manifest nor a configuration says how long it may be.
    public var maximumStreamBytes: UInt64

    public init(blob: Digest, blobByteCount: UInt64, diffID: Digest, maximumStreamBytes: UInt64 = .max) {
        self.blob = blob
        self.blobByteCount = blobByteCount
        self.diffID = diffID
        self.maximumStreamBytes = maximumStreamBytes
    }

    /// Before anything is read: whether the file has the size that it should.
    func check(_ source: LayerSource) throws(LayerStoreError) {
        if let byteCount = source.fileByteCount, byteCount != blobByteCount {
            throw mismatch(source, "it has \(byteCount) bytes instead of \(blobByteCount)")
        }
    }

    /// While the stream is read.
    func check(_ streamByteCount: UInt64, of source: LayerSource) throws(LayerStoreError) {
        if source.fileOffset > blobByteCount {
            throw mismatch(source, "it has more than its \(blobByteCount) bytes")
        }
        if streamByteCount > maximumStreamBytes {
            throw LayerStoreError(
                .input,
                "\(source.name): its \(blobByteCount) bytes inflate to more than \(maximumStreamBytes); nothing of it was kept"
            )
        }
    }

    /// When all has been read.
    func checkRead(_ source: LayerSource) throws(LayerStoreError) {
        guard source.fileOffset == blobByteCount else {
            throw mismatch(source, "it has \(source.fileOffset) bytes instead of \(blobByteCount)")
        }
        guard source.blob == blob else { throw mismatch(source, "its digest is \(source.blob) instead of \(blob)") }
        guard source.diffID == diffID else {
            throw mismatch(source, "its stream's digest is \(source.diffID), and the configuration says \(diffID)")
        }
    }

    private func mismatch(_ source: LayerSource, _ reason: String) -> LayerStoreError {
        LayerStoreError(
            .check, "\(source.name) is not the layer that the image names: \(reason); nothing of it was kept")
    }
}
