internal import Digests

/// The sections of a splitstream file, in the order in which composefs-rs writes them: a header of 32 bytes, an info
/// section of 80, stream references, object references, named references, and the stream. All numbers are little-endian.
///
/// A layer's file has no references to other streams, and its content type says that it is a layer's.
struct SplitstreamFile {
    /// Bytes before the first reference.
    static let headByteCount = 32 + 80
    private static let magic = Array("SplitStream".utf8)
    private static let version: UInt8 = 0
    /// What the kernel calls SHA-256 in fs-verity.
    private static let sha256: UInt8 = 1
    private static let blockSizeLogarithm: UInt8 = 12
    /// The first byte comes first in the file.
    private static let contentType = Array("ocilayer".utf8)

    /// fs-verity digests of the payloads, each once, in the order of their first appearance.
    var objectRefs: [Digest]
    /// A zstd frame.
    var namedRefs: ArraySlice<UInt8>
    /// A zstd frame.
    var stream: ArraySlice<UInt8>
    /// Bytes of the tar.
    var streamSize: UInt64

    init(objectRefs: [Digest], namedRefs: ArraySlice<UInt8>, stream: ArraySlice<UInt8>, streamSize: UInt64) {
        self.objectRefs = objectRefs
        self.namedRefs = namedRefs
        self.stream = stream
        self.streamSize = streamSize
    }

    /// No stream has more bytes than these when decompressed: each chunk is a word, and stands for a byte at least.
    var maximumChunkBytes: UInt64 {
        let (product, overflow) = streamSize.multipliedReportingOverflow(by: 9)
        return overflow ? Zstd.maximumUnwrappedBytes : min(product, Zstd.maximumUnwrappedBytes)
    }

    var bytes: [UInt8] {
        let head = SplitstreamFile.headByteCount
        let objectRefsEnd = head + objectRefs.count * Digest.byteCount
        let namedRefsEnd = objectRefsEnd + namedRefs.count
        var bytes = SplitstreamFile.magic
        bytes.reserveCapacity(namedRefsEnd + stream.count)
        // The two zeros are flags.
        bytes += [SplitstreamFile.version, 0, 0, SplitstreamFile.sha256, SplitstreamFile.blockSizeLogarithm]
        for range in [
            32..<head, head..<head, head..<objectRefsEnd, namedRefsEnd..<namedRefsEnd + stream.count,
            objectRefsEnd..<namedRefsEnd,
        ] {
            bytes.append(word: UInt64(range.lowerBound))
            bytes.append(word: UInt64(range.upperBound))
        }
        bytes += SplitstreamFile.contentType
        bytes.append(word: streamSize)
        for digest in objectRefs { digest.append(to: &bytes) }
        return bytes + namedRefs + stream
    }

    /// Reads a layer's file; an error of kind `malformed` where the bytes are none, or where the sections do not lie as
    /// composefs-rs lays them.
    init(_ bytes: ArraySlice<UInt8>) throws(StrategyError) {
        var reader = ByteReader(bytes, of: Splitstream.name)
        try SplitstreamFile.readHeader(&reader)
        let info = try SplitstreamFile.range(&reader)
        let streamRefs = try SplitstreamFile.range(&reader)
        let objectRefs = try SplitstreamFile.range(&reader)
        let stream = try SplitstreamFile.range(&reader)
        let namedRefs = try SplitstreamFile.range(&reader)
        guard try reader.take(8).elementsEqual(SplitstreamFile.contentType) else {
            throw reader.malformed("its content is no layer")
        }
        streamSize = try reader.word()
        let head = UInt64(SplitstreamFile.headByteCount)
        guard info == 32..<head, streamRefs == head..<head, objectRefs.lowerBound == head,
            namedRefs.lowerBound == objectRefs.upperBound, stream.lowerBound == namedRefs.upperBound,
            stream.upperBound == UInt64(bytes.count)
        else { throw reader.malformed("its sections do not lie as composefs-rs lays them") }
        let references = try reader.take(objectRefs.upperBound - head)
        guard references.count.isMultiple(of: Digest.byteCount) else {
            throw reader.malformed("its object references are no whole digests")
        }
        self.objectRefs = stride(from: references.startIndex, to: references.endIndex, by: Digest.byteCount)
            .compactMap { Digest(references[$0..<$0 + Digest.byteCount]) }
        self.namedRefs = try reader.take(namedRefs.upperBound - namedRefs.lowerBound)
        self.stream = reader.remaining
    }

    /// Magic, version and algorithm. Flags are reserved: composefs-rs ignores them, too.
    private static func readHeader(_ reader: inout ByteReader) throws(StrategyError) {
        let start = try reader.take(UInt64(magic.count))
        guard start.elementsEqual(magic) else { throw reader.malformed("it is no splitstream") }
        let version = try reader.byte()
        guard version == self.version else { throw reader.malformed("version \(version) is unknown") }
        _ = try reader.take(2)
        guard try reader.byte() == sha256, try reader.byte() == blockSizeLogarithm else {
            throw reader.malformed("its digests are not of SHA-256 over blocks of 4096 bytes")
        }
    }

    private static func range(_ reader: inout ByteReader) throws(StrategyError) -> Range<UInt64> {
        let (start, end) = (try reader.word(), try reader.word())
        guard start <= end else { throw reader.malformed("a section ends before it starts") }
        return start..<end
    }
}

extension ByteReader {
    /// Eight bytes, the least significant first.
    mutating func word() throws(StrategyError) -> UInt64 {
        try take(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}

extension [UInt8] {
    /// Appends eight bytes, the least significant first.
    mutating func append(word: UInt64) {
        for shift in stride(from: UInt64(0), to: 64, by: 8) { append(UInt8(truncatingIfNeeded: word >> shift)) }
    }
}
