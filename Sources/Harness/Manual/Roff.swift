/// Text as the man macros take it.
enum Roff {
    /// A line of running text: what roff would read as a command of its own is told that it is none.
    static func text(_ text: some StringProtocol) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\e"
            // A minus sign, which can be copied into a shell.
            case "-": result += "\\-"
            case "'": result += "\\(aq"
            case "`": result += "\\(ga"
            case "^": result += "\\(ha"
            case "~": result += "\\(ti"
            case _ where scalar.isASCII: result.unicodeScalars.append(scalar)
            default:
                let digits = String(scalar.value, radix: 16, uppercase: true)
                result += "\\[u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits + "]"
            }
        }
        return result.hasPrefix(".") ? "\\&" + result : result
    }

    /// An argument of a macro.
    static func quoted(_ text: some StringProtocol) -> String {
        "\"" + Roff.text(text).replacing("\"", with: "\\(dq") + "\""
    }

    static func bold(_ text: some StringProtocol) -> String { "\\fB\(Roff.text(text))\\fR" }
    static func italic(_ text: some StringProtocol) -> String { "\\fI\(Roff.text(text))\\fR" }
}
