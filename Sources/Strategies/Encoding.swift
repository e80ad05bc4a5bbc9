public import Digests
public import Tar

/// Recipe ↔ bytes.
///
/// An encoding is pure and deterministic: equal recipes and contexts give equal bytes. Its first byte is a version, or
/// that of a foreign format. It never traps on bad bytes, and checks declared sizes before it allocates.
/// `decode(encode(recipe))` is the recipe, where `encode` can carry it at all.
public protocol Encoding: Sendable {
    /// The name in a strategy, without parameters: `raw`.
    static var name: String { get }
    /// One line for `--help`.
    static var summary: String { get }
    /// Whether its bytes are compressed already: the catalogue lists it in no wrapper.
    static var isCompressed: Bool { get }

    /// Makes the encoding from the `key=value` parameters of a strategy; an unknown key is an error of kind `unknown`.
    init(parameters: [String: String]) throws(StrategyError)

    /// Name and parameters as a strategy writes them, in their canonical form.
    var description: String { get }
    /// Whether `encode` and `decode` look at the layer's tree and orphans. Where not, they are given none.
    var usesTree: Bool { get }
    /// What `encode` wants to know of every payload besides its object.
    var requiredDigests: Set<PayloadDigest> { get }
    /// Payloads up to this many bytes are literal bytes of the recipe and no references.
    var inlineLimit: UInt64 { get }
    /// The dictionaries that `encode` and `decode` need; whoever calls them puts these into the context.
    var requiredDictionaries: Set<Digest> { get }

    /// The bytes of a recipe; an error of kind `cannot` where the format cannot carry it.
    func encode(_ recipe: Recipe, against layer: LayerContext) throws(StrategyError) -> [UInt8]

    /// What `decode` needs besides the bytes and what the layer's commit knows: it is kept beside the recipe, and counted
    /// in the storage's footprint. Most need nothing.
    func attachment(of recipe: Recipe, against layer: LayerContext) throws(StrategyError) -> [UInt8]

    /// The recipe in the bytes; an error of kind `malformed` where they are none.
    func decode(_ bytes: ArraySlice<UInt8>, against layer: LayerContext) throws(StrategyError) -> Recipe

    /// What the bytes are made of, in their order: all streams together are all bytes.
    func streams(of bytes: ArraySlice<UInt8>, against layer: LayerContext) throws(StrategyError) -> [RecipeStream]

    /// Whether `source` makes its bytes as they are asked for. They are many then, and may be asked for again.
    var isPiecewise: Bool { get }

    /// `encode` and `decode` piece by piece, for encodings whose bytes are many. Those that have no such form of their own
    /// do it by the plain one.
    func source(of recipe: Recipe, against layer: LayerContext) throws(StrategyError) -> any ByteSource
    func decode(
        _ source: any ByteSource, against layer: LayerContext, into sink: inout some RecipeSink
    ) throws(StrategyError)
    /// The recipe in a source's bytes.
    func recipe(in source: any ByteSource, against layer: LayerContext) throws(StrategyError) -> Recipe
}

/// A part of a recipe's bytes that a person may ask about: a column, a table, a reference list.
public struct RecipeStream: Equatable, Sendable {
    public var name: String
    public var byteCount: Int

    /// The stream of the checksums of payloads' objects, where an encoding has one.
    public static let checksums = "checksums"

    public init(name: String, byteCount: Int) {
        self.name = name
        self.byteCount = byteCount
    }
}

extension Encoding {
    public static var isCompressed: Bool { false }
    public var requiredDigests: Set<PayloadDigest> { [] }
    public var inlineLimit: UInt64 { 0 }
    public var requiredDictionaries: Set<Digest> { [] }
    public var isPiecewise: Bool { false }

    public func attachment(of recipe: Recipe, against layer: LayerContext) throws(StrategyError) -> [UInt8] { [] }

    public func streams(
        of bytes: ArraySlice<UInt8>, against layer: LayerContext
    ) throws(StrategyError) -> [RecipeStream] { [RecipeStream(name: "all", byteCount: bytes.count)] }

    public func source(of recipe: Recipe, against layer: LayerContext) throws(StrategyError) -> any ByteSource {
        WholeSource(try encode(recipe, against: layer)[...])
    }

    public func decode(
        _ source: any ByteSource, against layer: LayerContext, into sink: inout some RecipeSink
    ) throws(StrategyError) {
        try recipe(in: source, against: layer).append(to: &sink)
    }

    public func recipe(in source: any ByteSource, against layer: LayerContext) throws(StrategyError) -> Recipe {
        try decode(try source.rest(), against: layer)
    }
}

extension Encoding {
    /// `recipe(in:against:)` for encodings that decode piece by piece by themselves.
    func recipe(
        comingOutOf source: any ByteSource, against layer: LayerContext
    ) throws(StrategyError) -> Recipe {
        var recipe = Recipe()
        try decode(source, against: layer, into: &recipe)
        return recipe
    }
}

/// Bytes ↔ fewer bytes: compression around any encoding, so that the two multiply.
public protocol Wrapper: Sendable {
    static var name: String { get }
    static var summary: String { get }
    /// The levels that `--all-strategies` and the benchmark look at.
    static var representativeLevels: [Int] { get }

