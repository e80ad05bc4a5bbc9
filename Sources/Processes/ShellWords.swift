/// Command lines as a shell reads them.
public enum ShellWords {
    /// What no shell reads as anything else.
    private static let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-")

    /// The words with blanks between them; a word that a shell would change is in single quotes.
    public static func line(_ words: [String]) -> String {
        words.map { word in
            guard word.isEmpty || !word.allSatisfy(plain.contains) else { return word }
            return "'\(word.replacing("'", with: "'\\''"))'"
        }
        .joined(separator: " ")
    }

    /// How to do again what this process was asked to do.
    public static var thisCommand: String { line(["layerlab"] + CommandLine.arguments.dropFirst()) }
}
