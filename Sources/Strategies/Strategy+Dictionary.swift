public import Digests

extension Strategy {
    /// Strategies, or encodings, as a person writes them, with a dictionary's digest filled in.
    ///
    /// Where one of them has the word `dictionary` without a value (`raw+zstd:19,dictionary`), the digest goes there and
    /// nowhere else. Where none names a dictionary, the last zstd of each gets it; one without any is an error of kind
    /// `unknown`, for the dictionary would do nothing.
    public static func naming(_ dictionary: Digest, in texts: [String]) throws(StrategyError) -> [String] {
        let bare = ",\(Zstd.dictionaryKey)"
        let areExplicit = texts.contains { $0.contains(bare) }
        return try texts.map { text throws(StrategyError) in
            let sides = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            var parts = sides[0].split(separator: "+", omittingEmptySubsequences: false).map(String.init)
            if areExplicit {
                parts = parts.map { $0.hasSuffix(bare) ? "\($0)=\(dictionary.hex)" : $0 }
            } else if let last = parts.lastIndex(where: { $0.prefix { $0 != ":" } == Zstd.name }) {
                parts[last] += "\(bare)=\(dictionary.hex)"
            } else {
                throw StrategyError(
                    .unknown, "strategy '\(text)'", "it has no zstd that could use the dictionary; such as raw+zstd:19")
            }
            return ([parts.joined(separator: "+")] + sides.dropFirst()).joined(separator: "@")
        }
    }
}
