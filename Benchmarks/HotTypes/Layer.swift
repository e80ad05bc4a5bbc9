import Digests
import Strategies
import Tar

/// A generated layer in memory, the same in every run.
struct Layer: Sendable {
    /// Bytes of every layer: with as many in a pass, sixteen times the passes per second are MB/s.
    static let byteCount = 16_000_000
    /// Bytes that a splitter gets at once, as from a file.
    private static let chunkSize = 256 << 10

    let name: String
    let stream: [UInt8]
    /// The stream in chunks of a reader's size.
    let chunks: [ArraySlice<UInt8>]
    let diffID: Digest
    /// What the generator put in, which a splitter must find again.
    let expectation: CountingSink

    private init(_ name: String, _ generator: TarGenerator) {
        self.name = name
        stream = generator.stream
        chunks = stride(from: 0, to: stream.count, by: Layer.chunkSize).map { [stream] start in
            stream[start..<min(start + Layer.chunkSize, stream.count)]
        }
        diffID = SHA256Stream.digest(of: stream)
        expectation = generator.content
    }

    static let all = [smallFiles, oneLargeFile]

    /// Directories of files of up to 4 KB, and links: about 6,000 entries.
    static let smallFiles = Layer("many small files", .smallFiles(byteCount: byteCount))

    static let oneLargeFile = Layer("one large file", .oneLargeFile(byteCount: byteCount))

    /// The recipe of `smallFiles`, with the payloads' own digests for object checksums.
    static let smallFilesRecipe: Recipe = {
        var sink = RecipeSink()
        var splitter = Splitter()
        do {
            try splitter.consume(smallFiles.stream[...], into: &sink)
            try splitter.finish(into: &sink)
        } catch {
            fatalError("a sink that cannot fail: \(error)")
        }
        return sink.recipe
    }()

    static let smallFilesRaw = made { () throws(StrategyError) in
        let bytes = try Raw().encode(smallFilesRecipe, against: .empty)
        guard try Raw().decode(bytes[...], against: .empty) == smallFilesRecipe else {
            fatalError("raw does not decode to the recipe that it encoded")
        }
        return bytes
    }

    static let smallFilesWrapped = made { () throws(StrategyError) in
        let zstd = try Zstd(level: 3)
        let wrapped = try zstd.wrap(smallFilesRaw)
        guard try zstd.unwrap(wrapped[...]) == smallFilesRaw else {
            fatalError("zstd does not unwrap to the bytes that it wrapped")
        }
        return wrapped
    }

    private static func made(_ make: () throws(StrategyError) -> [UInt8]) -> [UInt8] {
        do {
            return try make()
        } catch {
            fatalError("\(error)")
        }
    }
}
