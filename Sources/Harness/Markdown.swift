/// Text as GitHub Markdown holds it.
enum Markdown {
    /// One line that is what it is: nothing in it is a tag, a link, code or the end of a table's cell.
    static func escaped(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in PlainText.line(text).unicodeScalars {
            switch scalar {
            case "\\", "|", "[", "]", "`": result.append(contentsOf: ["\\", scalar])
            case "<": result.append(contentsOf: "&lt;".unicodeScalars)
            default: result.append(scalar)
            }
        }
        return String(result)
    }

    /// One line as code, whatever backticks are in it.
    static func code(_ text: String) -> String {
        let line = PlainText.line(text)
        var (longest, run) = (0, 0)
        for scalar in line.unicodeScalars {
            run = scalar == "`" ? run + 1 : 0
            longest = max(longest, run)
        }
        let fence = String(repeating: "`", count: longest + 1)
        // A backtick at an end would lengthen the fence; the blanks are not shown.
        return longest == 0 ? "`\(line)`" : "\(fence) \(line) \(fence)"
    }
}
