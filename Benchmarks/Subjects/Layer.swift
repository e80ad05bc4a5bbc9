internal import Digests
internal import Strategies
internal import Tar

/// A generated layer in memory, the same in every run.
struct Layer: Sendable {
    /// Bytes that a splitter gets at once, as from a file.
    private static let chunkSize = 256 << 10

    let stream: [UInt8]
    /// The stream in chunks of a reader's size.
    let chunks: [ArraySlice<UInt8>]
    let diffID: Digest
    /// What the generator put in, which a splitter must find again.
    let expectation: CountingSink
    /// Where the entries' headers are.
    let headerOffsets: [Int]

    private init(_ generator: TarGenerator) {
        stream = generator.stream
        chunks = stride(from: 0, to: stream.count, by: Layer.chunkSize).map { [stream] start in
            stream[start..<min(start + Layer.chunkSize, stream.count)]
        }
        diffID = SHA256Stream.digest(of: stream)
        expectation = generator.content
        headerOffsets = generator.headerOffsets
    }

    /// Directories of files of up to 4 KB, and links: about 375 entries a megabyte.
    static func smallFiles(byteCount: Int) -> Layer { Layer(.smallFiles(byteCount: byteCount)) }

    static func oneLargeFile(byteCount: Int) -> Layer { Layer(.oneLargeFile(byteCount: byteCount)) }

    /// The layer's recipe with the payloads' own digests for object checksums, and a tree that holds all of them.
    func recipe() throws -> (Recipe, LayerContext) {
        var sink = RecipeSink()
        var splitter = Splitter()
        try splitter.consume(stream[...], into: &sink)
        try splitter.finish(into: &sink)
        return (sink.recipe, LayerContext(tree: sink.tree))
    }
}
