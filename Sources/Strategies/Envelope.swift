public import Digests

/// What a storage keeps: an encoding's bytes, and what is needed to trust and read them.
///
/// The encoding's bytes may be many (800 for each entry of a layer), so that they need not be in memory: they are made, or
/// read, piece by piece, as often as they are asked for.
/// Format: `Documentation/formats/envelope.md`.
public struct Envelope: Sendable {
    /// Gives bytes anew.
    public typealias Opening = @Sendable () throws(StrategyError) -> any ByteSource

    static let version: UInt8 = 1
    /// The version of an envelope with an attachment.
    static let versionWithAttachment: UInt8 = 2
    /// No storage reads more bytes than these for an envelope: what the longest recipe takes.
    static let maximumBytes = 5 << 30

    private enum Body: Sendable {
        /// The envelope as it is stored.
        case whole([UInt8])
        /// What comes before the encoding's bytes, and these.
        case made([UInt8], Opening)
        /// The envelope as it is stored.
        case stored(Opening)
    }

    /// The digest of the stream that the recipe rebuilds.
    public let diffID: Digest
    /// The stream's length in bytes.
    public let streamLength: UInt64
    /// The encoding as a strategy writes it: `raw+zstd:19`.
    public let encoding: String
    /// The path policy under which the layer's tree was made.
    public let policy: String
    /// What the encoding needs besides its bytes; most need nothing.
    public let attachment: [UInt8]
    /// How many bytes the encoding's are.
    public let recipeByteCount: Int
    /// How many bytes come before them.
    private let headByteCount: Int
    private let body: Body

    /// An envelope whose encoded recipe is in memory.
    public init(
        diffID: Digest, streamLength: UInt64, encoding: String, policy: String, attachment: [UInt8] = [],
        recipe: [UInt8]
    ) {
        self.init(
            diffID, streamLength, encoding, policy, attachment, recipeByteCount: recipe.count
        ) { .whole($0 + recipe) }
    }

    /// An envelope whose encoded recipe is made piece by piece: so many bytes, which `opening` gives.
    public init(
        diffID: Digest, streamLength: UInt64, encoding: String, policy: String, attachment: [UInt8] = [],
        recipeByteCount: Int, opening: @escaping Opening
    ) {
        self.init(
            diffID, streamLength, encoding, policy, attachment, recipeByteCount: recipeByteCount
        ) { .made($0, opening) }
    }

    private init(
        _ diffID: Digest, _ streamLength: UInt64, _ encoding: String, _ policy: String, _ attachment: [UInt8],
        recipeByteCount: Int, body: (_ head: [UInt8]) -> Body
    ) {
        self.diffID = diffID
        self.streamLength = streamLength
        self.encoding = encoding
        self.policy = policy
        self.attachment = attachment
        self.recipeByteCount = recipeByteCount
        var bytes: [UInt8] = [attachment.isEmpty ? Envelope.version : Envelope.versionWithAttachment]
        diffID.append(to: &bytes)
        bytes.append(number: streamLength)
        bytes.append(text: encoding)
        bytes.append(text: policy)
        if !attachment.isEmpty {
            bytes.append(number: UInt64(attachment.count))
            bytes.append(contentsOf: attachment)
        }
        headByteCount = bytes.count
        self.body = body(bytes)
    }

    /// Reads an envelope; an error of kind `malformed` where the bytes are none.
    public init(bytes: [UInt8]) throws(StrategyError) { try self.init(WholeSource(bytes[...]), .whole(bytes)) }

    /// Reads an envelope's head, and leaves the encoding's bytes where they are; an error as above.
    ///
    /// - Parameter opening: gives the envelope as it is stored.
    public init(opening: @escaping Opening) throws(StrategyError) { try self.init(try opening(), .stored(opening)) }

    private init(_ source: any ByteSource, _ body: Body) throws(StrategyError) {
        var reader = SourceReader(source, of: "envelope")
        let version = try reader.byte()
        guard version == Envelope.version || version == Envelope.versionWithAttachment else {
            throw reader.malformed("version \(version) is unknown; this program reads \(Envelope.version)")
        }
        guard let diffID = Digest(try reader.take(Digest.byteCount)) else {
            throw reader.malformed("it has no diff ID")
        }
        self.diffID = diffID
        streamLength = try reader.number()
        encoding = try reader.text()
        policy = try reader.text()
        attachment =
            version == Envelope.versionWithAttachment ? Array(try reader.take(announced: try reader.number())) : []
        headByteCount = reader.offset
        recipeByteCount = source.byteCount - headByteCount
        self.body = body
    }

    /// How many bytes the envelope has as it is stored.
    public var byteCount: Int { headByteCount + recipeByteCount }

    /// The envelope as it is stored.
    public func source() throws(StrategyError) -> any ByteSource {
        switch body {
        case .whole(let bytes): WholeSource(bytes[...])
        case .made(let head, let opening): JoinedSource(head, try opening())
        case .stored(let opening): try opening()
        }
    }

    /// The encoding's bytes.
    public func recipe() throws(StrategyError) -> any ByteSource {
        switch body {
        case .whole(let bytes): WholeSource(bytes[headByteCount...])
        case .made(_, let opening): try opening()
        case .stored(let opening): SourceTail(try opening(), after: headByteCount)
        }
    }
}
