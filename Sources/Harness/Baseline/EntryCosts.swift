internal import Foundation

/// What a program costs for each entry of a layer, counted and not timed: by name, such as `import system calls`.
public struct EntryCosts: Codable, Equatable, Sendable {
    public var perEntry: [String: Double]

    public init(perEntry: [String: Double]) { self.perEntry = perEntry }

    /// The marginal cost between a small and a large layer: what a process's start takes cancels out.
    init(small: [String: UInt64], large: [String: UInt64], entries: Int) {
        perEntry = small.reduce(into: [:]) { costs, count in
            guard let more = large[count.key] else { return }
            costs[count.key] = (Double(more) - Double(count.value)) / Double(entries)
        }
    }

    // MARK: What the programs print

    /// Calls that come and go with the moment: how long threads wait for each other.
    private static let waiting: Set<String> = ["futex", "sched_yield"]

    /// All system calls of a `strace -f -c` summary but those by which threads wait; nil where it is none.
    static func systemCalls(_ summary: String) -> UInt64? {
        var calls: UInt64?
        for line in summary.split(separator: "\n") {
            // % time, seconds, usecs/call, calls, errors (left out where there are none), syscall
            let fields = line.split(separator: " ")
            guard fields.count >= 5, let count = UInt64(fields[3]), let name = fields.last, name != "total",
                !waiting.contains(String(name))
            else { continue }
            calls = (calls ?? 0) + count
        }
        return calls
    }

    /// `==7== total heap usage: 1,234 allocs, 1,200 frees, 5,678 bytes allocated`
    static func allocations(_ log: String) -> UInt64? {
        number(before: " allocs,", after: "total heap usage: ", in: log)
    }

    /// `==7== Collected : 123456`
    static func instructions(_ log: String) -> UInt64? { number(before: nil, after: "Collected : ", in: log) }

    private static func number(before end: String?, after start: String, in text: String) -> UInt64? {
        guard let line = text.split(separator: "\n").first(where: { $0.contains(start) }),
            let range = line.range(of: start)
        else { return nil }
        var rest = line[range.upperBound...]
        if let end, let stop = rest.range(of: end) { rest = rest[..<stop.lowerBound] }
        return UInt64(rest.filter { $0 != "," && $0 != " " })
    }
}
