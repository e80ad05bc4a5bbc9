public import Digests

extension Recipe {
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

    /// A recipe's segments, in order.
    public struct Segments: Collection, Equatable, Sendable {
        /// A segment's place, and how many payloads come before it.
        public struct Index: Comparable, Hashable, Sendable {
            fileprivate var segment: Int
            fileprivate var payload: Int

            /// How many segments come before it.
            public var number: Int { segment }

            public static func < (left: Index, right: Index) -> Bool { left.segment < right.segment }
        }

        /// Marks a payload among the lengths.
        private static let payloadMark: UInt32 = 1 << 31
        /// Stands for a length that has no room here.
        private static let long = payloadMark - 1

        private var lengths = Column<UInt32>()
        private var longLengths: [Int: UInt64] = [:]
        private var objects = Column<Digest>()

        public var startIndex: Index { Index(segment: 0, payload: 0) }
        public var endIndex: Index { Index(segment: lengths.count, payload: objects.count) }
        public var count: Int { lengths.count }
        public var isEmpty: Bool { lengths.count == 0 }
        /// How many of them are payloads.
        public var payloadCount: Int { objects.count }

        public func index(after index: Index) -> Index {
            Index(segment: index.segment + 1, payload: index.payload + (isPayload(index.segment) ? 1 : 0))
        }

        public subscript(index: Index) -> Segment {
            let length = length(of: index.segment)
            return isPayload(index.segment)
                ? .payload(Payload(byteCount: length, object: objects[index.payload]))
                : .literal(byteCount: Int(length))
        }

        private func isPayload(_ segment: Int) -> Bool { lengths[segment] & Segments.payloadMark != 0 }

        private func length(of segment: Int) -> UInt64 {
            let length = lengths[segment] & ~Segments.payloadMark
            return length == Segments.long ? longLengths[segment] ?? 0 : UInt64(length)
        }

        /// The object of a payload by its place among the payloads.
        public func object(ofPayload number: Int) -> Digest { objects[number] }

        // MARK: Changing

        mutating func append(_ payload: Payload) {
            append(length: payload.byteCount, Segments.payloadMark)
            objects.append(payload.object)
        }

        /// Literal bytes, which make the last segment longer where that is a literal.
        mutating func append(literalByteCount count: Int) {
            let last = lengths.count - 1
            guard last >= 0, !isPayload(last) else { return append(length: UInt64(count), 0) }
            let length = length(of: last) + UInt64(count)
            lengths.removeLast()
            longLengths[last] = nil
            append(length: length, 0)
        }

        private mutating func append(length: UInt64, _ mark: UInt32) {
            if length >= UInt64(Segments.long) { longLengths[lengths.count] = length }
            lengths.append(UInt32(Swift.min(length, UInt64(Segments.long))) | mark)
        }

        mutating func replaceObjects(_ replacement: (Digest) throws -> Digest) rethrows {
            try objects.replaceAll(replacement)
        }
    }
}

/// A list that grows in chunks: what is there need not move, and half of it is never left over.
struct Column<Element: Equatable & Sendable>: Equatable, Sendable {
    private static var chunkCount: Int { 1 << 12 }

    private var chunks: [[Element]] = []
    private(set) var count = 0

    subscript(index: Int) -> Element { chunks[index >> 12][index & (Column.chunkCount - 1)] }

    mutating func append(_ element: Element) {
        if count & (Column.chunkCount - 1) == 0 {
            chunks.append([])
            // Most lists are short ones.
            if count > 0 { chunks[chunks.count - 1].reserveCapacity(Column.chunkCount) }
        }
        chunks[chunks.count - 1].append(element)
        count += 1
    }

    mutating func removeLast() {
        chunks[chunks.count - 1].removeLast()
        if chunks[chunks.count - 1].isEmpty { chunks.removeLast() }
        count -= 1
    }

    mutating func replaceAll(_ replacement: (Element) throws -> Element) rethrows {
        for chunk in chunks.indices {
            for index in chunks[chunk].indices { chunks[chunk][index] = try replacement(chunks[chunk][index]) }
        }
    }
}
