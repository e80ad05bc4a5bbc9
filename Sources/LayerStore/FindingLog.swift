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
}
