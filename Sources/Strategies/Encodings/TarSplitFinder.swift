internal import Digests

/// Says which object an entry's payload is, by the names, sizes and CRCs of a tar-split file.
///
/// The tree's file at the entry's path, where it has the entry's size. Else the payload is an orphan: one that was taken
/// for the same size and CRC before, or the next in stream order. That is a rule, not knowledge: `TarSplitExceptions`
/// hold what it gets wrong.
struct TarSplitFinder {
    struct File {
        var name: [UInt8]
        var byteCount: UInt64
        var crc: [UInt8]
    }

    private struct Content: Hashable {
        var byteCount: UInt64
        var crc: [UInt8]
    }

    let layer: LayerContext
    private var nextOrphan = 0
    private var taken: [Content: Digest] = [:]

    init(_ layer: LayerContext) { self.layer = layer }

    func find(_ file: File) -> Digest? {
        if case .path(let path) = layer.policy.place(file.name),
            case .regular(file.byteCount, let object)? = layer.tree[path]?.content
        {
            return object
        }
        if let object = taken[Content(byteCount: file.byteCount, crc: file.crc)] { return object }
        return nextOrphan < layer.orphans.count ? layer.orphans[nextOrphan] : nil
    }

    /// Notes which object a file really has.
    mutating func take(_ object: Digest, for file: File) {
        guard nextOrphan < layer.orphans.count, layer.orphans[nextOrphan] == object else { return }
        nextOrphan += 1
        taken[Content(byteCount: file.byteCount, crc: file.crc)] = object
    }
}

/// The payloads of a tar-split file that `TarSplitFinder` looks for in the wrong place: kept as the recipe's attachment.
struct TarSplitExceptions {
    static let version: UInt8 = 1

    /// What has been written; nothing where there are no exceptions.
    private(set) var bytes: [UInt8] = []
    private var ordinals: [Digest: UInt64]?
    /// Payloads since the last exception, while writing.
    private var gap: UInt64 = 0

    private var orphans: [Digest] = []
    private var reader: ByteReader?
    /// Payloads up to the next exception, while reading; nil where there is none.
    private var distance: UInt64?

    /// For writing.
    init() {}

    /// Notes the next payload, and keeps where it is unless that is expected.
    mutating func note(_ object: Digest, isExpected: Bool, among finder: TarSplitFinder) {
        guard !isExpected else {
            gap += 1
            return
        }
        if bytes.isEmpty {
            bytes.append(TarSplitExceptions.version)
            let numbered = finder.layer.orphans.enumerated().map { ($1, UInt64($0) + 1) }
            ordinals = Dictionary(numbered) { first, _ in first }
        }
        bytes.append(number: gap)
        gap = 0
        if let ordinal = ordinals?[object] {
            bytes.append(number: ordinal)
        } else {
            bytes.append(0)
            object.append(to: &bytes)
        }
    }

    /// For reading.
    init(_ bytes: ArraySlice<UInt8>, orphans: [Digest]) throws(StrategyError) {
        guard !bytes.isEmpty else { return }
        var reader = ByteReader(bytes, of: "tarsplit's attachment")
        try reader.version(TarSplitExceptions.version)
        (self.orphans, self.reader) = (orphans, reader)
        try readDistance()
    }

    /// Whether no exception is left.
    var isAtEnd: Bool { distance == nil }

    /// The next payload's object where it is an exception.
    mutating func next() throws(StrategyError) -> Digest? {
        guard let distance else { return nil }
        guard distance == 0, var reader else {
            self.distance = distance - 1
            return nil
        }
        let ordinal = try reader.number()
        let object: Digest?
        if ordinal == 0 {
            object = Digest(try reader.take(UInt64(Digest.byteCount)))
        } else {
            guard ordinal <= UInt64(orphans.count) else { throw reader.malformed("there is no orphan \(ordinal - 1)") }
            object = orphans[Int(ordinal - 1)]
        }
        self.reader = reader
        try readDistance()
        return object
    }

    private mutating func readDistance() throws(StrategyError) {
        guard var reader, !reader.isAtEnd else {
            distance = nil
            return
        }
        distance = try reader.number()
        self.reader = reader
    }
}
