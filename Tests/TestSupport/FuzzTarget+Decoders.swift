import Digests
import Foundation
import OSTree
public import Strategies
public import Tar

extension FuzzTarget {
    /// Whatever reads stored bytes. An input's first byte picks a reader, the rest is what it reads.
    public static let decoders = FuzzTarget(
        name: "decoders",
        check: { input in
            guard let pick = input.first else { return }
            let readers = Reader.all
            try readers[Int(pick) % readers.count].check(Array(input.dropFirst()))
        },
        makeSeeds: {
            try Reader.all.enumerated().flatMap { index, reader in
                try reader.makeSeeds().filter { $0.bytes.count < maximumSeedBytes }.map {
                    FuzzSeed("\(reader.name)-\($0.name)", [UInt8(index)] + $0.bytes, isCompressed: $0.isCompressed)
                }
            }
        })

    private struct Reader: Sendable {
        let name: String
        let check: @Sendable ([UInt8]) throws -> Void
        let makeSeeds: @Sendable () throws -> [FuzzSeed]

        static let all =
            [strategy, envelope, sidecar] + StoredObject.allCases.map(object) + Catalogue.allEncodings.map(encoding)
    }

    // MARK: Pure decoders

    /// What an encoding decodes is a recipe like any other: encoded again, it decodes to itself.
    ///
    /// An input is the number of a layer, the attachment behind its length in two bytes, and the recipe's bytes.
    private static func encoding(_ encoding: any Encoding) -> Reader {
        Reader(
            name: encoding.description,
            check: { input in
                guard input.count >= 3 else { return }
                let layers = layers(encoding)
                var known = layers[Int(input[0]) % layers.count].stream.context
                let length = min(Int(input[1]) | Int(input[2]) << 8, input.count - 3)
                known.attachment = Array(input[3..<3 + length])
                try check(input[(3 + length)...], decodedBy: encoding, against: known)
            },
            makeSeeds: {
                let isWrapped = encoding.description.contains("+")
                return try layers(encoding).enumerated().compactMap { index, layer in
                    // What is in a wrapper has its seeds without one.
                    if isWrapped, layer.name.hasPrefix("odd") { return nil }
                    let (recipe, known) = (layer.stream.recipe, layer.stream.context)
                    guard let bytes = try encoding.carriedBytes(of: recipe, against: known) else { return nil }
                    let attachment = try encoding.attachment(of: recipe, against: known)
                    let head = [UInt8(index), UInt8(attachment.count & 0xff), UInt8(attachment.count >> 8)]
                    return FuzzSeed(
                        layer.name, head + attachment + bytes,
                        isCompressed: isWrapped || type(of: encoding).isCompressed)
                }
            })
    }

    private typealias Layer = (name: String, stream: ImportedStream)

    /// What a repository knows of the short samples once they are imported for an encoding.
    private static func layers(_ encoding: any Encoding) -> [Layer] {
        encoding.inlineLimit == 0 ? layers : inlinedLayers
    }

    private static let layers = imported(inlineLimit: 0)
    private static let inlinedLayers = imported(inlineLimit: Splitstream().inlineLimit)

    private static func imported(inlineLimit: UInt64) -> [Layer] {
        let samples = TarSample.all.filter { $0.bytes.count < maximumSeedBytes }
        precondition(samples.count <= 256, "an input has one byte for its layer")
        return samples.map { sample in
            do { return (sample.name, try ImportedStream(sample.bytes, inlineLimit: inlineLimit)) } catch {
                fatalError("\(sample) is not imported: \(error)")
            }
        }
    }

    private static func check(
        _ bytes: ArraySlice<UInt8>, decodedBy encoding: any Encoding, against known: LayerContext
    ) throws {
        let recipe: Recipe
        do {
            var layer = known
            layer.payloadDigests = [:]
            recipe = try encoding.decode(bytes, against: layer)
        } catch {
            try law(error.kind == .malformed, "\(encoding.description) fails otherwise: \(error)")
            return
        }
        guard let again = try encoding.carriedBytes(of: recipe, against: known) else { return }
        var layer = known
        layer.attachment = try encoding.attachment(of: recipe, against: known)
        layer.payloadDigests = [:]
        try law(
            try encoding.decode(again[...], against: layer) == recipe,
            "\(encoding.description) decodes its own bytes to another recipe")
    }

