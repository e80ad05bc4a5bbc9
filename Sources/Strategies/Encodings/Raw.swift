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
    public var isPiecewise: Bool { true }

    public func encode(_ recipe: Recipe, against layer: LayerContext) throws(StrategyError) -> [UInt8] {
        let source = RawSource(recipe)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(source.byteCount)
        while case let piece = source.next(), !piece.isEmpty { bytes.append(contentsOf: piece) }
        return bytes
    }

    public func source(of recipe: Recipe, against layer: LayerContext) throws(StrategyError) -> any ByteSource {
        RawSource(recipe)
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
        var reader = SourceReader(source, of: Raw.name)
        try reader.version(Raw.version)
        let segmentCount = try reader.number()
        let streamLength = try reader.number()
        var rest = streamLength
        for _ in 0..<segmentCount {
            if sink.wantsNoMore { return }
            let tag = try reader.number()
            let byteCount = tag >> 1
            guard byteCount > 0, byteCount <= rest else {
                throw reader.malformed("a segment of \(byteCount) bytes does not fit the stream's \(streamLength)")
            }
            rest -= byteCount
            if tag & 1 == 0 {
                try reader.expect(byteCount)
                var missing = Int(byteCount)
                while missing > 0 {
                    let piece = try reader.take(upTo: missing)
                    sink.append(literal: piece)
                    missing -= piece.count
                }
            } else {
                guard let object = Digest(try reader.take(Digest.byteCount)) else { continue }
                sink.append(Recipe.Payload(byteCount: byteCount, object: object))
            }
        }
        guard rest == 0 else {
            throw reader.malformed("the segments rebuild \(streamLength - rest) of \(streamLength) bytes")
        }
        guard try reader.isAtEnd() else { throw reader.malformed("bytes follow the last segment") }
    }

    public func streams(
        of bytes: ArraySlice<UInt8>, against layer: LayerContext
    ) throws(StrategyError) -> [RecipeStream] {
        let recipe = try decode(bytes, against: layer)
        let payloadCount = recipe.segments.payloadCount
        let checksums = payloadCount * Digest.byteCount
        return [
            RecipeStream(name: "tags", byteCount: bytes.count - recipe.literalByteCount - checksums),
            RecipeStream(name: "headers", byteCount: recipe.literalByteCount),
            RecipeStream(name: RecipeStream.checksums, byteCount: checksums),
        ]
    }
}
