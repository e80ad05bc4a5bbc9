internal import Digests
public import Tar

/// `tree`: predicted from the commit's own tree. Only what ostree forgot is kept: the order, the times, the writer's dialect,
/// and what is no file of the tree.
///
/// It names payloads by their paths, so that it needs no checksums, and survives a relabelling of the commit.
/// Format: `Documentation/formats/tree.md`.
public struct Tree: Encoding {
    public static let name = "tree"
    public static let isCompressed = true
    public static let summary = "predicted from the commit's own tree; what ostree forgot, and nothing else"
    static let version: UInt8 = 1
    /// No run of literal bytes is longer.
    static let maximumRunBytes = 1 << 20

    public init() {}

    public init(parameters: [String: String]) throws(StrategyError) {
        if let key = parameters.keys.min() { throw StrategyError(.unknown, "tree:\(key)", "tree takes no parameters") }
    }

    public var description: String { Tree.name }
    public var usesTree: Bool { true }

    public func encode(_ recipe: Recipe, against layer: LayerContext) throws(StrategyError) -> [UInt8] {
        var codec = Tree.writer(recipe, layer, BinaryEncoder(after: [Tree.version]))
        try codec.run()
        return codec.coder.coder.finish()
    }

    /// What the recipe's bytes are spent on; fractions of bytes are rounded, so that all together are about all bytes.
    public func streams(
        of bytes: ArraySlice<UInt8>, against layer: LayerContext
    ) throws(StrategyError) -> [RecipeStream] {
        var codec = Tree.writer(try decode(bytes, against: layer), layer, BinaryCounter())
        try codec.run()
        let bits = codec.coder.coder.bits
        return CodedStream.allCases.map {
            RecipeStream(name: $0.name, byteCount: Int((bits[$0.rawValue] / 8).rounded()))
        }
    }

    static func writer<Coder: BinaryCoder>(_ recipe: Recipe, _ layer: LayerContext, _ coder: Coder) -> TreeCodec<Coder>
    {
        var tree = TarTree(layer.tree, policy: layer.policy)
        tree.index()
        let items = TarItems(recipe, nodes: tree)
        return TreeCodec(
            coder, tree, layer, source: recipe, items: items.items,
            limits: .init(nodes: tree.nodes.count, recipeBytes: recipe.literals.count))
    }

    public func decode(_ bytes: ArraySlice<UInt8>, against layer: LayerContext) throws(StrategyError) -> Recipe {
        var reader = ByteReader(bytes, of: Tree.name)
        try reader.version(Tree.version)
        let tree = TarTree(layer.tree, policy: layer.policy)
        var codec = TreeCodec(
            BinaryDecoder(reader.remaining), tree, layer, source: Recipe(), items: [],
            limits: .init(nodes: tree.nodes.count, recipeBytes: bytes.count))
        try codec.run()
        guard codec.coder.coder.isAtEnd else { throw codec.malformed("the recipe ends elsewhere than its bytes") }
        return codec.recipe
    }
}
