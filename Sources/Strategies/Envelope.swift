public import Digests

/// What a storage keeps: an encoding's bytes, and what is needed to trust and read them.
///
/// Format: `Documentation/formats/envelope.md`.
public struct Envelope: Equatable, Sendable {
    static let version: UInt8 = 1
    /// The version of an envelope with an attachment.
    static let versionWithAttachment: UInt8 = 2
    /// No storage reads more bytes than these for an envelope: what the longest recipe takes.
    static let maximumBytes = 5 << 30

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
    /// The envelope as it is stored.
    public let bytes: [UInt8]
    /// Where the encoding's bytes begin in it.
    private let recipeStart: Int

    /// The encoding's bytes.
    public var recipe: ArraySlice<UInt8> { bytes[recipeStart...] }

    /// - Parameter recipe: the encoding's bytes.
    public init(
        diffID: Digest, streamLength: UInt64, encoding: String, policy: String, attachment: [UInt8] = [],
        recipe: [UInt8]
    ) {
        self.init(diffID, streamLength, encoding, policy, attachment, recipeByteCount: recipe.count) { bytes in
            bytes.append(contentsOf: recipe)
        }
    }

    /// - Parameter source: the encoding's bytes, which need not be all in memory besides.
    public init(
        diffID: Digest, streamLength: UInt64, encoding: String, policy: String, attachment: [UInt8] = [],
        source: any ByteSource
    ) throws(StrategyError) {
        try self.init(
            diffID, streamLength, encoding, policy, attachment, recipeByteCount: source.byteCount
        ) { bytes throws(StrategyError) in
            while case let piece = try source.next(), !piece.isEmpty { bytes.append(contentsOf: piece) }
        }
    }

    private init<Failure: Error>(
        _ diffID: Digest, _ streamLength: UInt64, _ encoding: String, _ policy: String, _ attachment: [UInt8],
        recipeByteCount: Int, appendRecipe: (inout [UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        self.diffID = diffID
        self.streamLength = streamLength
        self.encoding = encoding
        self.policy = policy
        self.attachment = attachment
        var bytes: [UInt8] = [attachment.isEmpty ? Envelope.version : Envelope.versionWithAttachment]
        diffID.append(to: &bytes)
        bytes.append(number: streamLength)
        bytes.append(text: encoding)
        bytes.append(text: policy)
        if !attachment.isEmpty {
            bytes.append(number: UInt64(attachment.count))
            bytes.append(contentsOf: attachment)
        }
        recipeStart = bytes.count
        bytes.reserveCapacity(bytes.count + recipeByteCount)
        try appendRecipe(&bytes)
        self.bytes = bytes
    }

    /// How many bytes the envelope has as it is stored.
    public var byteCount: Int { bytes.count }

    /// Reads an envelope; an error of kind `malformed` where the bytes are none.
    public init(bytes: [UInt8]) throws(StrategyError) {
        var reader = ByteReader(bytes[...], of: "envelope")
        let hasAttachment = reader.remaining.first == Envelope.versionWithAttachment
        try reader.version(hasAttachment ? Envelope.versionWithAttachment : Envelope.version)
        guard let diffID = Digest(try reader.take(UInt64(Digest.byteCount))) else {
            throw reader.malformed("it has no diff ID")
        }
        self.diffID = diffID
        streamLength = try reader.number()
        encoding = try reader.text()
        policy = try reader.text()
        attachment = hasAttachment ? Array(try reader.take(try reader.number())) : []
        self.bytes = bytes
        recipeStart = reader.offset
    }
}
