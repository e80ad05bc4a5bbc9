public import Digests
import Foundation
import LayerStore
import Processes

/// A layer of the corpus as it lies in the cache.
public struct FetchedLayer: Equatable, Sendable {
    public var entry: CorpusEntry
    /// The file: a tar stream, or for source archives its compressed form as it was published.
    public var path: String
    /// The file's size.
    public var bytes: UInt64
    /// The file's digest; the diff ID where the file is not compressed.
    public var digest: Digest
    /// The digest of the tar stream.
    public var diffID: Digest
    /// The tar stream's size.
    public var streamBytes: UInt64
    /// Entries in the tar stream, as the splitter counts them.
    public var entries: Int
    /// Whether this call fetched it; false where the cache had it.
    public var isFresh: Bool
}

/// The digest and the size of a file.
struct FileDigest: Equatable, Sendable {
    let digest: Digest
    let bytes: UInt64

    /// Reads the file once, a mebibyte at a time.
    init(path: String) throws(LocatedError) {
        var stream = SHA256Stream()
        do {
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? handle.close() }
            while let chunk = try handle.read(upToCount: 1 << 20), !chunk.isEmpty { stream.update(Array(chunk)[...]) }
        } catch {
            throw LocatedError("cannot be read: \(error.localizedDescription)", in: path)
        }
        digest = stream.digest
        bytes = stream.byteCount
    }
}

/// What one reading of a layer's file tells.
struct ObservedLayer: Equatable, Sendable {
    var digest: Digest
    var bytes: UInt64
    var diffID: Digest
    var streamBytes: UInt64
    var entries: Int

    init(path: String) throws(LocatedError) {
        do {
            // Whatever the file is, it can be a layer: one in a compression that nobody undoes is a stream of its own.
            let source = try LayerSource(path, unsupported: .takeAsIs)
            let inspection = try LayerInspection(of: source)
            digest = source.blob
            bytes = source.fileOffset
            diffID = inspection.diffID
            streamBytes = inspection.byteCount
            entries = inspection.entryCount
        } catch {
            throw LocatedError("cannot be read as a layer: \(error)", in: path)
        }
    }
}
