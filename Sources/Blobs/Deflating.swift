/// Compresses the bytes of one member to raw deflate (RFC 1951), again as a known program did. What comes out does not
/// depend on the sizes of the pieces that come in.
protocol Deflating: AnyObject {
    /// Takes the next bytes, and appends what has come out so far.
    func write(_ bytes: ArraySlice<UInt8>, into output: inout [UInt8]) throws(BlobError)
    /// The bytes are over: appends all the rest.
    func finish(into output: inout [UInt8]) throws(BlobError)
    /// Forgets all, behind a member's end: what comes next is another one. That costs much less than new memory.
    func startOver()
}
