/// Text for people, without what a terminal would obey: names of layers and images are anybody's.
public enum PlainText {
    /// One line: breaks and tabs become blanks, other control characters, and those that turn the direction of what follows,
    /// `\u{fffd}`.
    public static func line(_ text: some StringProtocol) -> String { cleaned(text, isLine: true) }

    /// The same for several lines: line feeds and tabs stay.
    public static func lines(_ text: some StringProtocol) -> String { cleaned(text, isLine: false) }

    // By scalars: an escape with an accent behind it is another character to Swift, and an escape to a terminal.
    private static func cleaned(_ text: some StringProtocol, isLine: Bool) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n", "\t": result.append(isLine ? " " : scalar)
            case "\r", "\u{b}", "\u{c}", "\u{85}", "\u{2028}", "\u{2029}": result.append(" ")
            case "\u{0}"..."\u{1f}", "\u{7f}"..."\u{9f}", "\u{202a}"..."\u{202e}", "\u{2066}"..."\u{2069}":
                result.append("\u{fffd}")
            default: result.append(scalar)
            }
        }
        return String(result)
    }
}
