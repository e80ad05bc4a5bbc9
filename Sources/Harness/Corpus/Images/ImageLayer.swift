import Processes

/// A layer of an image that is built step by step.
///
/// The recipe holds the whole image's build, so a change of any step makes all of its layers obsolete.
public struct ImageLayer: Codable, Equatable, Sendable {
    /// The image's name in the manifest.
    public var image: String
    /// Which of the image's layers, the base's being 0.
    public var index: Int
    public var build: ImageBuild
    /// About what it takes to build the image, where the manifest says so.
    public var cost: FetchCost?

    private enum CodingKeys: String, CodingKey {
        case image, index, build
    }

    init(image: String, index: Int, build: ImageBuild, cost: FetchCost? = nil) {
        self.image = image
        self.index = index
        self.build = build
        self.cost = cost
    }

    /// What it costs is no part of how it is made.
    public static func == (left: ImageLayer, right: ImageLayer) -> Bool {
        (left.image, left.index) == (right.image, right.index) && left.build == right.build
    }
}

/// How an image is built, on top of a layer of the corpus.
public enum ImageBuild: Equatable, Sendable {
    case buildah(BuildahImage)
    case umoci(UmociImage)

    /// The name of the corpus entry whose files are the image's first layer.
    var base: String {
        switch self {
        case .buildah(let image): image.base
        case .umoci(let image): image.base
        }
    }

    /// Layers that the image has, the base included.
    var layerCount: Int {
        switch self {
        case .buildah(let image): image.steps.count + 1
        case .umoci(let image): image.steps.count + 1
        }
    }

    /// Builds the image and returns its layers, the base's first.
    ///
    /// - Parameters:
    ///   - base: The base layer's file.
    ///   - store: A directory that outlives an interruption, for what a later call goes on with.
    func run(base: FetchedLayer, store: String, _ context: RecipeContext) throws(LocatedError) -> [BuiltLayer] {
        switch self {
        case .buildah(let image): try image.run(base: base, store: store, context)
        case .umoci(let image): try image.run(base: base, context)
        }
    }
}

extension ImageBuild: Codable {
    private enum CodingKeys: String, CodingKey {
        case kind
    }

    private enum Kind: String, Codable, CaseIterable {
        case buildah, umoci
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let name = try values.decode(String.self, forKey: .kind)
        switch Kind(rawValue: name) {
        case .buildah: self = .buildah(try BuildahImage(from: decoder))
        case .umoci: self = .umoci(try UmociImage(from: decoder))
        case nil:
            let known = Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw DecodingError.dataCorruptedError(
                forKey: .kind, in: values, debugDescription: "unknown image kind `\(name)` (known: \(known))")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .buildah(let image):
            try values.encode(Kind.buildah, forKey: .kind)
            try image.encode(to: encoder)
        case .umoci(let image):
            try values.encode(Kind.umoci, forKey: .kind)
            try image.encode(to: encoder)
        }
    }
}
