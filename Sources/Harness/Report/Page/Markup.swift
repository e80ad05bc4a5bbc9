/// Text as HTML and SVG hold it.
enum Markup {
    /// Nothing in the result ends an element or an attribute, whatever the text is.
    ///
    /// It looks at scalars: to Swift a quote with a combining accent behind it is one character, and no quote, but a browser
    /// sees the quote. Control characters, which HTML does not allow, become their pictures.
    static func escaped(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result.append(contentsOf: "&amp;".unicodeScalars)
            case "<": result.append(contentsOf: "&lt;".unicodeScalars)
            case ">": result.append(contentsOf: "&gt;".unicodeScalars)
            case "\"": result.append(contentsOf: "&quot;".unicodeScalars)
            case "'": result.append(contentsOf: "&#39;".unicodeScalars)
            case "\n", "\t": result.append(scalar)
            case "\u{0}"..."\u{1f}":
                result.append(Unicode.Scalar(0x2400 + scalar.value) ?? "\u{fffd}")
            case "\u{7f}"..."\u{9f}": result.append("\u{fffd}")
            // Those that turn the direction of what follows, beyond the text's own end.
            case "\u{202a}"..."\u{202e}", "\u{2066}"..."\u{2069}": result.append("\u{fffd}")
            default: result.append(scalar)
            }
        }
        return String(result)
    }
}
