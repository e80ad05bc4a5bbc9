internal import Digests
public import Tar

/// `raw`: header bytes as they are, and a 32-byte object checksum per payload. The floor for every other encoding.
///
/// Format: `Documentation/formats/raw.md`.
public struct Raw: Encoding {
    public static let name = "raw"
    public static let summary = "header bytes as they are, and a 32-byte object checksum per payload"
    static let version: UInt8 = 1

    public init() {}

    public init(parameters: [String: String]) throws(StrategyError) {
        if let key = parameters.keys.min() { throw StrategyError(.unknown, "raw:\(key)", "raw takes no parameters") }
    }

    public var description: String { Raw.name }
    public var usesTree: Bool { false }

    public func encode(_ recipe: Recipe, against layer: LayerContext) throws(StrategyError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(recipe.literals.count + recipe.segments.count * (Digest.byteCount / 2 + 4) + 16)
        bytes.append(Raw.version)
        bytes.append(number: UInt64(recipe.segments.count))
        bytes.append(number: recipe.streamLength)
        var literals = recipe.literals[...]
        for segment in recipe.segments {
            switch segment {
            case .literal(let count):
                bytes.append(number: UInt64(count) << 1)
                bytes.append(contentsOf: literals.prefix(count))
                literals = literals.dropFirst(count)
            case .payload(let payload):
                bytes.append(number: payload.byteCount << 1 | 1)
                payload.object.append(to: &bytes)
            }
        }
        return bytes
    }

    public func decode(_ bytes: ArraySlice<UInt8>, against layer: LayerContext) throws(StrategyError) -> Recipe {
        var reader = ByteReader(bytes, of: Raw.name)
        try reader.version(Raw.version)
        let segmentCount = try reader.number()
        let streamLength = try reader.number()
        var recipe = Recipe()
        // There cannot be more literals than bytes, whatever is announced.
        recipe.reserveCapacity(literalBytes: bytes.count)
        for _ in 0..<segmentCount {
            let tag = try reader.number()
            let byteCount = tag >> 1
            guard byteCount > 0, byteCount <= streamLength - recipe.streamLength else {
                throw reader.malformed("a segment of \(byteCount) bytes does not fit the stream's \(streamLength)")
            }
            if tag & 1 == 0 {
                recipe.append(literal: try reader.take(byteCount))
            } else {
                guard let object = Digest(try reader.take(UInt64(Digest.byteCount))) else { continue }
                recipe.append(Recipe.Payload(byteCount: byteCount, object: object))
            }
        }
        guard recipe.streamLength == streamLength else {
            throw reader.malformed("the segments rebuild \(recipe.streamLength) of \(streamLength) bytes")
        }
        guard reader.isAtEnd else { throw reader.malformed("bytes follow the last segment") }
        return recipe
    }

    public func streams(
        of bytes: ArraySlice<UInt8>, against layer: LayerContext
    ) throws(StrategyError) -> [RecipeStream] {
        let recipe = try decode(bytes, against: layer)
        let payloadCount = recipe.payloads.reduce(0) { count, _ in count + 1 }
        let checksums = payloadCount * Digest.byteCount
        return [
            RecipeStream(name: "tags", byteCount: bytes.count - recipe.literals.count - checksums),
            RecipeStream(name: "headers", byteCount: recipe.literals.count),
            RecipeStream(name: RecipeStream.checksums, byteCount: checksums),
        ]
    }
}
