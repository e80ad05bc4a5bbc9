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
        let envelope = try StoredRecipe.envelope(of: entry.layer, keptBy: entry.strategy.storage, in: repository)
        var context = try StoredRecipe.context(of: entry.layer, envelope, in: repository)
        context.dictionaries = try StoredRecipe.dictionaries(
            of: try Strategy.encoding(envelope.encoding), in: repository)
        self.context = context
        recipe = try StoredRecipe.recipe(in: envelope, of: entry.layer, against: context)
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
    ) throws -> Recipe {
        let envelope = try envelope(of: layer, keptBy: storage, in: repository)
        let encoding = try Strategy.encoding(envelope.encoding)
        var context = LayerContext(attachment: envelope.attachment)
        if encoding.usesTree { context = try self.context(of: layer, envelope, in: repository) }
        context.dictionaries = try dictionaries(of: encoding, in: repository)
        return try recipe(in: envelope, of: layer, against: context)
    }

    /// What the stored bytes of a layer's recipe are made of, by the encoding that made them.
    public static func streams(_ name: String, in repository: Repository) throws -> [RecipeStream] {
        let entry = try StoredLayers(in: repository).find(name)
        let envelope = try envelope(of: entry.layer, keptBy: entry.strategy.storage, in: repository)
        let encoding = try Strategy.encoding(envelope.encoding)
        var context = try context(of: entry.layer, envelope, in: repository)
        context.dictionaries = try dictionaries(of: encoding, in: repository)
        return try encoding.streams(of: envelope.recipe[...], against: context)
    }

    private static func dictionaries(
        of encoding: any Encoding, in repository: Repository
    ) throws -> [Digest: [UInt8]] {
        try StoredDictionaries(in: repository).load(encoding.requiredDictionaries)
    }

    private static func envelope(
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

    /// What a layer's commit and its companion know, the recipe aside.
    static func context(of entry: StoredLayers.Entry, in repository: Repository) throws -> LayerContext {
        let envelope = try envelope(of: entry.layer, keptBy: entry.strategy.storage, in: repository)
        return try context(of: entry.layer, envelope, in: repository)
    }

    private static func context(
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

    private static func recipe(
        in envelope: Envelope, of layer: StoredLayer, against context: LayerContext
    ) throws -> Recipe {
        let recipe = try Strategy.encoding(envelope.encoding).decode(envelope.recipe[...], against: context)
        guard recipe.streamLength == envelope.streamLength else {
            throw LayerStoreError(
                .check,
                "the recipe of \(layer.diffID) rebuilds \(recipe.streamLength) bytes instead of \(envelope.streamLength)"
            )
        }
        return recipe
    }
}
