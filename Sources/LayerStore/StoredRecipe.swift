public import Digests
public import OSTree
public import Strategies
public import Tar

/// A layer's recipe as a repository keeps it, decoded.
public struct StoredRecipe: Sendable {
    public let recipe: Recipe
    /// What the layer's commit and its companion know.
    public let context: LayerContext

    /// Loads the recipe of a layer that a user names (see `StoredLayers.find`), with its commit's tree in any case.
    public init(_ name: String, in repository: Repository) throws {
        let entry = try StoredLayers(in: repository).find(name)
        let encoded = try EncodedRecipe(
            of: entry.layer, keptBy: entry.strategy.storage, in: repository, withTree: true)
        context = encoded.context
        recipe = try encoded.decoded()
    }

    /// The digests of all payloads, read from their objects, each once: what `Encoding.encode` wants of a layer that was
    /// imported by another encoding.
    public func payloadDigests(
        _ required: Set<PayloadDigest>, in repository: Repository
    ) throws -> [Digest: [PayloadDigest: [UInt8]]] {
        var digests: [Digest: [PayloadDigest: [UInt8]]] = [:]
        guard !required.isEmpty else { return digests }
        var chunk = [UInt8](repeating: 0, count: 256 << 10)
        for payload in recipe.payloads where digests[payload.object] == nil {
            try Interruption.check()
            var digester = PayloadDigester(required)
            let stream = try PayloadStream(payload.object, in: repository)
            while case let count = try stream.read(into: &chunk, at: 0, upTo: chunk.count), count > 0 {
                digester.update(chunk.prefix(count))
            }
            digests[payload.object] = digester.finish()
        }
        return digests
    }

    /// Loads and decodes a recipe; what is missing or does not fit is an error.
    public static func recipe(
        of layer: StoredLayer, keptBy storage: any Storage, in repository: Repository
    ) throws -> Recipe { try EncodedRecipe(of: layer, keptBy: storage, in: repository).decoded() }

    /// What the stored bytes of a layer's recipe are made of, by the encoding that made them.
    public static func streams(_ name: String, in repository: Repository) throws -> [RecipeStream] {
        let entry = try StoredLayers(in: repository).find(name)
        let encoded = try EncodedRecipe(
            of: entry.layer, keptBy: entry.strategy.storage, in: repository, withTree: true)
        return try encoded.encoding.streams(of: try encoded.envelope.recipe().rest(), against: encoded.context)
    }

    /// What a layer's commit and its companion know, the recipe aside.
    static func context(of entry: StoredLayers.Entry, in repository: Repository) throws -> LayerContext {
        let envelope = try EncodedRecipe.envelope(of: entry.layer, keptBy: entry.strategy.storage, in: repository)
        return try EncodedRecipe.context(of: entry.layer, envelope, in: repository)
    }
}

/// A layer's recipe as a repository keeps it, with what it takes to decode it.
struct EncodedRecipe: Sendable {
    let diffID: Digest
    let envelope: Envelope
    let encoding: any Encoding
    let context: LayerContext

    init(diffID: Digest, envelope: Envelope, encoding: any Encoding, context: LayerContext) {
        (self.diffID, self.envelope, self.encoding, self.context) = (diffID, envelope, encoding, context)
    }

    /// Loads a recipe's bytes; what is missing or is another layer's is an error.
    ///
    /// - Parameter withTree: whether the commit's tree is wanted where the encoding does not look at it.
    init(
        of layer: StoredLayer, keptBy storage: any Storage, in repository: Repository, withTree: Bool = false
    ) throws {
        diffID = layer.diffID
        envelope = try EncodedRecipe.envelope(of: layer, keptBy: storage, in: repository)
        encoding = try Strategy.encoding(envelope.encoding)
        var context = LayerContext(attachment: envelope.attachment)
        if withTree || encoding.usesTree {
            context = try EncodedRecipe.context(of: layer, envelope, in: repository)
        }
        context.dictionaries = try StoredDictionaries(in: repository).load(encoding.requiredDictionaries)
        self.context = context
    }

    /// The recipe; an error where it rebuilds another number of bytes than the envelope says.
    func decoded() throws -> Recipe {
        let recipe = try encoding.recipe(in: try envelope.recipe(), against: context)
        guard recipe.streamLength == envelope.streamLength else {
            throw LayerStoreError(
                .check,
                "the recipe of \(diffID) rebuilds \(recipe.streamLength) bytes instead of \(envelope.streamLength)")
        }
        return recipe
    }

    fileprivate static func envelope(
        of layer: StoredLayer, keptBy storage: any Storage, in repository: Repository
    ) throws -> Envelope {
        let envelope = try storage.load(layer, in: repository)
        guard envelope.diffID == layer.diffID else {
            throw LayerStoreError(
                .check, "the recipe stored for \(layer.diffID) is that of \(envelope.diffID): the repository is damaged"
            )
        }
        return envelope
    }

    static func context(
        of layer: StoredLayer, _ envelope: Envelope, in repository: Repository
    ) throws -> LayerContext {
        guard let policy = PathPolicy(rawValue: envelope.policy) else {
            throw LayerStoreError(
                .check, "the layer's path policy '\(envelope.policy)' is unknown: a newer program imported it")
        }
        return LayerContext(
            tree: try LayerTree(of: repository.commit(layer.commit), in: repository), policy: policy,
            orphans: try layer.orphans(in: repository), attachment: envelope.attachment)
    }
}

extension EncodedRecipe: SegmentSource {
    var streamLength: UInt64 { envelope.streamLength }

    func hand(to sink: inout some RecipeSink) throws {
        try encoding.decode(try envelope.recipe(), against: context, into: &sink)
    }
}
