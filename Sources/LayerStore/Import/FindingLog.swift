public import Tar

/// Findings as they come: the first ones whole, all of them counted, so that a layer of a million oddities does not take
/// memory for each.
public struct FindingLog: Sendable, Equatable {
    /// Findings that are kept whole.
    public static let capacity = 1000

    public private(set) var first: [Finding] = []
    public private(set) var count = 0

    public init() {}

    public mutating func add(_ finding: Finding) {
        count += 1
        if first.count < FindingLog.capacity { first.append(finding) }
    }

    /// Adds findings that were made late, sorted by their offsets, where they belong among those that are there.
    mutating func add(sorted late: [Finding]) {
        count += late.count
        var merged: [Finding] = []
        var rest = late[...]
        for finding in first {
            while let next = rest.first, next.offset < finding.offset { merged.append(rest.removeFirst()) }
            merged.append(finding)
        }
        first = Array((merged + rest).prefix(FindingLog.capacity))
    }
}
