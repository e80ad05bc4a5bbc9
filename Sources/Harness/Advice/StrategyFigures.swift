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
    /// Bytes of the longest one.
    public var longestRecipeBytes: Int
    /// What the storage takes beside the recipe's own bytes, for each layer; none where a repository's mode compresses them.
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

    /// Writes every field, nil as null, so that each has the same keys.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(strategy, forKey: .strategy)
        try container.encode(encoding, forKey: .encoding)
        try container.encode(storage, forKey: .storage)
        try container.encode(layers, forKey: .layers)
        try container.encode(carriedLayers, forKey: .carriedLayers)
        try container.encode(recipeBytesPerEntry, forKey: .recipeBytesPerEntry)
        try container.encode(longestRecipeBytes, forKey: .longestRecipeBytes)
        try container.encode(storageBytesPerLayer, forKey: .storageBytesPerLayer)
        try container.encode(storageFiles, forKey: .storageFiles)
        try container.encode(storageRefs, forKey: .storageRefs)
        try container.encode(size, forKey: .size)
        try container.encode(encode, forKey: .encode)
        try container.encode(decode, forKey: .decode)
        try container.encode(survives, forKey: .survives)
        try container.encode(loses, forKey: .loses)
        try container.encode(impossible, forKey: .impossible)
    }

    func value(_ axis: AdvicePriorities.Axis) -> Double {
        switch axis {
        case .size: size
        case .encode: encode ?? .infinity
        case .decode: decode ?? .infinity
        }
    }

    /// Whether this is smaller than another one: times within a twentieth of each other are equal.
    func isSmaller(_ axis: AdvicePriorities.Axis, than other: StrategyFigures) -> Bool {
        let (own, others) = (value(axis), other.value(axis))
        return axis == .size ? own < others : own < others * (1 - StrategyFigures.noise)
    }

    private static let noise = 0.05

    /// Whether this is as good everywhere and better somewhere.
    func dominates(_ other: StrategyFigures) -> Bool {
        let axes = AdvicePriorities.Axis.allCases
        let (own, others) = (Set(survives), Set(other.survives))
        guard !axes.contains(where: { other.isSmaller($0, than: self) }), own.isSuperset(of: others) else {
            return false
        }
        return axes.contains { isSmaller($0, than: other) } || own != others
    }
}

extension StrategyFigures {
    /// All strategies whose survival was measured in a mode, and whose encoding was measured on layers.
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
        longestRecipeBytes = carried.compactMap(\.recipeBytes).max() ?? 0
        recipeBytesPerEntry = Double(bytes) / Double(entries)
        let kept = StrategyFigures.oneOfEachLayer(lives)
        let beside = kept.compactMap { record in
            record.storageBytes.flatMap { all in record.recipeBytes.map { Double(all) - Double($0) } }
        }
        storageBytesPerLayer = beside.isEmpty ? 0 : max(beside.reduce(0, +) / Double(beside.count), 0)
        storageFiles = kept.compactMap(\.storageFiles).max() ?? 0
        storageRefs = kept.compactMap(\.storageRefs).max() ?? 0
        size = (Double(bytes) + storageBytesPerLayer * Double(carried.count)) / Double(entries)
        encode = StrategyFigures.microseconds(carried.map(\.encodeSeconds), entries: entries)
        decode = StrategyFigures.microseconds(carried.map(\.decodeSeconds), entries: entries)
        (survives, loses, impossible) = ([], [], [])
        for operation in SurvivalOperation.all.map(\.name) {
            let outcomes = lives.filter {
                $0.operation == operation && $0.outcome != .cannot && $0.outcome != .notMeasured
            }.map(\.outcome)
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
