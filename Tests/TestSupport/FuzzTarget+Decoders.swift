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
    private static func encoding(_ encoding: any Encoding) -> Reader {
        Reader(
            name: encoding.description, check: { try check($0, decodedBy: encoding) },
            makeSeeds: {
                try TarSample.all.filter { $0.bytes.count < maximumSeedBytes }.compactMap { sample in
                    let recipe = try Recipe(splitting: sample.bytes)
                    let isCompressed = encoding.description.contains("+") || type(of: encoding).isCompressed
                    return try encoding.carriedBytes(of: recipe, against: LayerContext(splitting: sample.bytes))
                        .map { FuzzSeed(sample.name, $0, isCompressed: isCompressed) }
                }
            })
    }

    /// A layer of some payloads, all of them orphans.
    private static let context = LayerContext(orphans: (UInt8(0)..<32).map { SHA256Stream.digest(of: [$0]) })

    private static func check(_ bytes: [UInt8], decodedBy encoding: any Encoding) throws {
        let recipe: Recipe
        do {
            recipe = try encoding.decode(bytes[...], against: context)
        } catch {
            try law(error.kind == .malformed, "\(encoding.description) fails otherwise: \(error)")
            return
        }
        guard let again = try encoding.carriedBytes(of: recipe, against: context) else { return }
        try law(
            try encoding.decode(again[...], against: context) == recipe,
            "\(encoding.description) decodes its own bytes to another recipe")
    }

    private static let envelope = Reader(
        name: "envelope", check: { try check(envelope: $0) },
        makeSeeds: { [FuzzSeed("rich", try rich("raw").bytes)] })

    /// An envelope is made of the bytes that it read; its recipe is read as it says, which may be by any strategy.
    private static func check(envelope bytes: [UInt8]) throws {
        let envelope: Envelope
        do { envelope = try Envelope(bytes: bytes) } catch {
            try law(error.kind == .malformed, "the envelope fails otherwise: \(error)")
            return
        }
        try law(try Envelope(bytes: envelope.bytes) == envelope, "an envelope is read as another one")
        try law(envelope.byteCount == envelope.bytes.count, "an envelope miscounts its bytes")
        try check(recipeOf: envelope)
    }

    private static func check(recipeOf envelope: Envelope) throws {
        // Compressing is slow, and what the fuzzer looks for is in the reading.
        guard let encoding = try? Strategy.encoding(envelope.encoding) else { return }
        do {
            _ = try encoding.decode(envelope.recipe[...], against: context)
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

    private static func rich(_ encoding: String) throws -> Envelope {
        let bytes = try Strategy.encoding(encoding).encode(
            try Recipe(splitting: TarSample.rich.bytes), against: .empty)
        return Envelope(
            diffID: layer.diffID, streamLength: UInt64(TarSample.rich.bytes.count), encoding: encoding,
            policy: "identity", recipe: bytes)
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
