/// How a layer of the corpus is obtained. In the manifest: `kind`, and the parameters beside it.
public enum CorpusRecipe: Equatable, Sendable {
    /// A bounded sample of a directory tree, packed by GNU tar.
    case hostTree(HostTree)
    /// A Debian root file system, made from the machine's own apt sources.
    case mmdebstrap(Mmdebstrap)
    /// A Debian root file system, made as the official images are.
    case debuerreotype(Debuerreotype)
    /// What a Debian package unpacks.
    case deb(DebianPackage)
    /// An upstream archive that Debian passes on.
    case debianSource(DebianSource)
    /// A source archive from the Python package index that pip is configured for.
    case pypi(PythonSource)
    /// A file of the user's own, used where it is.
    case file(LocalFile)
    /// A layer of an image that somebody else keeps.
    case pulledLayer(PulledLayer)
    /// A layer of an image that is built. In the manifest it stands under `images`.
    case imageLayer(ImageLayer)

    enum Kind: String, Codable, CaseIterable {
        case hostTree = "host-tree"
        case mmdebstrap
        case debuerreotype
        case deb
        case debianSource = "debian-source"
        case pypi
        case file
        case pulledLayer = "pulled-layer"
        case imageLayer = "image-layer"
    }

    var kind: Kind {
        switch self {
        case .hostTree: .hostTree
        case .mmdebstrap: .mmdebstrap
        case .debuerreotype: .debuerreotype
        case .deb: .deb
        case .debianSource: .debianSource
        case .pypi: .pypi
        case .file: .file
        case .pulledLayer: .pulledLayer
        case .imageLayer: .imageLayer
        }
    }

    /// How the paths of what it makes map, where the manifest does not say so.
    var usualPolicy: CorpusPolicy {
        switch self {
        case .hostTree, .mmdebstrap, .debuerreotype, .file, .pulledLayer, .imageLayer: .imageLayer
        case .deb, .debianSource, .pypi: .identity
        }
    }

    /// The recipe itself where it makes one file, as all but image layers do.
    var fileRecipe: (any FileRecipe)? {
        switch self {
        case .hostTree(let recipe): recipe
        case .mmdebstrap(let recipe): recipe
        case .debuerreotype(let recipe): recipe
        case .deb(let recipe): recipe
        case .debianSource(let recipe): recipe
        case .pypi(let recipe): recipe
        case .file(let recipe): recipe
        case .pulledLayer(let recipe): recipe
        case .imageLayer: nil
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
            let known = Kind.allCases.filter { $0 != .imageLayer }.map(\.rawValue).joined(separator: ", ")
            throw DecodingError.dataCorruptedError(
                forKey: .kind, in: values, debugDescription: "unknown recipe kind `\(name)` (known: \(known))")
        }
        switch kind {
        case .hostTree: self = .hostTree(try HostTree(from: decoder))
        case .mmdebstrap: self = .mmdebstrap(try Mmdebstrap(from: decoder))
        case .debuerreotype: self = .debuerreotype(try Debuerreotype(from: decoder))
        case .deb: self = .deb(try DebianPackage(from: decoder))
        case .debianSource: self = .debianSource(try DebianSource(from: decoder))
        case .pypi: self = .pypi(try PythonSource(from: decoder))
        case .file: self = .file(try LocalFile(from: decoder))
        case .pulledLayer: self = .pulledLayer(try PulledLayer(from: decoder))
        case .imageLayer: self = .imageLayer(try ImageLayer(from: decoder))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(kind, forKey: .kind)
        if case .imageLayer(let layer) = self {
            try layer.encode(to: encoder)
        } else {
            try fileRecipe?.encode(to: encoder)
        }
    }
}
