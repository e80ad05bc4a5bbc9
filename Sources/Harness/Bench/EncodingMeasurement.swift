internal import Digests
internal import LayerStore
internal import Tar
public import OSTree
public import Strategies

/// Encodes and decodes a layer's recipe in memory, by several encodings in turn.
public struct EncodingMeasurement {
    /// What the floor hashes: some milliseconds of work.
    static let floorBytes = 8 << 20

    private let stored: StoredRecipe
    private let repository: Repository
    private let layer: String
    private let entries: Int
    private let dictionaries: StoredDictionaries
    private let given: [ZstdDictionary]

    /// Loads the recipe of a layer from a repository that holds it.
    ///
    /// - Parameters:
    ///   - layer: how results name it.
    ///   - entries: how many tar entries it has.
    ///   - given: dictionaries at hand; others must be in the repository.
    public init(
        _ ref: String, in repository: Repository, layer: String, entries: Int, dictionaries given: [ZstdDictionary] = []
    ) throws {
        stored = try StoredRecipe(ref, in: repository)
        self.repository = repository
        self.layer = layer
        self.entries = entries
        dictionaries = StoredDictionaries(in: repository)
        self.given = given
    }

    /// One warm-up and then `sampleCount` rounds; each round does all encodings once.
    public func run(_ encodings: [any Encoding], sampleCount: Int) throws -> [EncodingRecord] {
        var records = encodings.map {
            EncodingRecord(
                layer: layer, encoding: $0.description, entries: entries, layerBytes: stored.recipe.streamLength,
                outcome: .exact)
        }
        // Read before anything is timed, and only where an encoding asks for it.
        let digests = try stored.payloadDigests(
            encodings.reduce(into: Set()) { $0.formUnion($1.requiredDigests) }, in: repository)
        let loaded = try dictionaries.load(
            encodings.reduce(into: []) { $0.formUnion($1.requiredDictionaries) }, given: given)
        // Each encoding gets the recipe that an import by it would make.
        var layers: [UInt64: (recipe: Recipe, context: LayerContext)] = [0: (stored.recipe, stored.context)]
        for limit in Set(encodings.map(\.inlineLimit)) where limit > 0 {
            layers[limit] = try stored.inlining(upTo: limit, in: repository)
        }
        let floor = [UInt8](repeating: 0x6c, count: EncodingMeasurement.floorBytes)
        for round in 0...sampleCount {
            let hashing = EncodingMeasurement.seconds(hashing: floor)
            for index in records.indices where round > 0 {
                records[index].hashSeconds = (records[index].hashSeconds ?? []) + [hashing]
            }
            for index in BenchOrder.order(of: encodings.count, round: round) where records[index].outcome == .exact {
                try Interruption.check()
                let encoding = encodings[index]
                guard let layer = layers[encoding.inlineLimit] else { continue }
                var context = encoding.usesTree ? layer.context : .empty
                context.dictionaries = loaded
                context.payloadDigests = encoding.requiredDigests.isEmpty ? [:] : digests
                measure(encoding, layer.recipe, context, isWarmUp: round == 0, into: &records[index])
            }
        }
        return records
    }

    private static func seconds(hashing bytes: [UInt8]) -> Double {
        let clock = ContinuousClock()
        let start = clock.now
        var hash = SHA256Stream()
        hash.update(bytes[...])
        let digest = hash.digest
        let end = clock.now
        // The digest is looked at, so that no compiler leaves the work out.
        precondition(hash.byteCount == UInt64(bytes.count) && !digest.description.isEmpty)
        return start.duration(to: end) / .seconds(1)
    }

    private func measure(
        _ encoding: any Encoding, _ recipe: Recipe, _ layer: LayerContext, isWarmUp: Bool,
        into record: inout EncodingRecord
    ) {
        var context = layer
        let clock = ContinuousClock()
        do throws(StrategyError) {
            context.attachment = try encoding.attachment(of: recipe, against: context)
            let start = clock.now
            let bytes = try encoding.encode(recipe, against: context)
            let encoded = clock.now
            let decoded = try encoding.decode(bytes[...], against: context)
            let end = clock.now
            record.recipeBytes = bytes.count
            if isWarmUp {
                record.streams = try encoding.streams(of: bytes[...], against: context)
                    .filter { $0.byteCount > 0 }.map { .init($0.name, bytes: $0.byteCount) }
                guard decoded != recipe else { return }
                (record.outcome, record.error) = (.inexact, "the decoded recipe is another one")
            } else {
                record.encodeSeconds.append(start.duration(to: encoded) / .seconds(1))
                record.decodeSeconds.append(encoded.duration(to: end) / .seconds(1))
            }
        } catch {
            (record.outcome, record.error) = (error.kind == .cannot ? .cannot : .error, error.description)
            record.recipeBytes = nil
        }
    }
}
