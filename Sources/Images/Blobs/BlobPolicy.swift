/// What becomes of compressed blobs, which have to be the same again when an image is pushed with its digests. Where a
/// known compressor makes a blob again, only how is kept, under every policy.
public enum BlobPolicy: String, CaseIterable, Sendable {
    /// An image with a blob that no known compressor makes again is refused.
    case replay
    /// Such a blob is stored as it is, besides the layer's content.
    case keep
    /// Such a blob is compressed anew when the image is pushed: its digest, and the manifest's, will be others.
    case rewrite
}
