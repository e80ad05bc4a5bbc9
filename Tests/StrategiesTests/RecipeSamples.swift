import Digests
import ExampleStrategies
import Strategies
import Tar
import TestSupport
import Testing

/// A recipe with a name.
struct RecipeSample: Sendable, CustomStringConvertible {
    let name: String
    let recipe: Recipe
    /// What an importer knows besides.
    var layer: LayerContext

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

    /// What the real importer makes of every tar sample, with the tree of the layer's commit; and the same with short
    /// payloads inline, where it makes a difference.
    static let imported: [RecipeSample] = TarSample.all.flatMap { sample -> [RecipeSample] in
        let whole = imported(sample, "imported")
        guard !sample.name.hasPrefix("odd") else { return [whole] }
        let inlined = imported(sample, "imported, short payloads inline", inlineLimit: Splitstream().inlineLimit)
        return inlined.recipe == whole.recipe ? [whole] : [whole, inlined]
    }

    private static func imported(_ sample: TarSample, _ how: String, inlineLimit: UInt64 = 0) -> RecipeSample {
        do {
            let stream = try ImportedStream(sample.bytes, inlineLimit: inlineLimit)
            return RecipeSample("\(sample), \(how)", layer: stream.context) { $0 = stream.recipe }
        } catch { fatalError("\(sample) is not imported: \(error)") }
    }

    /// All that a recipe may be, with what an importer of tars knows of it, or nothing.
    static let all =
        small + tars + inlined + imported + [
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

    /// A sample's bytes and what `decode` gets with them; nil where the format cannot carry it, which only a foreign one
    /// may say.
    func encode(_ sample: RecipeSample) throws -> (bytes: [UInt8], layer: LayerContext)? {
        let carried = try carry(sample.recipe, against: sample.layer)
        #expect(carried != nil || isForeign, "\(self) cannot carry \(sample)")
        return carried
    }

    /// The same for any recipe, such as one that damaged bytes gave.
    func carry(
        _ recipe: Recipe, against known: LayerContext
    ) throws(StrategyError) -> (bytes: [UInt8], layer: LayerContext)? {
        guard let bytes = try encoding.carriedBytes(of: recipe, against: known) else { return nil }
        var layer = known
        layer.attachment = try encoding.attachment(of: recipe, against: known)
        layer.payloadDigests = [:]
        return (bytes, layer)
    }

    /// The samples on which a law is tried that takes long: all, but for wrapped encodings while the scale is not full.
    /// Those share them: every base meets every sample in one of its wrappers, and the next base in another one.
    func samples(_ samples: [RecipeSample]) -> [RecipeSample] {
        guard !TestScale.isFull, let share else { return samples }
        return samples.enumerated().filter { ($0.offset + share.base) % share.of == share.wrapper }.map(\.element)
    }

    /// Which of its base's wrappers this is in, and which base that is; nil where it is wrapped in none.
    private var share: (base: Int, wrapper: Int, of: Int)? {
        let names = Catalogue.allEncodings.map(\.description)
        let bases = names.filter { !$0.contains("+") }
        guard let base = bases.firstIndex(where: { description.hasPrefix($0 + "+") }) else { return nil }
        let wrapped = names.filter { $0.hasPrefix(bases[base] + "+") }
        return wrapped.firstIndex(of: description).map { (base, $0, wrapped.count) }
    }

    /// The catalogue's encodings, what it does not list because a parameter asks for it, and the documentation's example.
    static let all = Catalogue.allEncodings.map(EncodingCase.init) + [checksumsFromTree, example]
    static let example = EncodingCase(encoding: try! Once(parameters: [:]))
    static let checksumsFromTree = EncodingCase(encoding: try! Columns(parameters: ["checksums": "tree"]))
}

/// A storage of the catalogue as an argument of tests.
struct StorageCase: Sendable, CustomStringConvertible {
    let storage: any Storage

    var description: String { type(of: storage).name }
    var isFloor: Bool { type(of: storage).isFloor }

    /// The catalogue's storages, and the documentation's example, which repositories are to name.
    static let all: [StorageCase] = {
        try! Catalogue.add(TextMetadata.self)
        return (Catalogue.storages + [TextMetadata.self]).map { StorageCase(storage: $0.init()) }
    }()
    static let keeping = all.filter { !$0.isFloor }
}
