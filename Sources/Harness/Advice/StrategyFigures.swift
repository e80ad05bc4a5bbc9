internal import OSTree

/// What was measured of one strategy.
public struct StrategyFigures: Codable, Sendable, Equatable {
    public var strategy: String
    public var encoding: String
    public var storage: String
    /// Layers that were measured, and those that the encoding carries.
    public var layers: Int
    public var carriedLayers: Int
    /// Recipe bytes per tar entry, over the layers that it carries.
    public var recipeBytesPerEntry: Double
    /// What the storage takes beside the recipe's own bytes, for each layer; below zero where a repository's mode compresses.
    public var storageBytesPerLayer: Double
    public var storageFiles: Int
    public var storageRefs: Int
    /// Bytes per entry with both.
    public var size: Double
    /// Microseconds per entry; nil where no times were measured.
    public var encode: Double?
    public var decode: Double?
    /// The operations after which every layer is exact, in the mode asked for.
    public var survives: [String]
    /// The operations after which one is not.
    public var loses: [String]
    /// Those that ostree does not do in this mode.
    public var impossible: [String]

    func value(_ axis: AdvicePriorities.Axis) -> Double {
        switch axis {
        case .size: size
        case .encode: encode ?? .infinity
        case .decode: decode ?? .infinity
        }
    }

    /// Whether this is as good everywhere and better somewhere.
    func dominates(_ other: StrategyFigures) -> Bool {
        let axes = AdvicePriorities.Axis.allCases
        let (own, others) = (Set(survives), Set(other.survives))
        guard axes.allSatisfy({ value($0) <= other.value($0) }), own.isSuperset(of: others) else { return false }
        return axes.contains { value($0) < other.value($0) } || own != others
    }
}

extension StrategyFigures {
    /// All strategies whose survival was measured in a mode, and whose encoding was measured on layers. Without any survival
    /// each measured encoding is one, wherever it may be kept.
    static func all(of sources: AdviceSources, in mode: RepositoryMode) -> [StrategyFigures] {
        let layers = Set(sources.encodings.map(\.layer)).count
        var encodings: [String: [EncodingRecord]] = [:]
        for record in sources.encodings { encodings[record.encoding, default: []].append(record) }
        var lives: [String: [SurvivalRecord]] = [:]
        var order: [String] = []
        for record in sources.survival where record.mode == mode.rawValue {
            if lives[record.strategy] == nil { order.append(record.strategy) }
            lives[record.strategy, default: []].append(record)
        }
        return order.compactMap { strategy in
            guard let records = lives[strategy], let first = records.first, let measured = encodings[first.encoding]
            else {
                return nil
            }
            return StrategyFigures(strategy, records, measured, layers: layers)
        }
    }

    /// nil where the encoding carries no layer.
    private init?(_ strategy: String, _ lives: [SurvivalRecord], _ measured: [EncodingRecord], layers: Int) {
        let carried = measured.filter { $0.outcome == .exact && $0.recipeBytes != nil }
        let entries = carried.reduce(0) { $0 + $1.entries }
        guard entries > 0, let first = lives.first else { return nil }
        (self.strategy, encoding, storage) = (strategy, first.encoding, first.storage)
        (self.layers, carriedLayers) = (layers, carried.count)
        let bytes = carried.reduce(0) { $0 + ($1.recipeBytes ?? 0) }
        recipeBytesPerEntry = Double(bytes) / Double(entries)
        let kept = StrategyFigures.oneOfEachLayer(lives)
        let beside = kept.compactMap { record in
            record.storageBytes.flatMap { all in record.recipeBytes.map { Double(all) - Double($0) } }
        }
        storageBytesPerLayer = beside.isEmpty ? 0 : beside.reduce(0, +) / Double(beside.count)
        storageFiles = kept.compactMap(\.storageFiles).max() ?? 0
        storageRefs = kept.compactMap(\.storageRefs).max() ?? 0
        size = (Double(bytes) + storageBytesPerLayer * Double(carried.count)) / Double(entries)
        encode = StrategyFigures.microseconds(carried.map(\.encodeSeconds), entries: entries)
        decode = StrategyFigures.microseconds(carried.map(\.decodeSeconds), entries: entries)
        (survives, loses, impossible) = ([], [], [])
        for operation in SurvivalOperation.all.map(\.name) {
            let outcomes = lives.filter { $0.operation == operation && $0.outcome != .cannot }.map(\.outcome)
            guard !outcomes.isEmpty else { continue }
            if outcomes.allSatisfy({ $0 == .exact || $0 == .notApplicable }) {
                survives.append(operation)
            } else if outcomes.allSatisfy({ $0 == .ostreeRefuses }) {
                impossible.append(operation)
            } else {
                loses.append(operation)
            }
        }
    }

    private static func oneOfEachLayer(_ records: [SurvivalRecord]) -> [SurvivalRecord] {
        var layers: Set<String> = []
        return records.filter { $0.storageBytes != nil && layers.insert($0.layer).inserted }
    }

    /// The medians of all layers together; nil where one has no times.
    private static func microseconds(_ seconds: [[Double]], entries: Int) -> Double? {
        let medians = seconds.compactMap { Samples($0)?.median }
        return medians.count == seconds.count ? medians.reduce(0, +) * 1e6 / Double(entries) : nil
    }
}
