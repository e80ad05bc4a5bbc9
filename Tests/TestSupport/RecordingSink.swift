public import Tar

/// Keeps everything that a splitter says, with adjacent chunks of one nature as one, so that two recordings of a stream
/// are equal whatever the chunks were.
public struct RecordingSink: SplitterSink, Equatable, Sendable {
    public enum Segment: Equatable, Sendable {
        case literal(byteCount: Int)
        case opaque(byteCount: Int)
        /// The entry of this index in `entries`.
        case entry(Int)
        case payload(byteCount: Int)
        case payloadEnd(isWhole: Bool)
    }

    /// All bytes in the order of their coming: the stream, if the splitter is exact.
    public private(set) var bytes: [UInt8] = []
    public private(set) var segments: [Segment] = []
    public private(set) var entries: [Entry] = []
    /// Each entry's payload; empty where it has none.
    public private(set) var payloads: [[UInt8]] = []
    public private(set) var findings: [Finding] = []

    public init() {}

    /// What a splitter makes of a stream that comes in chunks of so many bytes, or all at once.
    public init(splitting stream: [UInt8], chunkSize: Int? = nil) throws {
        var splitter = Splitter()
        var rest = stream[...]
        while !rest.isEmpty {
            let chunk = rest.prefix(chunkSize ?? rest.count)
            try splitter.consume(chunk, into: &self)
            rest = rest.dropFirst(chunk.count)
        }
        try splitter.finish(into: &self)
    }

    /// The findings' kinds, in order.
    public var findingKinds: [Finding.Kind] { findings.map(\.kind) }

    /// The entries' paths, in order.
    public var paths: [String] { entries.map { String(decoding: $0.path, as: UTF8.self) } }

    public mutating func literal(_ chunk: ArraySlice<UInt8>) {
        bytes += chunk
        if case .literal(let count) = segments.last {
            segments[segments.count - 1] = .literal(byteCount: count + chunk.count)
        } else {
            segments.append(.literal(byteCount: chunk.count))
        }
    }

    public mutating func opaque(_ chunk: ArraySlice<UInt8>) {
        bytes += chunk
        if case .opaque(let count) = segments.last {
            segments[segments.count - 1] = .opaque(byteCount: count + chunk.count)
        } else {
            segments.append(.opaque(byteCount: chunk.count))
        }
    }

    public mutating func entry(_ entry: Entry) {
        segments.append(.entry(entries.count))
        entries.append(entry)
        payloads.append([])
    }

    public mutating func payload(_ chunk: ArraySlice<UInt8>) {
        bytes += chunk
        payloads[payloads.count - 1] += chunk
        if case .payload(let count) = segments.last {
            segments[segments.count - 1] = .payload(byteCount: count + chunk.count)
        } else {
            segments.append(.payload(byteCount: chunk.count))
        }
    }

    public mutating func payloadEnded(isWhole: Bool) { segments.append(.payloadEnd(isWhole: isWhole)) }

    public mutating func finding(_ finding: Finding) { findings.append(finding) }
}