    /// Whether a strategy names it with a level: `zstd:19`. One without is made with level 0.
    static var takesLevel: Bool { get }

    /// A wrapper at a level; an error of kind `unknown` outside its range.
    init(level: Int) throws(StrategyError)

    /// A wrapper at a level with the `key=value` parameters that follow it; an unknown key is an error of kind `unknown`.
    init(level: Int, parameters: [String: String]) throws(StrategyError)

    var level: Int { get }
    /// Name, level and parameters as a strategy writes them, in their canonical form.
    var description: String { get }
    /// The dictionaries that it needs. One with any implements `wrap` and `unwrap` with a context.
    var requiredDictionaries: Set<Digest> { get }

    func wrap(_ bytes: [UInt8]) throws(StrategyError) -> [UInt8]
    func unwrap(_ bytes: ArraySlice<UInt8>) throws(StrategyError) -> [UInt8]

    /// The same, with what the context holds.
    func wrap(_ bytes: [UInt8], with layer: LayerContext) throws(StrategyError) -> [UInt8]
    func unwrap(_ bytes: ArraySlice<UInt8>, with layer: LayerContext) throws(StrategyError) -> [UInt8]

    /// The same piece by piece, for wrappers that need not see all bytes at once; others do it by the plain form.
    func wrap(_ source: any ByteSource, with layer: LayerContext) throws(StrategyError) -> [UInt8]
    func unwrapped(_ bytes: ArraySlice<UInt8>, with layer: LayerContext) throws(StrategyError) -> any ByteSource
}

extension Wrapper {
    public init(level: Int, parameters: [String: String]) throws(StrategyError) {
        if let key = parameters.keys.min() {
            throw StrategyError(.unknown, "\(Self.name):\(level),\(key)", "\(Self.name) takes no parameters")
        }
        try self.init(level: level)
    }

    public static var takesLevel: Bool { true }

    public var description: String { Self.takesLevel ? "\(Self.name):\(level)" : Self.name }
    public var requiredDictionaries: Set<Digest> { [] }

    public func wrap(_ bytes: [UInt8], with layer: LayerContext) throws(StrategyError) -> [UInt8] { try wrap(bytes) }

    public func unwrap(_ bytes: ArraySlice<UInt8>, with layer: LayerContext) throws(StrategyError) -> [UInt8] {
        try unwrap(bytes)
    }

    public func wrap(_ source: any ByteSource, with layer: LayerContext) throws(StrategyError) -> [UInt8] {
        try wrap(Array(try source.rest()), with: layer)
    }

    public func unwrapped(
        _ bytes: ArraySlice<UInt8>, with layer: LayerContext
    ) throws(StrategyError) -> any ByteSource { WholeSource(try unwrap(bytes, with: layer)[...]) }
}

/// An encoding inside a wrapper. It is no entry of the catalogue, but what the two make together.
struct WrappedEncoding: Encoding {
    static let name = "wrapped"
    static let summary = "an encoding inside a wrapper"

    let base: any Encoding
    let wrapper: any Wrapper

    init(base: any Encoding, wrapper: any Wrapper) {
        self.base = base
        self.wrapper = wrapper
    }

    init(parameters: [String: String]) throws(StrategyError) {
        throw StrategyError(.unknown, WrappedEncoding.name, "write it as ENCODING+WRAPPER:LEVEL")
    }

    var description: String { "\(base.description)+\(wrapper.description)" }
    var usesTree: Bool { base.usesTree }
    var requiredDigests: Set<PayloadDigest> { base.requiredDigests }
    var inlineLimit: UInt64 { base.inlineLimit }
    var requiredDictionaries: Set<Digest> { base.requiredDictionaries.union(wrapper.requiredDictionaries) }

    func encode(_ recipe: Recipe, against layer: LayerContext) throws(StrategyError) -> [UInt8] {
        try wrapper.wrap(try base.source(of: recipe, against: layer), with: layer)
    }

    func attachment(of recipe: Recipe, against layer: LayerContext) throws(StrategyError) -> [UInt8] {
        try base.attachment(of: recipe, against: layer)
    }

    func decode(_ bytes: ArraySlice<UInt8>, against layer: LayerContext) throws(StrategyError) -> Recipe {
        try recipe(in: WholeSource(bytes), against: layer)
    }

    func recipe(in source: any ByteSource, against layer: LayerContext) throws(StrategyError) -> Recipe {
        try base.recipe(in: try wrapper.unwrapped(try source.rest(), with: layer), against: layer)
    }

    func decode(
        _ source: any ByteSource, against layer: LayerContext, into sink: inout some RecipeSink
    ) throws(StrategyError) {
        try base.decode(try wrapper.unwrapped(try source.rest(), with: layer), against: layer, into: &sink)
    }

    /// A wrapper's bytes are one stream: whose share of it is whose cannot be told.
    func streams(
        of bytes: ArraySlice<UInt8>, against layer: LayerContext
    ) throws(StrategyError) -> [RecipeStream] {
        [RecipeStream(name: "\(type(of: wrapper).name):\(wrapper.level)", byteCount: bytes.count)]
    }
}
