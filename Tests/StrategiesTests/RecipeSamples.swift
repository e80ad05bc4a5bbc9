import Digests
import Strategies
import Tar
import TestSupport

/// A recipe with a name.
struct RecipeSample: Sendable, CustomStringConvertible {
    let name: String
    let recipe: Recipe
    /// What an importer knows besides.
    let layer: LayerContext

    var description: String { name }

    init(_ name: String, layer: LayerContext = .empty, _ build: (inout Recipe) -> Void) {
        self.name = name
        self.layer = layer
        var recipe = Recipe()
        build(&recipe)
        self.recipe = recipe
    }

    /// The example of `Documentation/formats/raw.md`.
    static let documented = RecipeSample("documented") {
        $0.append(literal: Array("head".utf8)[...])
        $0.append(.init(byteCount: 3, object: counting))
        $0.append(literal: Array("xy".utf8)[...])
    }

    /// The example of `Documentation/formats/delta.md`.
    static let packed = RecipeSample("packed") { recipe in
        let tar = TarBuilder.stream { tar in
            tar.directory("d/") { $0.modificationTime = 1000 }
            tar.file("d/a", [1, 2, 3]) { $0.modificationTime = 1000 }
        }
        recipe.append(literal: tar[..<1024])
        recipe.append(.init(byteCount: 3, object: counting))
        recipe.append(literal: tar[1027...])
    }

    /// Small enough to try every bit.
    static let small: [RecipeSample] = [
        RecipeSample("empty") { _ in },
        RecipeSample("one literal byte") { $0.append(literal: [0]) },
        RecipeSample("one payload") { $0.append(.init(byteCount: 1, object: counting)) },
        documented,
        packed,
        RecipeSample("payloads only") { recipe in
            for count in [1, 63, 64, 8191, 8192, 1 << 40] as [UInt64] {
                recipe.append(.init(byteCount: count, object: counting))
            }
        },
        RecipeSample("a payload twice") { recipe in
            for byte in UInt8(0)..<3 {
                recipe.append(literal: [byte, byte])
                recipe.append(.init(byteCount: 9, object: counting))
            }
        },
        RecipeSample("greatest payload") { $0.append(.init(byteCount: UInt64(Int64.max), object: counting)) },
    ]

    /// What the splitter makes of every tar sample; each payload's object is named by its content.
    static let tars: [RecipeSample] = TarSample.all.map { sample in
        RecipeSample(sample.name, layer: (try? LayerContext(splitting: sample.bytes)) ?? .empty) { recipe in
            if let split = try? Recipe(splitting: sample.bytes) { recipe = split }
        }
    }

    /// The same for encodings that keep short payloads inline, where it makes a difference.
    static let inlined: [RecipeSample] = TarSample.all.compactMap { sample in
        guard let recipe = try? Recipe(splitting: sample.bytes, inlineLimit: 64), !sample.name.hasPrefix("odd"),
            tars.first(where: { $0.name == sample.name })?.recipe != recipe
        else { return nil }
        let layer = (try? LayerContext(splitting: sample.bytes)) ?? .empty
        return RecipeSample("\(sample), short payloads inline", layer: layer) { $0 = recipe }
    }

    static let all =
        small + tars + inlined + [
            RecipeSample("long literal") { recipe in
                var generator = SeededGenerator(seed: 1)
                recipe.append(literal: generator.bytes(70_000)[...])
            },
            RecipeSample("many payloads") { recipe in
                for index in UInt8(0)..<200 {
                    recipe.append(literal: [UInt8](repeating: index, count: 512)[...])
                    recipe.append(.init(byteCount: UInt64(index) + 1, object: SHA256Stream.digest(of: [index])))
                }
            },
        ]

    /// The digest `00 01 … 1f`.
    static let counting = Digest((UInt8(0)..<32).map { $0 })!
}

/// An encoding of the catalogue as an argument of tests.
struct EncodingCase: Sendable, CustomStringConvertible {
    let encoding: any Encoding

    var description: String { encoding.description }

    /// Whether its bytes are a foreign format's, which has no version byte of ours.
    var isForeign: Bool { [TarSplit.name, Splitstream.name].contains { description.hasPrefix($0) } }

    /// A sample's bytes and what `decode` gets with them; nil where the format cannot carry it.
    func encode(_ sample: RecipeSample) throws -> (bytes: [UInt8], layer: LayerContext)? {
        guard let bytes = try encoding.carriedBytes(of: sample.recipe, against: sample.layer) else { return nil }
        var layer = sample.layer
        layer.attachment = try encoding.attachment(of: sample.recipe, against: layer)
        layer.payloadDigests = [:]
        return (bytes, layer)
    }

    static let all = Catalogue.allEncodings.map(EncodingCase.init)
}

/// A storage of the catalogue as an argument of tests.
struct StorageCase: Sendable, CustomStringConvertible {
    let storage: any Storage

    var description: String { type(of: storage).name }
    var isFloor: Bool { type(of: storage).isFloor }

    static let all = Catalogue.storages.map { StorageCase(storage: $0.init()) }
    static let keeping = all.filter { !$0.isFloor }
}
