/// A table for programs: raw figures, one kind of row, as RFC 4180 writes it.
public struct CSVTable: Sendable {
    public enum Value: Sendable, Equatable {
        case text(String)
        case number(Double)
        /// An empty field.
        case none

        static func text(_ value: String?) -> Value { value.map { Value.text($0) } ?? .none }
        static func number(_ value: (some BinaryInteger)?) -> Value { value.map { .number(Double($0)) } ?? .none }
        static func number(_ value: Double?) -> Value { value.map { .number($0) } ?? .none }
        static func flag(_ value: Bool?) -> Value { value.map { .text($0 ? "true" : "false") } ?? .none }
    }

    public struct Column: Sendable {
        /// With its unit last: `encode_median_s`.
        public var name: String
        /// What it holds, in which unit.
        public var meaning: String
    }

    /// The file's name without its ending.
    public let name: String
    /// What a row is.
    public let meaning: String
    public let columns: [Column]
    public private(set) var rows: [[Value]] = []

    init(_ name: String, _ meaning: String, _ columns: [(name: String, meaning: String)]) {
        (self.name, self.meaning) = (name, meaning)
        self.columns = columns.map { Column(name: $0.name, meaning: $0.meaning) }
    }

    /// Adds a row, which has a value for each column.
    mutating func append(_ values: [Value]) {
        precondition(values.count == columns.count, "a row of \(name).csv has \(columns.count) fields")
        rows.append(values)
    }

    /// Lines end in CR LF, a first line names the columns, and what has commas, quotes or line breaks is quoted. A text that a
    /// spreadsheet would take for a formula has an apostrophe before it.
    public var text: String {
        let lines = [columns.map { Value.text($0.name) }] + rows
        return lines.map { $0.map(CSVTable.field).joined(separator: ",") + "\r\n" }.joined()
    }

    private static func field(_ value: Value) -> String {
        switch value {
        case .none: return ""
        case .number(let number): return ReportPage.number(number)
        case .text(let text):
            // By scalars: CR LF is one character to Swift, and a quote with an accent is no quote.
            let isFormula = text.unicodeScalars.first.map("=+-@\t\r\n".unicodeScalars.contains) ?? false
            let scalars = (isFormula ? "'" + text : text).unicodeScalars
            guard scalars.contains(where: ",\"\r\n".unicodeScalars.contains) else {
                return String(scalars)
            }
            var quoted = String.UnicodeScalarView(["\""])
            for scalar in scalars { quoted.append(contentsOf: scalar == "\"" ? [scalar, scalar] : [scalar]) }
            quoted.append("\"")
            return String(quoted)
        }
    }
}