    private static let envelope = Reader(
        name: "envelope", check: { try check(envelope: $0) },
        makeSeeds: {
            [FuzzSeed("rich", try rich("raw").bytes)]
                + (try ["tree", "columns:checksums=tree"].map {
                    FuzzSeed("rich-\($0)", try rich($0).bytes, isCompressed: true)
                })
        })

    /// An envelope is made of the bytes that it read; its recipe is read as it says, which may be by any strategy.
    private static func check(envelope bytes: [UInt8]) throws {
        let envelope: Envelope
        do { envelope = try Envelope(bytes: bytes) } catch {
            try law(error.kind == .malformed, "the envelope fails otherwise: \(error)")
            return
        }
        try law(try Envelope(bytes: try envelope.bytes) == envelope, "an envelope is read as another one")
        try law(try envelope.bytes.count == envelope.byteCount, "an envelope miscounts its bytes")
        try check(recipeOf: envelope)
    }

    private static func check(recipeOf envelope: Envelope) throws {
        // Compressing is slow, and what the fuzzer looks for is in the reading.
        guard let encoding = try? Strategy.encoding(envelope.encoding), encoding.requiredDictionaries.isEmpty else {
            return
        }
        var known = richLayer.context
        known.payloadDigests = [:]
        known.attachment = envelope.attachment
        do {
            _ = try encoding.decode(try envelope.recipe().rest(), against: known)
        } catch {
            try law(error.kind == .malformed, "\(encoding.description) fails otherwise: \(error)")
        }
    }

    /// The canonical form of a strategy is read as the same strategy.
    private static let strategy = Reader(
        name: "strategy",
        check: { bytes in
            guard let strategy = try? Strategy(parsing: String(decoding: bytes, as: UTF8.self)) else { return }
            let again = try Strategy(parsing: strategy.description)
            try law(again.description == strategy.description, "'\(strategy)' is read as '\(again)'")
        },
        makeSeeds: {
            ["raw@sidecar", "zstd:3", "raw+zstd:19+zstd:1@separate-ref"].map { FuzzSeed($0, Array($0.utf8)) }
        })

    // MARK: Repositories

    /// One archive repository for all inputs: there every object is a file whose bytes are the object.
    private static let repository = Result { try TemporaryRepository(.archive) }

    private static let layer = StoredLayer(
        diffID: Digest([UInt8](repeating: 1, count: 32))!, commit: Digest([UInt8](repeating: 2, count: 32))!)

    private static let sidecar = Reader(
        name: "sidecar",
        check: { bytes in
            let repository = try repository.get().repository
            try repository.writeExtensionFile("\(layer.commit.hex).recipe", bytes)
            guard let envelope = try refusable({ try Sidecar().load(layer, in: repository) }) else { return }
            try check(recipeOf: envelope)
        },
        makeSeeds: { [FuzzSeed("rich", try rich("raw+zstd:3").bytes, isCompressed: true)] })

    /// The files that a repository keeps, by their ending.
    private enum StoredObject: String, CaseIterable {
        case commit, dirtree, dirmeta
    }

    /// An object is read or refused, by all that read it.
    private static func object(_ kind: StoredObject) -> Reader {
        Reader(
            name: kind.rawValue,
            check: { bytes in
                let repository = try repository.get().repository
                try write(bytes, as: kind, into: repository)
                switch kind {
                case .commit:
                    for type in Catalogue.storages {
                        _ = try refusable { try type.init().load(layer, in: repository) }
                        _ = try refusable { try type.init().footprint(layer, in: repository) }
                    }
                case .dirtree: _ = try refusable { try repository.directoryTree(layer.commit) }
                case .dirmeta: _ = try refusable { try repository.directoryAttributes(layer.commit) }
                }
            },
            makeSeeds: {
                let source = try TemporaryRepository(.archive)
                for type in Catalogue.storages where !type.isFloor {
                    let strategy = Strategy(encoding: try Strategy.encoding("raw"), storage: type.init())
                    try source.importing(TarSample.rich.bytes, strategy: strategy)
                }
                let objects = URL(filePath: source.path + "/objects")
                return try FileManager.default.subpathsOfDirectory(atPath: objects.path).sorted()
                    .filter { $0.hasSuffix("." + kind.rawValue) }
                    .map { FuzzSeed(String($0.prefix(9)), Array(try Data(contentsOf: objects.appending(path: $0)))) }
            })
    }

