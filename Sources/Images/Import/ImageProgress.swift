/// What the import or the push of an image tells while it runs, of layers by their numbers. It may be called by several
/// threads at a time.
public enum ImageProgress: Sendable {
    /// A layer begins: bytes of its blob.
    case began(layer: Int, byteCount: UInt64)
    /// So much of a layer's blob is done.
    case advanced(layer: Int, byteCount: UInt64)
    /// All of a layer is read, and what is left is to find out how its blob is made again.
    case looksForCompressor(layer: Int)
    /// A layer is done, and how.
    case ended(layer: Int, String)
}
