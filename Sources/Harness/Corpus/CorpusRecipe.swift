/// How a layer of the corpus is obtained. In the manifest: `kind`, and the parameters beside it.
public enum CorpusRecipe: Equatable, Sendable {
    /// A bounded sample of a directory tree, packed by GNU tar.
    case hostTree(HostTree)
    /// A Debian root file system, made from the machine's own apt sources.
    case mmdebstrap(Mmdebstrap)
    /// A source archive from the Python package index that pip is configured for.
    case pypi(PythonSource)

    enum Kind: String, Codable, CaseIterable {
        case hostTree = "host-tree"
        case mmdebstrap
        case pypi
    }

    var kind: Kind {
        switch self {
        case .hostTree: .hostTree
        case .mmdebstrap: .mmdebstrap
        case .pypi: .pypi
        }
    }
}

extension CorpusRecipe: Codable {
    private enum CodingKeys: String, CodingKey {
        case kind
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let name = try values.decode(String.self, forKey: .kind)
        guard let kind = Kind(rawValue: name) else {
            let known = Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw DecodingError.dataCorruptedError(
                forKey: .kind, in: values, debugDescription: "unknown recipe kind `\(name)` (known: \(known))")
        }
        switch kind {
        case .hostTree: self = .hostTree(try HostTree(from: decoder))
        case .mmdebstrap: self = .mmdebstrap(try Mmdebstrap(from: decoder))
        case .pypi: self = .pypi(try PythonSource(from: decoder))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(kind, forKey: .kind)
        switch self {
        case .hostTree(let recipe): try recipe.encode(to: encoder)
        case .mmdebstrap(let recipe): try recipe.encode(to: encoder)
        case .pypi(let recipe): try recipe.encode(to: encoder)
        }
    }
}

/// What every recipe gets to work with.
struct RecipeContext {
    /// The entry's name, for errors.
    var entryName: String
    /// An empty directory of the recipe's own, on the cache's file system, removed afterwards.
    var workDirectory: String
    /// One line for a person to read.
    var progress: (String) -> Void
}
