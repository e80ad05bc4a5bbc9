internal import Strategies

/// Strategies that a shell may offer.
public enum StrategyCompletion {
    /// Encodings, and where the text has an @ already, all strategies of its encoding.
    public static func candidates(for text: String) -> [String] {
        guard let at = text.firstIndex(of: "@") else {
            return Catalogue.allEncodings.map(\.description)
        }
        let encoding = text[..<at]
        return Catalogue.storages.map { "\(encoding)@\($0.name)" }
    }

    /// A word as it was meant, without the quotes and backslashes of a shell.
    public static func plain(_ word: String) -> String { word.filter { !"'\"\\".contains($0) } }
}