    private static func write(_ bytes: [UInt8], as kind: StoredObject, into repository: Repository) throws {
        let hex = layer.commit.hex
        let folder = URL(filePath: "\(repository.path)/objects/\(hex.prefix(2))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data(bytes).write(to: folder.appending(path: "\(hex.dropFirst(2)).\(kind.rawValue)"))
    }

    /// What the body gives, or nil where it refuses in one of the ways that are for it to refuse.
    private static func refusable<Value>(_ body: () throws -> Value) throws -> Value? {
        do { return try body() } catch let error {
            try law(error is StrategyError || error is OSTreeError, "a reader fails otherwise: \(error)")
            return nil
        }
    }

    private static let richLayer: ImportedStream = {
        do { return try ImportedStream(TarSample.rich.bytes) } catch { fatalError("\(error)") }
    }()

    /// An envelope of the sample `rich`.
    private static func rich(_ name: String) throws -> Envelope {
        let (encoding, recipe) = (try Strategy.encoding(name), richLayer.recipe)
        return Envelope(
            diffID: layer.diffID, streamLength: UInt64(TarSample.rich.bytes.count), encoding: name,
            policy: richLayer.context.policy.rawValue,
            attachment: try encoding.attachment(of: recipe, against: richLayer.context),
            recipe: try encoding.encode(recipe, against: richLayer.context))
    }
}

extension Encoding {
    /// The bytes of a recipe, or nil where the format cannot carry it.
    public func carriedBytes(of recipe: Recipe, against layer: LayerContext) throws(StrategyError) -> [UInt8]? {
        do { return try encode(recipe, against: layer) } catch {
            guard error.kind == .cannot else { throw error }
            return nil
        }
    }
}

extension LayerContext {
    /// What an importer knows of a stream whose payloads are all orphans: see `Recipe.init(splitting:)`.
    public init(splitting stream: [UInt8]) throws {
        self.init()
        var digests: [Digest: [PayloadDigest: [UInt8]]] = [:]
        var orphans: [Digest] = []
        _ = try Recipe(splitting: stream) { object, bytes in
            guard digests[object] == nil, !bytes.isEmpty else { return }
            var digester = PayloadDigester(Set(PayloadDigest.allCases))
            digester.update(bytes)
            digests[object] = digester.finish()
            orphans.append(object)
        }
        (payloadDigests, self.orphans) = (digests, orphans)
    }
}

extension Recipe {
    /// What the splitter makes of a stream; each payload's object is named by its content, and payloads up to a limit are
    /// literals.
    public init(splitting stream: [UInt8], inlineLimit: UInt64 = 0) throws {
        try self.init(splitting: stream, inlineLimit: inlineLimit) { _, _ in }
    }

    fileprivate init(
        splitting stream: [UInt8], inlineLimit: UInt64 = 0, payload: (Digest, ArraySlice<UInt8>) -> Void
    ) throws {
        self.init()
        let sink = try RecordingSink(splitting: stream)
        var rest = sink.bytes[...]
        for segment in sink.segments {
            switch segment {
            case .literal(let count), .opaque(let count):
                append(literal: rest.prefix(count))
                rest = rest.dropFirst(count)
            case .payload(let count) where UInt64(count) <= inlineLimit:
                append(literal: rest.prefix(count))
                rest = rest.dropFirst(count)
            case .payload(let count):
                let object = SHA256Stream.digest(of: Array(rest.prefix(count)))
                append(.init(byteCount: UInt64(count), object: object))
                payload(object, rest.prefix(count))
                rest = rest.dropFirst(count)
            case .entry, .payloadEnd: break
            }
        }
    }
}
