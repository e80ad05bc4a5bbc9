public import Digests

/// The ordered segments that rebuild a stream: literal bytes, and references to payloads.
///
/// Two recipes that rebuild the same stream from the same payloads are equal: adjacent literals are one segment, and
/// no segment is empty. A recipe is kept small in memory, since a layer may have a million entries.
public struct Recipe: Equatable, Sendable {
    /// Payload bytes that the repository holds as a content object.
    public struct Payload: Hashable, Sendable {
        public var byteCount: UInt64
        /// The ostree checksum of the content object.
        public var object: Digest

        public init(byteCount: UInt64, object: Digest) {
            self.byteCount = byteCount
            self.object = object
        }
    }

    public private(set) var segments = Segments()
    private var literalStore = LiteralStore()
    /// Bytes of the stream that the segments rebuild.
    public private(set) var streamLength: UInt64 = 0

    public init() {}

    public mutating func append(literal bytes: ArraySlice<UInt8>) {
        guard !bytes.isEmpty else { return }
        literalStore.append(bytes)
        segments.append(literalByteCount: bytes.count)
        streamLength += UInt64(bytes.count)
    }

    public mutating func append(_ payload: Payload) {
        guard payload.byteCount > 0 else { return }
        segments.append(payload)
        streamLength += payload.byteCount
    }

    /// Names the payloads' objects anew, in stream order.
    public mutating func replaceObjects(_ replacement: (Digest) throws -> Digest) rethrows {
        try segments.replaceObjects(replacement)
    }

    // MARK: Reading

    /// Bytes of all literal segments.
    public var literalByteCount: Int { literalStore.count }

    /// The literal bytes by their places, for who goes through them more or less in order.
    public func literalBytes() -> LiteralBytes { LiteralBytes(literalStore) }

    /// Reads literal bytes from this one on.
    public func literalReader(from offset: Int = 0) -> LiteralReader { LiteralReader(literalStore, from: offset) }

    /// The payloads in stream order, repetitions included.
    public var payloads: some Sequence<Payload> {
        segments.lazy.compactMap { segment in
            guard case .payload(let payload) = segment else { return nil }
            return payload
        }
    }

    /// The payloads without those whose object came before.
    public var distinctPayloads: some Sequence<Payload> {
        var table = DigestTable()
        var number = -1
        return payloads.lazy.filter { [segments] _ in
            number += 1
            return table.insert(number) { segments.object(ofPayload: $0) }
        }
    }

    /// Hands all segments on, in order. A literal may come in several pieces.
    public func append(to sink: inout some RecipeSink) {
        var reader = literalReader()
        for segment in segments {
            switch segment {
            case .literal(let count): reader.read(count) { sink.append(literal: $0) }
            case .payload(let payload): sink.append(payload)
            }
            if sink.wantsNoMore { return }
        }
    }

}

/// Takes a recipe piece by piece: another recipe, or what needs none.
public protocol RecipeSink {
    /// The next literal bytes; those that follow on them are of the same segment.
    mutating func append(literal bytes: ArraySlice<UInt8>)
    mutating func append(_ payload: Recipe.Payload)
    /// Whether whatever comes next changes nothing any more. It need not be handed on, nor decoded.
    var wantsNoMore: Bool { get }
}

extension RecipeSink {
    public var wantsNoMore: Bool { false }
}

extension Recipe: RecipeSink {}
