public import Digests

/// The ordered segments that rebuild a stream: literal bytes, and references to payloads.
///
/// Two recipes that rebuild the same stream from the same payloads are equal: adjacent literals are one segment, and
/// no segment is empty.
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

    public enum Segment: Equatable, Sendable {
        /// The next bytes of the literal stream.
        case literal(byteCount: Int)
        case payload(Payload)

        public var byteCount: UInt64 {
            switch self {
            case .literal(let count): UInt64(count)
            case .payload(let payload): payload.byteCount
            }
        }
    }

    public private(set) var segments: [Segment] = []
    /// The bytes of all literal segments, one after the other.
    public private(set) var literals: [UInt8] = []
    /// Bytes of the stream that the segments rebuild.
    public private(set) var streamLength: UInt64 = 0

    public init() {}

    /// Makes room for literal bytes, so that they need not move as they grow. Room that is not used costs no memory.
    public mutating func reserveCapacity(literalBytes: Int) { literals.reserveCapacity(literalBytes) }

    public mutating func append(literal bytes: ArraySlice<UInt8>) {
        guard !bytes.isEmpty else { return }
        literals.append(contentsOf: bytes)
        streamLength += UInt64(bytes.count)
        if case .literal(let count) = segments.last {
            segments[segments.count - 1] = .literal(byteCount: count + bytes.count)
        } else {
            segments.append(.literal(byteCount: bytes.count))
        }
    }

    public mutating func append(_ payload: Payload) {
        guard payload.byteCount > 0 else { return }
        segments.append(.payload(payload))
        streamLength += payload.byteCount
    }

    /// Puts other objects in the place of those that the payloads name.
    public mutating func replaceObjects(_ replacement: (Digest) throws -> Digest) rethrows {
        for index in segments.indices {
            guard case .payload(var payload) = segments[index] else { continue }
            payload.object = try replacement(payload.object)
            segments[index] = .payload(payload)
        }
    }

    /// The payloads in stream order, repetitions included.
    public var payloads: some Sequence<Payload> {
        segments.lazy.compactMap { segment in
            guard case .payload(let payload) = segment else { return nil }
            return payload
        }
    }

    /// Where this recipe and another first part: the segment's index and its offset in the stream; nil where they are
    /// equal.
    public func firstDifference(from other: Recipe) -> (segment: Int, offset: UInt64)? {
        var (offset, literal) = (UInt64(0), 0)
        for (index, segment) in segments.enumerated() {
            guard index < other.segments.count, other.segments[index] == segment else { return (index, offset) }
            if case .literal(let count) = segment {
                guard other.literals[literal..<literal + count] == literals[literal..<literal + count] else {
                    return (index, offset)
                }
                literal += count
            }
            offset += segment.byteCount
        }
        return other.segments.count == segments.count ? nil : (segments.count, offset)
    }
}
