/// A table of texts, rendered for a terminal or as GitHub Markdown. Cells may carry the figure that their text rounds, for
/// renderings that sort or compare.
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

    /// What stands in one place of a table.
    public struct Cell: Equatable, Sendable, ExpressibleByStringLiteral {
        /// What a cell says beside its text, for renderings that can show it. The text alone has to say it, too.
        public enum Tone: String, Sendable {
            case good, bad, fair, mute
        }

        public var text: String
        /// The exact figure behind the text, in the unit that the column names; nil where the text is all there is.
        public var value: Double?
        public var tone: Tone?

        public init(_ text: String, value: Double? = nil, tone: Tone? = nil) {
            (self.text, self.value, self.tone) = (text, value, tone)
        }

        public init(stringLiteral text: String) { self.init(text) }

        /// A count; `–` where there is none.
        public static func count(_ value: (some BinaryInteger)?) -> Cell {
            value.map { Cell(Figure.count($0), value: Double($0)) } ?? .none
        }

        /// A figure with this many decimals; `–` where there is none.
        public static func fixed(_ value: Double?, decimals: Int) -> Cell {
            value.map { Cell(Figure.fixed($0, decimals: decimals), value: $0.isFinite ? $0 : nil) } ?? .none
        }

        /// Bytes per tar entry; `–` where there are none.
        public static func bytesPerEntry(bytes: Int?, entries: Int) -> Cell {
            guard let bytes, entries > 0 else { return .none }
            return Cell(
                Figure.bytesPerEntry(bytes: bytes, entries: entries), value: Double(bytes) / Double(entries))
        }

        /// Nothing to say.
        public static let none = Cell("–", tone: .mute)
    }

    /// Columns that texts are never squeezed below, in characters.
    private static let narrowestColumn = 8
    private static let gap = "  "

    public let columns: [Column]
    /// Whether the last row sums up the others; sorting leaves it where it is.
    public var endsWithTotal = false
    /// The rows, each as long as `columns`.
    public private(set) var cells: [[Cell]] = []
    /// The texts of `cells`.
    public var rows: [[String]] { cells.map { $0.map(\.text) } }

    public init(columns: [Column]) {
        self.columns = columns
    }

    /// Adds a row. Missing cells stay empty, and cells beyond the last column are dropped.
    public mutating func append(_ texts: [String]) { append(cells: texts.map { Cell($0) }) }

    /// Adds a row of texts with figures, under the same terms.
    public mutating func append(cells row: [Cell]) {
        let missing = max(columns.count - row.count, 0)
        cells.append(Array(row.prefix(columns.count)) + Array(repeating: Cell(""), count: missing))
    }

    /// Aligned text with a rule below the titles and a newline after each line.
    ///
    /// - Parameter width: Characters in a line. Left-aligned columns are shortened with `…`, the widest first, until
    ///   the table fits or no column can give any more.
    public func terminalText(width: Int = 110) -> String {
        let widths = fittedWidths(to: width)
        let rule = widths.map { String(repeating: "─", count: $0) }.joined(separator: Table.gap)
        let lines = [line(plainTitles, widths), rule] + plainRows.map { line($0, widths) }
        return lines.map { $0 + "\n" }.joined()
    }

    /// A GitHub Markdown table with a newline after each line; its texts are escaped.
    public var markdown: String {
        let rule = columns.map { $0.alignment == .left ? "---" : "---:" }
        let lines = [columns.map { Markdown.escaped($0.title) }, rule] + rows.map { $0.map(Markdown.escaped) }
        return lines.map { "| " + $0.joined(separator: " | ") + " |\n" }.joined()
    }

    private var plainTitles: [String] { columns.map { PlainText.line($0.title) } }
    private var plainRows: [[String]] { rows.map { $0.map { PlainText.line($0) } } }

    private func fittedWidths(to width: Int) -> [Int] {
        let (titles, lines) = (plainTitles, plainRows)
        var widths = columns.indices.map { column in
            ([titles[column]] + lines.map { $0[column] }).map(\.count).max() ?? 0
        }
        let gaps = Table.gap.count * max(columns.count - 1, 0)
        while widths.reduce(gaps, +) > width {
            let shrinkable = widths.indices.filter {
                columns[$0].alignment == .left && widths[$0] > max(Table.narrowestColumn, titles[$0].count)
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
