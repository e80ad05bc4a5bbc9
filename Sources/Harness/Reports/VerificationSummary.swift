/// Counts outcomes over files, strategies and modes.
public struct VerificationSummary: Sendable {
    private var counts: [LayerResult.Outcome: Int] = [:]

    public init() {}

    public mutating func add(_ result: LayerResult) { counts[result.outcome, default: 0] += 1 }

    /// Whether anything was inexact or an error.
    public var hasFailures: Bool { counts[.inexact, default: 0] + counts[.error, default: 0] > 0 }

    public var text: String {
        let order: [LayerResult.Outcome] = [.exact, .cannot, .inexact, .error]
        return order.map { "\(counts[$0, default: 0]) \($0.rawValue)" }.joined(separator: ", ")
    }
}

extension LayerResult {
    /// The result on one line.
    public var text: String {
        let sizes = recipeBytes.map { ", recipe \(Figure.count($0)) bytes" } ?? ""
        let reason = error.map { ": \($0)" } ?? ""
        return "\(outcome.rawValue)  \(layer)  \(encoding)@\(storage)  \(mode)\(sizes)\(reason)"
    }

    /// The layer's findings, a line each; nil where it has none.
    public var findingText: String? {
        guard let findings, let findingCount, findingCount > 0 else { return nil }
        return FindingReport.lines(findings, of: findingCount).joined(separator: "\n")
    }
}
