public import Tar
internal import Digests

/// `splitstream`: the file that composefs-rs keeps for a layer's tar. Payloads are named by their fs-verity digests, and
/// what is no payload lies in one zstd frame.
///
/// Which object of the repository holds a payload is kept beside it, as the attachment. Layers that composefs-rs refuses
/// are refused here, too. Format: `Documentation/formats/splitstream.md`.
public struct Splitstream: Encoding {
    public static let name = "splitstream"
    public static let summary = "composefs-rs's own format: headers in zstd, and a 32-byte fs-verity digest per payload"
    public static let isCompressed = true
    /// zstd's level of the frames, as composefs-rs has it.
    static let level = 3

    public init() {}

    public init(parameters: [String: String]) throws(StrategyError) {
        if let key = parameters.keys.min() {
            throw StrategyError(.unknown, "splitstream:\(key)", "splitstream takes no parameters")
        }
    }

    public var description: String { Splitstream.name }
    public var usesTree: Bool { false }
    public var requiredDigests: Set<PayloadDigest> { [.fsVerity] }
    public var inlineLimit: UInt64 { SplitstreamTar.inlineLimit }

    public func encode(_ recipe: Recipe, against layer: LayerContext) throws(StrategyError) -> [UInt8] {
        try SplitstreamTar.check(recipe)
        let objects = try SplitstreamObjects(of: recipe, against: layer)
        var chunks: [UInt8] = []
        chunks.reserveCapacity(recipe.literalByteCount + recipe.segments.count * 8)
        var literals = recipe.literalReader()
        var references = objects.references[...]
        for segment in recipe.segments {
            switch segment {
            case .literal(let count):
                chunks.append(word: UInt64(bitPattern: -Int64(count)))
                literals.append(count, to: &chunks)
            case .payload:
                chunks.append(word: UInt64(references.removeFirst()))
            }
        }
        return try SplitstreamFile(
            objectRefs: objects.all.map(\.verity), namedRefs: ZstdFrame.compress([], level: Splitstream.level)[...],
            stream: ZstdFrame.compress(chunks, level: Splitstream.level)[...], streamSize: recipe.streamLength
        ).bytes
    }

    public func attachment(of recipe: Recipe, against layer: LayerContext) throws(StrategyError) -> [UInt8] {
        try SplitstreamObjects(of: recipe, against: layer).attachment
    }

    public func decode(_ bytes: ArraySlice<UInt8>, against layer: LayerContext) throws(StrategyError) -> Recipe {
        let file = try SplitstreamFile(bytes)
        // A layer has no references to other streams.
        _ = try ZstdFrame.decompress(file.namedRefs, limit: 0)
        let objects = try SplitstreamObjects(attachment: layer.attachment, objectCount: file.objectRefs.count)
        let chunks = try ZstdFrame.decompress(file.stream, limit: file.maximumChunkBytes)
        var reader = ByteReader(chunks[...], of: "splitstream's stream")
        var recipe = Recipe()
        var referenceCount = 0
        while !reader.isAtEnd {
            let number = Int64(bitPattern: try reader.word())
            let room = file.streamSize - recipe.streamLength
            if number < 0 {
                guard number.magnitude <= room else { throw reader.malformed("it holds more than the layer") }
                recipe.append(literal: try reader.take(number.magnitude))
            } else {
                guard number < objects.all.count else { throw reader.malformed("there is no object \(number)") }
                let payload = objects.payload(ofReference: referenceCount, to: Int(number))
                guard payload.byteCount <= room else { throw reader.malformed("it holds more than the layer") }
                recipe.append(payload)
                referenceCount += 1
            }
        }
        guard recipe.streamLength == file.streamSize else {
            throw reader.malformed("it rebuilds \(recipe.streamLength) of \(file.streamSize) bytes")
        }
        try objects.checkReferenceCount(referenceCount)
        return recipe
    }

    public func streams(
        of bytes: ArraySlice<UInt8>, against layer: LayerContext
    ) throws(StrategyError) -> [RecipeStream] {
        let file = try SplitstreamFile(bytes)
        return [
            RecipeStream(name: "header", byteCount: SplitstreamFile.headByteCount),
            RecipeStream(name: "object references", byteCount: file.objectRefs.count * Digest.byteCount),
            RecipeStream(name: "named references", byteCount: file.namedRefs.count),
            RecipeStream(name: "stream", byteCount: file.stream.count),
        ]
    }
}
