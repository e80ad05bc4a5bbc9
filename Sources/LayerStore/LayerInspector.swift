public import Digests
internal import Strategies
public import Tar

/// What a layer is made of: dialects, entries by kind, order, where its bytes are, and what is odd about it.
public struct LayerInspection: Sendable {
    /// How entries follow each other.
    public enum Order: String, Sendable {
        /// Whole paths in bytewise order: Go's writers.
        case bytewisePaths = "whole paths, bytewise"
        /// Depth first, siblings in bytewise order: `tar --sort=name`.
        case sortedSiblings = "depth first, siblings bytewise"
        /// Anything else, such as the file system's own order.
        case unsorted
        /// Fewer than two entries.
        case none
    }

    /// Where the stream's bytes are. They add up to its length.
    public struct ByteShares: Equatable, Sendable {
        public var headers: UInt64 = 0
        /// pax records and long names, with their own headers and padding.
        public var extensions: UInt64 = 0
        public var payloads: UInt64 = 0
        public var padding: UInt64 = 0
        /// The end-of-archive marker and the zeros after it.
        public var end: UInt64 = 0
        /// What is no tar.
        public var opaque: UInt64 = 0
    }

    public var diffID: Digest
    public var byteCount: UInt64
    public var entryCount = 0
    public var entriesByKind: [String: Int] = [:]
    public var entriesByDialect: [Dialect: Int] = [:]
    public var entriesWithPaxRecords = 0
    public var entriesWithExtendedAttributes = 0
    public var distinctModificationTimes = 0
    public var order = Order.none
    public var bytes = ByteShares()
    public var findings = FindingLog()

    /// Reads a layer to its end.
    public init(
        of source: LayerSource, progress: (UInt64) -> Void = { _ in }
    ) throws {
        var inspector = LayerInspector()
        var splitter = Splitter()
        while let chunk = try source.next() {
            try splitter.consume(chunk, into: &inspector)
            progress(source.fileOffset)
        }
        try splitter.finish(into: &inspector)
        inspector.endLiterals()
        diffID = source.diffID
        byteCount = source.streamByteCount
        entryCount = inspector.entryCount
        entriesByKind = inspector.kinds
        entriesByDialect = inspector.dialects
        entriesWithPaxRecords = inspector.withPaxRecords
        entriesWithExtendedAttributes = inspector.withExtendedAttributes
        distinctModificationTimes = inspector.modificationTimes.count
        order = inspector.order
        bytes = inspector.bytes
        findings = inspector.findings
    }
}

/// Counts what a splitter finds.
private struct LayerInspector: SplitterSink {
    var entryCount = 0
    var kinds: [String: Int] = [:]
    var dialects: [Dialect: Int] = [:]
    var withPaxRecords = 0
    var withExtendedAttributes = 0
    var modificationTimes: Set<Int64> = []
    var bytes = LayerInspection.ByteShares()
    var findings = FindingLog()

    /// Literal bytes since the last payload.
    private var literals: UInt64 = 0
    /// How many of them pad that payload.
    private var expectedPadding: UInt64 = 0
    private var previousPath: [[UInt8]]?
    private var previousBytes: [UInt8] = []
    private var seen = SeenPaths()
    private var isBytewise = true
    private var isDepthFirst = true

    mutating func literal(_ bytes: ArraySlice<UInt8>) { literals += UInt64(bytes.count) }

    mutating func entry(_ entry: Entry) {
        entryCount += 1
        let padding = min(expectedPadding, literals)
        let header = min(UInt64(Header.blockSize), literals - padding)
        bytes.padding += padding
        bytes.headers += header
        bytes.extensions += literals - padding - header
        literals = 0
        expectedPadding = (512 - entry.size % 512) % 512

        kinds[entry.kind.description, default: 0] += 1
        dialects[entry.dialect, default: 0] += 1
        if entry.hasPaxRecords { withPaxRecords += 1 }
        if !entry.extendedAttributes.isEmpty { withExtendedAttributes += 1 }
        modificationTimes.insert(entry.modificationTime)
        if let finding = seen.note(entry) { findings.add(finding) }
        follow(entry.path)
    }

    mutating func payload(_ bytes: ArraySlice<UInt8>) { self.bytes.payloads += UInt64(bytes.count) }

    mutating func payloadEnded(isWhole: Bool) {}

    mutating func opaque(_ bytes: ArraySlice<UInt8>) {
        endLiterals()
        // Zeros after the end marker fill a record, and are as good as part of it.
        if self.bytes.opaque == 0, self.bytes.end > 0, bytes.allSatisfy({ $0 == 0 }) {
            self.bytes.end += UInt64(bytes.count)
        } else {
            self.bytes.opaque += UInt64(bytes.count)
        }
    }

    mutating func finding(_ finding: Finding) { findings.add(finding) }

    /// Literals that no entry follows are padding and the end marker.
    mutating func endLiterals() {
        let padding = min(expectedPadding, literals)
        bytes.padding += padding
        bytes.end += literals - padding
        (literals, expectedPadding) = (0, 0)
    }

    var order: LayerInspection.Order {
        if entryCount < 2 { return .none }
        return isDepthFirst ? .sortedSiblings : isBytewise ? .bytewisePaths : .unsorted
    }

    private mutating func follow(_ path: [UInt8]) {
        guard path.count <= PathPolicy.maximumPathBytes else { return }
        let names = path.split(separator: UInt8(ascii: "/")).filter { !$0.elementsEqual(".".utf8) }.map(Array.init)
        let whole = Array(names.joined(separator: [UInt8(ascii: "/")]))
        defer { (previousPath, previousBytes) = (names, whole) }
        guard let previous = previousPath else { return }
        if whole.lexicographicallyPrecedes(previousBytes) { isBytewise = false }
        if names.lexicographicallyPrecedes(previous, by: { $0.lexicographicallyPrecedes($1) }) { isDepthFirst = false }
    }
}
