public import Digests
internal import Tar

/// A layer's stream, read once from front to end: a tar file as it is, in gzip or in zstd, or standard input.
///
/// Both digests are computed on the way: the blob's (the file as it is) and the diff ID (the stream).
public final class LayerSource {
    public enum Compression: String, Sendable { case none, gzip, zstd }

    /// How the file was named.
    public let name: String
    public let compression: Compression
    /// Bytes in the file, where it is one.
    public let fileByteCount: UInt64?
    /// Bytes of the file read so far.
    public private(set) var fileOffset: UInt64 = 0
    /// Whether the file looked compressed and could not be inflated: corrupt, or not whole.
    public private(set) var isDamaged = false

    private static let chunkSize = 256 << 10

    private let descriptor: Descriptor
    private var inflater: (any Inflater)?
    private var blobDigest = SHA256Stream()
    private var streamDigest = SHA256Stream()
    private var input: [UInt8]
    private var pending: ArraySlice<UInt8>
    private var output: [UInt8] = []

    /// What to do with a file in a compression that this program cannot undo, such as xz.
    public enum Unsupported: Sendable {
        /// Refuse it, and say which program undoes it.
        case refuse
        /// Take its bytes as the stream.
        case takeAsIs
        /// Take any file's bytes as the stream, those of a gzip or zstd file too.
        case plain
    }

    /// Refuses what cannot be read several times: all but regular files. Nothing is opened, and no byte of a pipe is
    /// used up.
    public static func requireFile(_ name: String) throws(LayerStoreError) { try Descriptor.requireFile(name) }

    /// Opens a layer; `-` is standard input.
    public convenience init(_ name: String, unsupported: Unsupported = .refuse) throws(LayerStoreError) {
        if name == "-" {
            try self.init(Descriptor(standard: 0), unsupported)
        } else {
            try self.init(Descriptor(reading: name), unsupported)
        }
    }

    init(_ descriptor: consuming Descriptor, _ unsupported: Unsupported) throws(LayerStoreError) {
        name = descriptor.name
        if descriptor.isDirectory {
            throw LayerStoreError(.input, "cannot read \(descriptor.name): it is a directory, not a layer")
        }
        fileByteCount = descriptor.byteCount
        input = [UInt8](repeating: 0, count: LayerSource.chunkSize)
        // A pipe may hand out less than a magic number at first.
        let count = try descriptor.fill(&input, atLeast: Header.blockSize)
        compression = try LayerSource.compression(of: input.prefix(count), named: descriptor.name, unsupported)
        self.descriptor = descriptor
        pending = []
        switch compression {
        case .none: inflater = nil
        case .gzip: inflater = try GzipInflater()
        case .zstd: inflater = try ZstdInflater()
        }
        if inflater != nil { output = [UInt8](repeating: 0, count: LayerSource.chunkSize) }
        pending = took(count)
    }

    /// The digest of the file as it is, once all has been read.
    public var blob: Digest { inflater == nil ? streamDigest.digest : blobDigest.digest }
    /// The digest of the stream, once all has been read.
    public var diffID: Digest { streamDigest.digest }
    /// Bytes of the stream that have been handed out.
    public var streamByteCount: UInt64 { streamDigest.byteCount }

    /// The stream's next bytes, valid until the next call; nil at the end.
    public func next() throws(LayerStoreError) -> ArraySlice<UInt8>? {
        let chunk = inflater == nil ? try nextPlain() : try nextInflated(into: &output).map { output.prefix($0) }
        if let chunk { streamDigest.update(chunk) }
        return chunk
    }

    /// Puts the stream's next bytes at the beginning of a buffer; returns how many, 0 at the end. They are not hashed: who
    /// reads in this way does that elsewhere, and tells the result (`take`).
    func next(into buffer: inout [UInt8]) throws(LayerStoreError) -> Int {
        let count: Int
        if inflater != nil {
            count = try nextInflated(into: &buffer) ?? 0
        } else if pending.isEmpty {
            count = try descriptor.fill(&buffer, from: fileOffset)
            fileOffset += UInt64(count)
        } else {
            count = min(pending.count, buffer.count)
            buffer.replaceSubrange(0..<count, with: pending.prefix(count))
            pending = pending.dropFirst(count)
        }
        return count
    }

    /// Takes the digest of the whole stream.
    func take(_ digest: SHA256Stream) { streamDigest = digest }

    private func nextPlain() throws(LayerStoreError) -> ArraySlice<UInt8>? {
        if pending.isEmpty { try fill() }
        defer { pending = [] }
        return pending.isEmpty ? nil : pending
    }

    private func nextInflated(into buffer: inout [UInt8]) throws(LayerStoreError) -> Int? {
        while true {
            if pending.isEmpty { try fill() }
            let isAtEnd = pending.isEmpty
            if isAtEnd, inflater?.isAtBoundary == true { return nil }
            let count: Int
            do {
                count = try inflater?.inflate(&pending, into: &buffer) ?? 0
            } catch {
                isDamaged = true
                throw LayerStoreError(
                    .input, "cannot read \(name) near byte \(fileOffset - UInt64(pending.count)): \(error.message)")
            }
            if count > 0 { return count }
            if isAtEnd {
                isDamaged = true
                throw LayerStoreError(
                    .input,
                    "cannot read \(name): the \(compression.rawValue) data ends too early, at byte \(fileOffset)")
            }
        }
    }

    private func fill() throws(LayerStoreError) {
        pending = []
        pending = took(try descriptor.read(into: &input, offset: fileOffset))
    }

    private func took(_ count: Int) -> ArraySlice<UInt8> {
        fileOffset += UInt64(count)
        if inflater != nil { blobDigest.update(input.prefix(count)) }
        return input.prefix(count)
    }

    private static func compression(
        of start: ArraySlice<UInt8>, named name: String, _ unsupported: Unsupported
    ) throws(LayerStoreError) -> Compression {
        // A tar may start with any bytes, since they are a name; the checksum of its header tells.
        if unsupported == .plain || Header(start.prefix(Header.blockSize)) != nil { return .none }
        if start.starts(with: [0x1f, 0x8b, 8]) { return .gzip }
        if start.starts(with: [0x28, 0xb5, 0x2f, 0xfd]) || isSkippableFrame(start) { return .zstd }
        let others: [(magic: [UInt8], program: String)] = [
            ([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], "xz"), (Array("BZh".utf8), "bzip2"),
        ]
        for (magic, program) in others where unsupported == .refuse && start.starts(with: magic) {
            let file = name == Descriptor.standardInput ? "FILE" : name
            throw LayerStoreError(
                .input,
                "cannot read \(name): it is compressed with \(program); try: \(program) -dc \(file) | layerlab import -"
            )
        }
        return .none
    }

    /// Whether a zstd stream starts here with a frame that holds no data (RFC 8878, 3.1.2).
    private static func isSkippableFrame(_ start: ArraySlice<UInt8>) -> Bool {
        start.first.map { $0 & 0xf0 == 0x50 } == true && start.dropFirst().starts(with: [0x2a, 0x4d, 0x18])
    }
}
