public import Digests
import Foundation

/// A layer of the corpus as it lies in the cache.
public struct FetchedLayer: Equatable, Sendable {
    public var entry: CorpusEntry
    /// The file: a tar stream, or for source archives its compressed form as it was published.
    public var path: String
    /// The file's size.
    public var bytes: UInt64
    /// The file's digest; the diff ID where the file is not compressed.
    public var digest: Digest
    /// Whether this call fetched it; false where the cache had it.
    public var isFresh: Bool
}

/// The digest and the size of a file.
struct FileDigest: Equatable, Sendable {
    let digest: Digest
    let bytes: UInt64

    /// Reads the file once, a mebibyte at a time.
    init(path: String) throws(HarnessError) {
        var stream = SHA256Stream()
        do {
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? handle.close() }
            while let chunk = try handle.read(upToCount: 1 << 20), !chunk.isEmpty { stream.update(Array(chunk)[...]) }
        } catch {
            throw HarnessError("cannot be read: \(error.localizedDescription)", in: path)
        }
        digest = stream.digest
        bytes = stream.byteCount
    }
}
