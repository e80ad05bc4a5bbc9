internal import Digests
internal import Tar

/// An encoding of recipes in which payloads up to a limit are literal bytes: `raw:inline=64`. It is no entry of the
/// catalogue: every encoding takes the parameter `inline`, and none has to know of it.
///
/// The bytes are the base's. Whoever makes the recipe obeys the limit; a decoder need not know it.
struct InliningEncoding: Encoding {
    static let name = "inlining"
    static let summary = "an encoding of recipes with small payloads in them"
    /// The parameter that every encoding understands.
    static let key = "inline"
    /// Payloads of more bytes are never literals.
    static let maximum: UInt64 = 65_536

    let base: any Encoding
    let inlineLimit: UInt64

    private init(base: any Encoding, inlineLimit: UInt64) { (self.base, self.inlineLimit) = (base, inlineLimit) }

    init(parameters: [String: String]) throws(StrategyError) {
        throw StrategyError(.unknown, InliningEncoding.name, "write it as ENCODING:inline=BYTES")
    }

    /// The encoding with a limit as a strategy writes it: itself where it has that limit anyway. One whose format fixes
    /// another is an error of kind `unknown`.
    static func wrap(_ base: any Encoding, limit text: String) throws(StrategyError) -> any Encoding {
        let part = "\(base.description):\(key)=\(text)"
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let limit = UInt64(text), limit <= maximum else {
            throw StrategyError(.unknown, part, "\(key) takes a number of bytes from 0 to \(maximum)")
        }
        guard limit != base.inlineLimit else { return base }
        guard base.inlineLimit == 0 else {
            throw StrategyError(
                .unknown, part, "its format takes payloads up to \(base.inlineLimit) bytes in, and no other limit")
        }
        return InliningEncoding(base: base, inlineLimit: limit)
    }

    var description: String {
        let name = base.description
        return "\(name)\(name.contains(":") ? "," : ":")\(InliningEncoding.key)=\(inlineLimit)"
    }
    var usesTree: Bool { base.usesTree }
    var isPiecewise: Bool { base.isPiecewise }
    var requiredDigests: Set<PayloadDigest> { base.requiredDigests }
    var requiredDictionaries: Set<Digest> { base.requiredDictionaries }

    func encode(_ recipe: Recipe, against layer: LayerContext) throws(StrategyError) -> [UInt8] {
        try base.encode(recipe, against: layer)
    }

    func attachment(of recipe: Recipe, against layer: LayerContext) throws(StrategyError) -> [UInt8] {
        try base.attachment(of: recipe, against: layer)
    }

    func decode(_ bytes: ArraySlice<UInt8>, against layer: LayerContext) throws(StrategyError) -> Recipe {
        try base.decode(bytes, against: layer)
    }

    func source(of recipe: Recipe, against layer: LayerContext) throws(StrategyError) -> any ByteSource {
        try base.source(of: recipe, against: layer)
    }

    func decode(
        _ source: any ByteSource, against layer: LayerContext, into sink: inout some RecipeSink
    ) throws(StrategyError) {
        try base.decode(source, against: layer, into: &sink)
    }

    func recipe(in source: any ByteSource, against layer: LayerContext) throws(StrategyError) -> Recipe {
        try base.recipe(in: source, against: layer)
    }

    func streams(
        of bytes: ArraySlice<UInt8>, against layer: LayerContext
    ) throws(StrategyError) -> [RecipeStream] { try base.streams(of: bytes, against: layer) }
}
