/// An encoding and the storage that keeps its bytes, written
/// `ENCODING[:key=value,…][+WRAPPER[:LEVEL[,key=value,…]]]@STORAGE`.
public struct Strategy: Sendable {
    public let encoding: any Encoding
    public let storage: any Storage

    public init(encoding: any Encoding, storage: any Storage) {
        self.encoding = encoding
        self.storage = storage
    }

    /// Reads a strategy as a user writes it: `raw@sidecar`, `raw+zstd:19@commit-metadata`. `zstd:19` alone means
    /// `raw+zstd:19`; where no storage is named, it is `commit-metadata`.
    public init(parsing text: String) throws(StrategyError) {
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        encoding = try Strategy.encoding(parts[0])
        guard parts.count == 2 else {
            storage = CommitMetadata()
            return
        }
        let storages = Catalogue.knownStorages
        guard let type = storages.first(where: { $0.name == parts[1] }) else {
            throw unknown("storage", parts[1], among: storages.map { $0.name })
        }
        storage = type.init()
    }

    /// The strategy of an import that names none.
    public static let standard = Strategy(
        encoding: WrappedEncoding(base: Raw(), wrapper: Zstd.standard), storage: CommitMetadata())

    /// The encoding that a text names, with payloads up to so many bytes in the recipe; the text says nothing of that.
    public static func encoding(_ text: String, inlineLimit: UInt64) throws(StrategyError) -> any Encoding {
        let plain = try encoding(text).description
        let base = plain.prefix { $0 != "+" }
        return try encoding(
            "\(base)\(base.contains(":") ? "," : ":")\(InliningEncoding.key)=\(inlineLimit)\(plain.dropFirst(base.count))"
        )
    }

    /// The encoding as a strategy and an envelope write it.
    public static func encoding(_ text: String) throws(StrategyError) -> any Encoding {
        var parts = text.split(separator: "+", omittingEmptySubsequences: false).map(String.init)
        if let first = parts.first, Catalogue.knownWrappers.contains(where: { $0.name == first.prefix { $0 != ":" } }) {
            parts.insert(Raw.name, at: 0)
        }
        var encoding = try plainEncoding(parts[0])
        for part in parts.dropFirst() {
            encoding = WrappedEncoding(base: encoding, wrapper: try wrapper(part))
        }
        return encoding
    }

    private static func plainEncoding(_ text: String) throws(StrategyError) -> any Encoding {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let encodings = Catalogue.knownEncodings
        guard let type = encodings.first(where: { $0.name == parts[0] }) else {
            throw unknown(
                "encoding", parts[0], among: encodings.map { $0.name } + Catalogue.knownWrappers.map { $0.name })
        }
        let pairs = parts.dropFirst().flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }
        var parameters = try parameters(pairs[...], of: text)
        let inline = parameters.removeValue(forKey: InliningEncoding.key)
        let encoding = try type.init(parameters: parameters)
        return try inline.map { text throws(StrategyError) in try InliningEncoding.wrap(encoding, limit: text) }
            ?? encoding
    }

    private static func parameters(
        _ pairs: ArraySlice<Substring>, of text: String
    ) throws(StrategyError) -> [String: String] {
        var parameters: [String: String] = [:]
        for pair in pairs {
            let sides = pair.split(separator: "=", maxSplits: 1).map(String.init)
            guard sides.count == 2 else {
                throw StrategyError(.unknown, "strategy '\(text)'", "'\(pair)' is not of the form key=value")
            }
            parameters[sides[0]] = sides[1]
        }
        return parameters
    }

    private static func wrapper(_ text: String) throws(StrategyError) -> any Wrapper {
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        let name = parts.first ?? ""
        let wrappers = Catalogue.knownWrappers
        guard let type = wrappers.first(where: { $0.name == name }) else {
            throw unknown("wrapper", name, among: wrappers.map { $0.name })
        }
        guard type.takesLevel else {
            guard text == name else {
                throw StrategyError(.unknown, "strategy part '\(text)'", "\(name) takes no level")
            }
            return try type.init(level: 0)
        }
        let words = parts.dropFirst().flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }
        guard let level = words.first.flatMap({ Int($0) }) else {
            throw StrategyError(.unknown, "strategy part '\(text)'", "\(name) needs a level, such as \(name):19")
        }
        return try type.init(level: level, parameters: try parameters(words.dropFirst(), of: text))
    }
}

extension Strategy: CustomStringConvertible {
    /// The canonical form.
    public var description: String { "\(encoding.description)@\(type(of: storage).name)" }
}

private func unknown(_ what: String, _ name: String, among known: [String]) -> StrategyError {
    let hint = nearest(to: name, among: known).map { "did you mean '\($0)'? " } ?? ""
    return StrategyError(
        .unknown, "\(what) '\(name)'", "there is none of this name; \(hint)known: \(known.joined(separator: ", "))")
}

/// The known name that takes the fewest edits (insert, remove, replace a character) to reach, where those are at most
/// half of its length; else the only one that begins with it, or ends with it.
public func nearest(to name: String, among known: [String]) -> String? {
    func distance(_ left: [Character], _ right: [Character]) -> Int {
        var row = Array(0...right.count)
        for (i, a) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, b) in right.enumerated() {
                let replaced = diagonal + (a == b ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[right.count]
    }
    let ranked = known.map { (name: $0, edits: distance(Array(name), Array($0))) }
    if let close = ranked.filter({ $0.edits <= $0.name.count / 2 }).min(by: { $0.edits < $1.edits })?.name {
        return close
    }
    let longer = known.filter { name.count > 2 && ($0.hasPrefix(name) || $0.hasSuffix(name)) }
    return longer.count == 1 ? longer[0] : nil
}
