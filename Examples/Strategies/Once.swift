public import Strategies
public import Tar

internal import Digests

/// `once`: as `raw`, but each object's checksum is written where it occurs first, and named by its number after that.
///
/// A version byte; the number of segments; the stream's length; then each segment: twice its bytes for a literal, which
/// follows, and twice its bytes and one for a payload, which is followed by the number of its object. Objects have numbers
/// in the order in which they occur; the next number that is free brings a new one, whose 32 bytes follow.
public struct Once: Encoding {
    public static let name = "once"
    public static let summary = "header bytes as they are, and each object checksum once"
    private static let version: UInt8 = 1

    public init(parameters: [String: String]) throws(StrategyError) {
        if let key = parameters.keys.min() { throw StrategyError(.unknown, "once:\(key)", "once takes no parameters") }
    }

    public var description: String { Once.name }
    public var usesTree: Bool { false }

    public func encode(_ recipe: Recipe, against layer: LayerContext) throws(StrategyError) -> [UInt8] {
        var bytes = [Once.version]
        bytes.append(number: UInt64(recipe.segments.count))
        bytes.append(number: recipe.streamLength)
        var literals = recipe.literalReader()
        var numbers: [Digest: Int] = [:]
        for segment in recipe.segments {
            switch segment {
            case .literal(let byteCount):
                bytes.append(number: UInt64(byteCount) << 1)
                literals.append(byteCount, to: &bytes)
            case .payload(let payload):
                bytes.append(number: payload.byteCount << 1 | 1)
                let next = numbers.count
                let number = numbers[payload.object, default: next]
                bytes.append(number: UInt64(number))
                guard number == next else { continue }
                numbers[payload.object] = number
                payload.object.append(to: &bytes)
            }
        }
        return bytes
    }

    public func decode(_ bytes: ArraySlice<UInt8>, against layer: LayerContext) throws(StrategyError) -> Recipe {
        // Whatever is missing is an error with its place, and nothing is allocated for bytes that are not there.
        var reader = ByteReader(bytes, of: Once.name)
        try reader.version(Once.version)
        var recipe = Recipe()
        var objects: [Digest] = []
        let segmentCount = try reader.number()
        let streamLength = try reader.number()
        for _ in 0..<segmentCount {
            let tag = try reader.number()
            let byteCount = tag >> 1
            guard byteCount > 0, byteCount <= streamLength - recipe.streamLength else {
                throw reader.malformed("a segment of \(byteCount) bytes does not fit the stream's \(streamLength)")
            }
            if tag & 1 == 0 {
                recipe.append(literal: try reader.take(byteCount))
            } else {
                let number = try reader.number()
                if number == UInt64(objects.count), let object = Digest(try reader.take(UInt64(Digest.byteCount))) {
                    objects.append(object)
                }
                guard number < UInt64(objects.count) else { throw reader.malformed("there is no object \(number)") }
                recipe.append(Recipe.Payload(byteCount: byteCount, object: objects[Int(number)]))
            }
        }
        guard recipe.streamLength == streamLength, reader.isAtEnd else {
            throw reader.malformed("the segments do not end where the stream or the bytes do")
        }
        return recipe
    }
}
