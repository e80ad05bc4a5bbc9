/// A table of texts, rendered for a terminal or as GitHub Markdown.
public struct Table: Equatable, Sendable {
    public struct Column: Equatable, Sendable {
        public enum Alignment: Sendable {
            /// Text; gives up width first where the table is too wide.
            case left
            /// Figures; never shortened.
            case right
        }

        public var title: String
        public var alignment: Alignment

        public init(_ title: String, _ alignment: Alignment = .left) {
            self.title = title
            self.alignment = alignment
        }
    }

    /// Columns that texts are never squeezed below, in characters.
    private static let narrowestColumn = 8
    private static let gap = "  "

    public let columns: [Column]
    /// The rows, each as long as `columns`.
    public private(set) var rows: [[String]] = []

    public init(columns: [Column]) {
        self.columns = columns
    }

    /// Adds a row. Missing cells stay empty, and cells beyond the last column are dropped.
    public mutating func append(_ cells: [String]) {
        let missing = max(columns.count - cells.count, 0)
        rows.append(Array(cells.prefix(columns.count)) + Array(repeating: "", count: missing))
    }

    /// Aligned text with a rule below the titles and a newline after each line.
    ///
    /// - Parameter width: Characters in a line. Left-aligned columns are shortened with `…`, the widest first, until
    ///   the table fits or no column can give any more.
    public func terminalText(width: Int = 110) -> String {
        let widths = fittedWidths(to: width)
        let rule = widths.map { String(repeating: "─", count: $0) }.joined(separator: Table.gap)
        let lines = [line(columns.map(\.title), widths), rule] + rows.map { line($0, widths) }
        return lines.map { $0 + "\n" }.joined()
    }

    /// A GitHub Markdown table with a newline after each line; pipes in cells are escaped and line breaks become
    /// spaces.
    public var markdown: String {
        let rule = columns.map { $0.alignment == .left ? "---" : "---:" }
        return ([columns.map(\.title), rule] + rows).map { cells in
            "| " + cells.map(Table.markdownCell).joined(separator: " | ") + " |\n"
        }.joined()
    }

    private static func markdownCell(_ cell: String) -> String {
        String(
            cell.flatMap { character -> String in
                if character == "|" { return "\\|" }
                return character.isNewline ? " " : String(character)
            })
    }

    private func fittedWidths(to width: Int) -> [Int] {
        var widths = columns.indices.map { column in
            ([columns[column].title] + rows.map { $0[column] }).map(\.count).max() ?? 0
        }
        let gaps = Table.gap.count * max(columns.count - 1, 0)
        while widths.reduce(gaps, +) > width {
            let shrinkable = widths.indices.filter {
                columns[$0].alignment == .left && widths[$0] > max(Table.narrowestColumn, columns[$0].title.count)
            }
            guard let widest = shrinkable.max(by: { widths[$0] < widths[$1] }) else { break }
            widths[widest] -= 1
        }
        return widths
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        let padded = cells.indices.map { index -> String in
            let room = widths[index]
            let cell = cells[index].count > room ? cells[index].prefix(room - 1) + "…" : cells[index]
            let padding = String(repeating: " ", count: room - cell.count)
            return columns[index].alignment == .left ? cell + padding : padding + cell
        }
        let text = padded.joined(separator: Table.gap)
        // Padding after the last word would only make copied output ragged.
        return String(text.reversed().drop { $0 == " " }.reversed())
    }
}
