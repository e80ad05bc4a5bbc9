/// What both sides remember of the headers so far, so that the next one need not repeat it. Packing and unpacking change
/// it alike.
struct PackingMemory {
    /// By type flag.
    struct Kind {
        var modes = RecentValues()
        var size: UInt64 = 0
        var deviceMajor: UInt64 = 0
        var deviceMinor: UInt64 = 0
        /// The data of the last extension header, as far as it was no path.
        var data: [UInt8] = []
        /// The shape of the last one; packing looks there first.
        var shape = -1
    }

    /// Extension headers have names, owners and times of their own.
    struct Family {
        var path = RememberedPath()
        var times = RecentValues()
        var owner = 0
    }

    var kinds = [Kind](repeating: Kind(), count: 256)
    var entries = Family()
    var extensions = Family()
    var shapes: [HeaderShape] = []
    /// The first one, root without a name, need not be told.
    var owners = [HeaderOwner()]
    /// An extension header has told the next entry's path, which `entries.path` holds.
    var pathIsGiven = false
}

/// The last path, which the next one is likely to share a beginning with.
struct RememberedPath {
    /// More shared bytes than these are told again.
    static let maximumSharedBytes = 255

    private(set) var bytes: [UInt8] = []
    /// Bytes up to the last slash and with it; one at the end does not count.
    private(set) var folderByteCount = 0

    mutating func set(_ path: ArraySlice<UInt8>) {
        bytes.removeAll(keepingCapacity: true)
        bytes.append(contentsOf: path)
        var index = bytes.count - 1
        while index > 0, bytes[index - 1] != UInt8(ascii: "/") { index -= 1 }
        folderByteCount = max(index, 0)
    }

    /// How many bytes a path shares with this one.
    func sharedCount(_ path: ArraySlice<UInt8>) -> Int { bytes[...].sharedCount(path, atMost: Self.maximumSharedBytes) }
}

/// Values that were seen lately, the last one first.
struct RecentValues {
    static let maximumCount = 255

    private var values: [UInt64] = []

    /// The last value; 0 where there is none yet.
    var last: UInt64 { values.first ?? 0 }

    /// The value's rank, by which it is the last one again; nil where it is new. Rank 0 is the last one's.
    mutating func note(_ value: UInt64) -> Int? {
        if values.first == value { return 0 }
        let rank = values.firstIndex(of: value)
        bring(value, from: rank)
        return rank
    }

    /// The value of a rank, which makes it the last one; nil where there is none.
    mutating func take(rank: UInt64) -> UInt64? {
        guard rank < UInt64(values.count) else { return nil }
        let value = values[Int(rank)]
        bring(value, from: Int(rank))
        return value
    }

    /// Adds a new value, which is the last one then.
    mutating func add(_ value: UInt64) { bring(value, from: nil) }

    private mutating func bring(_ value: UInt64, from rank: Int?) {
        if let rank {
            values.remove(at: rank)
        } else if values.count == RecentValues.maximumCount {
            values.removeLast()
        }
        values.insert(value, at: 0)
    }
}

extension ArraySlice<UInt8> {
    /// How many bytes both begin with, and at most this many.
    func sharedCount(_ other: ArraySlice<UInt8>, atMost limit: Int) -> Int {
        let count = Swift.min(self.count, other.count, limit)
        let (left, right) = (span, other.span)
        var index = 0
        while index < count, left[index] == right[index] { index += 1 }
        return index
    }
}

/// Signed differences as unsigned numbers, small ones small.
enum Zigzag {
    static func encode(_ value: UInt64, after previous: UInt64) -> UInt64 {
        let difference = Int64(bitPattern: value &- previous)
        return UInt64(bitPattern: difference << 1 ^ difference >> 63)
    }

    static func decode(_ number: UInt64, after previous: UInt64) -> UInt64 {
        let difference = Int64(bitPattern: number >> 1) ^ -Int64(bitPattern: number & 1)
        return previous &+ UInt64(bitPattern: difference)
    }
}
