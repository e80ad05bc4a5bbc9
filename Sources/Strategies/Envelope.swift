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
    public var diffID: Digest
    /// The stream's length in bytes.
    public var streamLength: UInt64
    /// The encoding as a strategy writes it: `raw+zstd:19`.
    public var encoding: String
    /// The path policy under which the layer's tree was made.
    public var policy: String
    /// What the encoding needs besides its bytes; most need nothing.
    public var attachment: [UInt8]
    /// The encoding's bytes.
    public var recipe: [UInt8]

    public init(
        diffID: Digest, streamLength: UInt64, encoding: String, policy: String, attachment: [UInt8] = [],
        recipe: [UInt8]
    ) {
        self.diffID = diffID
        self.streamLength = streamLength
        self.encoding = encoding
        self.policy = policy
        self.attachment = attachment
        self.recipe = recipe
    }

    /// The envelope as it is stored.
    public var bytes: [UInt8] {
        var bytes = head
        bytes.reserveCapacity(bytes.count + recipe.count)
        bytes.append(contentsOf: recipe)
        return bytes
    }

    /// How many bytes the envelope has as it is stored.
    public var byteCount: Int { head.count + recipe.count }

    /// Everything before the recipe.
    private var head: [UInt8] {
        var bytes: [UInt8] = [attachment.isEmpty ? Envelope.version : Envelope.versionWithAttachment]
        diffID.append(to: &bytes)
        bytes.append(number: streamLength)
        bytes.append(text: encoding)
        bytes.append(text: policy)
        if !attachment.isEmpty {
            bytes.append(number: UInt64(attachment.count))
            bytes.append(contentsOf: attachment)
        }
        return bytes
    }

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
        recipe = Array(reader.remaining)
    }
}
