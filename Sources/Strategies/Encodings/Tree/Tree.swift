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
    /// Version and form.
    private static let headByteCount = 2
    /// From so many on it is seen whether `columns` is smaller.
    static let fewSpelledBytes = 8 << 10

    /// What follows the version.
    enum Form: UInt8 {
        /// Nothing: the layer is what the canonical writer makes of the tree, without extended attributes.
        case canonical
        /// A walk over the tree.
        case walk
        /// The bytes of `columns`, for what is hardly a tar.
        case columns
    }

    public init() {}

    public init(parameters: [String: String]) throws(StrategyError) {
        if let key = parameters.keys.min() { throw StrategyError(.unknown, "tree:\(key)", "tree takes no parameters") }
    }

    public var description: String { Tree.name }
    public var usesTree: Bool { true }

    public func encode(_ recipe: Recipe, against layer: LayerContext) throws(StrategyError) -> [UInt8] {
        if CanonicalTar.isCanonical(recipe, layer) { return [Tree.version, Form.canonical.rawValue] }
        let walk = Tree.walk(recipe, layer)
        if let walk, walk.spelledBytes <= Tree.fewSpelledBytes { return walk.bytes }
        let columns = try Tree.fallback().encode(recipe, against: layer)
        if let walk, walk.bytes.count < columns.count + 2 { return walk.bytes }
        return [Tree.version, Form.columns.rawValue] + columns
    }

    public func decode(_ bytes: ArraySlice<UInt8>, against layer: LayerContext) throws(StrategyError) -> Recipe {
        try recipe(in: WholeSource(bytes), against: layer)
    }

    public func recipe(in source: any ByteSource, against layer: LayerContext) throws(StrategyError) -> Recipe {
        try recipe(comingOutOf: source, against: layer)
    }

    public func decode(
        _ source: any ByteSource, against layer: LayerContext, into sink: inout some RecipeSink
    ) throws(StrategyError) {
        var reader = ByteReader(try source.rest(), of: Tree.name)
        try reader.version(Tree.version)
        switch Form(rawValue: try reader.byte()) {
        case .canonical:
            guard reader.isAtEnd else { throw reader.malformed("bytes follow the canonical form") }
            CanonicalTar.write(layer, withAttributes: false, to: &sink)
        case .walk: try Tree.walk(reader, layer, into: &sink)
        case .columns: try Tree.fallback().decode(WholeSource(reader.remaining), against: layer, into: &sink)
        case nil: throw reader.malformed("it is of no form that this program knows")
        }
    }

    /// What the recipe's bytes are spent on, by what the decisions cost; whole bytes, which add up.
    public func streams(
        of bytes: ArraySlice<UInt8>, against layer: LayerContext
    ) throws(StrategyError) -> [RecipeStream] {
        let head = RecipeStream(name: "version and form", byteCount: Tree.headByteCount)
        switch bytes.dropFirst().first.flatMap(Form.init) {
        case .canonical: return [head]
        case .columns: return [head] + (try Tree.fallback().streams(of: bytes.dropFirst(2), against: layer))
        default: break
        }
        var codec = Tree.writer(try decode(bytes, against: layer), layer, BinaryCounter())
        try codec.run { _ in true }
        return [head] + Tree.streams(codec.coder.coder.bits, byteCount: bytes.count - head.byteCount)
    }

    /// Shares of so many bytes, whole ones. What the coder's end adds is the structure's.
    private static func streams(_ bits: [Double], byteCount: Int) -> [RecipeStream] {
        var shares = bits.map { Int($0 / 8) }
        let byFraction = bits.indices.sorted { bits[$0] / 8 - Double(shares[$0]) > bits[$1] / 8 - Double(shares[$1]) }
        var rest = byteCount - shares.reduce(0, +)
        for index in byFraction where rest > 0 && bits[index] > 0 {
            shares[index] += 1
            rest -= 1
        }
        shares[CodedStream.structure.rawValue] += max(rest, 0)
        if rest < 0, let largest = shares.indices.max(by: { shares[$0] < shares[$1] }) { shares[largest] += rest }
        return CodedStream.allCases.map { RecipeStream(name: $0.name, byteCount: shares[$0.rawValue]) }
    }

    private static func fallback() throws(StrategyError) -> Columns { try Columns(parameters: ["checksums": "tree"]) }

    // MARK: The walk

    /// nil where the walk gives up.
    private static func walk(_ recipe: Recipe, _ layer: LayerContext) -> (bytes: [UInt8], spelledBytes: Int)? {
        var codec = writer(recipe, layer, BinaryEncoder(after: [version, Form.walk.rawValue]))
        guard (try? codec.run { _ in true }) != nil else { return nil }
        let bytes = codec.coder.coder.finish()
        // What its own reader would refuse is not written.
        let limits = TreeCodec<BinaryDecoder>.Limits(
            nodes: codec.tree.nodes.count, recipeBytes: bytes.count - Tree.headByteCount)
        guard codec.literalBytes <= limits.literalBytes, codec.segmentCount <= limits.segments,
            codec.coder.spelledBytes <= limits.spelledBytes
        else { return nil }
        return (bytes, codec.coder.spelledBytes)
    }

    private static func writer<Coder: BinaryCoder>(
        _ recipe: Recipe, _ layer: LayerContext, _ coder: Coder
    ) -> TreeCodec<Coder> {
        var tree = TarTree(layer.tree, policy: layer.policy)
        tree.index()
        let literals = recipe.literalBytes()
        let items = TarItems(recipe, literals: literals, nodes: tree)
        return TreeCodec(
            coder, tree, layer, source: literals, items: items,
            limits: .init(nodes: tree.nodes.count, recipeBytes: literals.count))
    }

    private static func walk(
        _ reader: ByteReader, _ layer: LayerContext, into sink: inout some RecipeSink
    ) throws(StrategyError) {
        let tree = TarTree(layer.tree, policy: layer.policy)
        var codec = TreeCodec(
            BinaryDecoder(reader.remaining), tree, layer, source: Recipe().literalBytes(), items: TarItems(),
            limits: .init(nodes: tree.nodes.count, recipeBytes: reader.remaining.count))
        do throws(StrategyError) {
            try codec.run {
                $0.append(to: &sink)
                return !sink.wantsNoMore
            }
            guard codec.coder.coder.isAtEnd || sink.wantsNoMore else {
                throw codec.malformed("the recipe ends elsewhere than its bytes")
            }
        } catch {
            // What is found to be wrong stands about here.
            var error = error
            error.offset = error.offset ?? reader.offset + codec.coder.coder.offset
            throw error
        }
    }
}
