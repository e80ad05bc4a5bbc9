internal import Digests
internal import Foundation
internal import LayerStore
internal import OSTree
public import Strategies

/// Trains a zstd dictionary on the recipes of layers, and measures what it gains on each of them.
///
/// A dictionary that has seen a layer flatters it. So each layer is also measured with a dictionary trained for it alone,
/// on those that it is not related to: not itself, no other layer of its image, not that image's base, and no image that
/// is built on it.
public struct DictionaryTraining {
    /// How many bytes of samples a byte of dictionary is made of; zstd's own advice.
    static let sampleBytesPerByte = 100

    /// A layer to train on, or only to measure.
    public struct Layer: Sendable {
        public var name: String
        public var path: String
        public var policy: PathPolicy
        /// Whether the dictionary is trained on it.
        public var isTrainedOn: Bool
        /// Names of layers that have much in common with it, itself among them.
        public var relatives: Set<String>

        public init(
            name: String, path: String, policy: PathPolicy, isTrainedOn: Bool = true, relatives: Set<String> = []
        ) {
            (self.name, self.path, self.policy, self.isTrainedOn) = (name, path, policy, isTrainedOn)
            self.relatives = relatives.union([name])
        }
    }

    private struct Prepared {
        var layer: Layer
        var entries: Int
        var bytes: [UInt8]
        var samples: [[UInt8]]
    }

    private let encoding: any Encoding
    private let byteCount: Int
    private let level: Int
    private let workFolder: URL

    /// - Parameters:
    ///   - encoding: what zstd goes around.
    ///   - byteCount: the dictionary's size at most.
    ///   - level: zstd's, for measuring.
    ///   - workFolder: where temporary repositories are made, in a folder of their own.
    public init(encoding: any Encoding, byteCount: Int, level: Int, workFolder: String) {
        (self.encoding, self.byteCount, self.level) = (encoding, byteCount, level)
        self.workFolder = URL(filePath: workFolder).appending(component: "layerlab-train-\(UUID().uuidString)")
    }

    /// Imports the layers, one after the other, into repositories that are removed again, trains, and measures.
    ///
    /// - Parameter holdsOut: whether a dictionary is trained for each layer without its relatives; that takes as long again
    ///   for each of them.
    public func run(
        _ layers: [Layer], holdsOut: Bool, progress: (String) -> Void
    ) throws -> (dictionary: ZstdDictionary, report: DictionaryReport) {
        try FileManager.default.createDirectory(at: workFolder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: workFolder) }
        let share = byteCount * DictionaryTraining.sampleBytesPerByte / max(layers.count(where: \.isTrainedOn), 1)
        let prepared = try layers.map { layer in
            try Interruption.check()
            progress("reading \(layer.name)")
            return try prepare(layer, share: share)
        }
        progress("training")
        let samples = DictionaryTraining.samples(of: prepared)
        let dictionary = try ZstdDictionary.train(on: samples, byteCount: byteCount)
        var report = DictionaryReport(
            dictionary, encoding: encoding.description, level: level, samples: samples.count,
            sampleBytes: samples.reduce(0) { $0 + $1.count })
        for one in prepared {
            try Interruption.check()
            progress("measuring \(one.layer.name)")
            report.layers.append(try measure(one, with: dictionary, holdsOut ? prepared : []))
        }
        return (dictionary, report)
    }

    private func prepare(_ layer: Layer, share: Int) throws -> Prepared {
        let folder = workFolder.appending(component: UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        let repository = try Repository.create(at: folder.path, mode: .bareUser)
        repository.isDurable = false
        let strategy = Strategy(encoding: encoding, storage: Sidecar())
        let imported = try Importer(into: repository, strategy: strategy, policy: layer.policy)
            .importLayer(from: LayerSource(layer.path))
        let bytes = Array(try strategy.storage.load(imported.layer, in: repository).recipe().rest())
        let stored = try StoredRecipe(imported.ref, in: repository)
        let pieces = RecipePieces(of: stored.recipe, as: bytes, encoding, against: stored.context)
        return Prepared(
            layer: layer, entries: imported.entryCount, bytes: bytes, samples: pieces.share(ofBytes: share))
    }

    /// Samples of the layers that are trained on, in turn: libzstd tries a dictionary on the last ones, and there
    /// should be some of every layer among them.
    private static func samples(of prepared: [Prepared]) -> [[UInt8]] {
        let rows = prepared.filter(\.layer.isTrainedOn).flatMap { one in
            one.samples.enumerated().map { (place: Double($0.offset) / Double(one.samples.count), bytes: $0.element) }
        }
        return rows.enumerated().sorted { ($0.element.place, $0.offset) < ($1.element.place, $1.offset) }
            .map(\.element.bytes)
    }

    private func measure(
        _ one: Prepared, with dictionary: ZstdDictionary, _ all: [Prepared]
    ) throws -> DictionaryReport.Layer {
        var row = DictionaryReport.Layer(
            layer: one.layer.name, entries: one.entries, encodedBytes: one.bytes.count,
            plainBytes: try Zstd(level: level).wrap(one.bytes).count,
            dictionaryBytes: try wrapped(one.bytes, dictionary), isTrainedOn: one.layer.isTrainedOn)
        guard !all.isEmpty else { return row }
        row.heldOut = all.filter { $0.layer.isTrainedOn && one.layer.relatives.contains($0.layer.name) }
            .map(\.layer.name)
        guard row.heldOut?.isEmpty == false else {
            row.heldOutBytes = row.dictionaryBytes
            return row
        }
        let others = all.filter { !one.layer.relatives.contains($0.layer.name) }
        // Too few samples are left for one: that is no figure, and no failure.
        if let other = try? ZstdDictionary.train(on: DictionaryTraining.samples(of: others), byteCount: byteCount) {
            row.heldOutBytes = try wrapped(one.bytes, other)
        }
        return row
    }

    private func wrapped(_ bytes: [UInt8], _ dictionary: ZstdDictionary) throws(StrategyError) -> Int {
        let wrapper = try Zstd(level: level, dictionary: dictionary.digest)
        return try wrapper.wrap(bytes, with: LayerContext(dictionaries: [dictionary.digest: dictionary.bytes])).count
    }
}
