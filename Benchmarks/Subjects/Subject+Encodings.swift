internal import Strategies
internal import Tar

extension Subject {
    /// Both directions of every encoding of our own, on the recipe of many small files and the tree that they make.
    static let encodings = ["raw", "delta", "columns", "tree"].flatMap { name in
        [
            Subject("\(name): encode") { layerBytes in
                let sample = try EncodedSample(name, layerBytes)
                return {
                    let bytes = try sample.encoding.encode(sample.recipe, against: sample.context)
                    try require(bytes.count == sample.bytes.count, "encoded to \(bytes.count) bytes")
                }
            },
            Subject("\(name): decode") { layerBytes in
                let sample = try EncodedSample(name, layerBytes)
                return {
                    let recipe = try sample.encoding.decode(sample.bytes[...], against: sample.context)
                    try require(
                        recipe.streamLength == sample.recipe.streamLength
                            && recipe.segments.count == sample.recipe.segments.count,
                        "decoded to \(recipe.streamLength) bytes")
                }
            },
        ]
    }

    static let bytes = [
        Subject("Zstd: wrap, level 3") { layerBytes in
            let (zstd, bytes) = (try Zstd(level: 3), try EncodedSample("raw", layerBytes).bytes)
            let expected = try zstd.wrap(bytes).count
            return {
                let wrapped = try zstd.wrap(bytes)
                try require(wrapped.count == expected, "wrapped to \(wrapped.count) bytes")
            }
        },
        Subject("Zstd: unwrap") { layerBytes in
            let (zstd, bytes) = (try Zstd(level: 3), try EncodedSample("raw", layerBytes).bytes)
            let wrapped = try zstd.wrap(bytes)
            return {
                let unwrapped = try zstd.unwrap(wrapped[...])
                try require(unwrapped.count == bytes.count, "unwrapped to \(unwrapped.count) bytes")
            }
        },
        // As many as a layer has bytes of headers.
        Subject("numbers: write") { layerBytes in
            let numbers = numbers(count: layerBytes / 16)
            var bytes: [UInt8] = []
            for number in numbers { bytes.append(number: number) }
            let expected = bytes.count
            return {
                bytes.removeAll(keepingCapacity: true)
                for number in numbers { bytes.append(number: number) }
                try require(bytes.count == expected, "written as \(bytes.count) bytes")
            }
        },
        Subject("numbers: read") { layerBytes in
            let numbers = numbers(count: layerBytes / 16)
            var bytes: [UInt8] = []
            for number in numbers { bytes.append(number: number) }
            let sum = numbers.reduce(0, &+)
            return { [bytes] in
                var reader = ByteReader(bytes[...], of: "numbers")
                var read: UInt64 = 0
                for _ in 0..<numbers.count { read &+= try reader.number() }
                try require(read == sum && reader.isAtEnd, "other numbers came back")
            }
        },
    ]

    /// Numbers of one to ten bytes, short ones for the most part.
    private static func numbers(count: Int) -> [UInt64] {
        (0..<UInt64(count)).map { index in
            let mixed = (index &+ 1) &* 0x9e37_79b9_7f4a_7c15
            return mixed >> (64 - min(64, 7 * (1 + (mixed & 0xff).trailingZeroBitCount)))
        }
    }
}

/// A recipe with its bytes by one encoding.
struct EncodedSample: Sendable {
    let encoding: any Encoding
    let recipe: Recipe
    let context: LayerContext
    let bytes: [UInt8]

    /// An error where the encoding does not give the recipe back.
    init(_ name: String, _ layerBytes: Int) throws {
        encoding = try Strategy.encoding(name)
        (recipe, context) = try Layer.smallFiles(byteCount: layerBytes).recipe()
        bytes = try encoding.encode(recipe, against: context)
        try Subject.require(
            try encoding.decode(bytes[...], against: context) == recipe, "\(name) gives another recipe back")
    }
}
