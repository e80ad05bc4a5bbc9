/// placeholder until helper
public struct Table {
    public enum Column { case text(String), number(String) }
    public init(columns: [Column]) {}
    public mutating func append(_ row: [String]) { rows.append(row) }
    var rows: [[String]] = []
    public var terminalText: String { rows.map { $0.joined(separator: "  ") }.joined(separator: "\n") }
}
public struct HarnessError: Error {}
