/// What one line says of work under way: how much is done, of how much, how fast, and how long the rest may take.
public struct ProgressText: Sendable {
    public enum Unit: Sendable {
        /// Told in MB, with a rate.
        case bytes
        /// Told as a count.
        case items
    }

    /// Before so many seconds a rate says nothing about the rest.
    private static let settledSeconds = 1.0

    private let title: String
    private let total: UInt64?
    private let unit: Unit

    /// - Parameter total: nil, or 0, where it is not known.
    public init(_ title: String, total: UInt64?, unit: Unit = .bytes) {
        (self.title, self.total, self.unit) = (title, total == 0 ? nil : total, unit)
    }

    /// `import: 120 of 300 MB, 40 %, 85 MB/s, 3 s left`, as far as it is known.
    public func text(done: UInt64, afterSeconds seconds: Double) -> String {
        var parts: [String]
        let known = total.flatMap { done <= $0 ? $0 : nil }
        switch unit {
        case .bytes:
            let share = known.map { " of \(Figure.count($0 / 1_000_000))" } ?? ""
            parts = ["\(title): \(Figure.count(done / 1_000_000))\(share) MB"]
        case .items:
            parts = ["\(title): \(Figure.count(done))" + (known.map { " of \(Figure.count($0))" } ?? "")]
        }
        if let known { parts.append("\(UInt64(Double(done) / Double(known) * 100)) %") }
        if seconds >= ProgressText.settledSeconds, done > 0 {
            if unit == .bytes {
                parts.append("\(Figure.megabytesPerSecond(bytes: done, seconds: seconds)) MB/s")
            } else if known == nil {
                parts.append("\(Figure.fixed(Double(done) / seconds, decimals: 0)) a second")
            }
            if let known, known > done {
                parts.append("about \(Figure.duration(Double(known - done) / Double(done) * seconds)) left")
            }
        }
        return parts.joined(separator: ", ")
    }
}
