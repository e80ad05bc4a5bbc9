internal import Digests
public import Tar

/// `delta`: each tar header as its difference from the one before, in one stream.
///
/// Format: `Documentation/formats/delta.md`.
public struct Delta: Encoding {
    public static let name = "delta"
    public static let summary = "each header as its difference from the one before, checksums of objects among them"
    static let version: UInt8 = 1

    public init() {}

    public init(parameters: [String: String]) throws(StrategyError) {
        if let key = parameters.keys.min() {
            throw StrategyError(.unknown, "delta:\(key)", "delta takes no parameters")
        }
    }

    public var description: String { Delta.name }
    public var usesTree: Bool { false }

    public func encode(_ recipe: Recipe, against layer: LayerContext) throws(StrategyError) -> [UInt8] {
        try PackedToken.check(recipe, for: Delta.name)
        return Delta.head(of: recipe) + RecipePacker.pack(recipe, interleaved: true)[0]
    }

    public func decode(_ bytes: ArraySlice<UInt8>, against layer: LayerContext) throws(StrategyError) -> Recipe {
        var reader = ByteReader(bytes, of: Delta.name)
        try reader.version(Delta.version)
        let streamLength = try reader.number()
        let literalCount = try reader.number()
        return try RecipeUnpacker.unpack(
            PackedFieldReader(interleaved: reader.remaining, of: Delta.name), streamLength: streamLength,
            literalCount: literalCount)
    }

    public func streams(
        of bytes: ArraySlice<UInt8>, against layer: LayerContext
    ) throws(StrategyError) -> [RecipeStream] {
        let recipe = try decode(bytes, against: layer)
        // The same bytes, told apart.
        let fields = RecipePacker.pack(recipe, interleaved: false)
        let head = bytes.count - fields.reduce(0) { $0 + $1.count }
        return [RecipeStream(name: "head", byteCount: max(head, 0))]
            + zip(PackedField.allCases, fields).map { RecipeStream(name: $0.name, byteCount: $1.count) }
    }

    private static func head(of recipe: Recipe) -> [UInt8] {
        var head = [version]
        head.append(number: recipe.streamLength)
        head.append(number: UInt64(recipe.literalByteCount))
        return head
    }
}
