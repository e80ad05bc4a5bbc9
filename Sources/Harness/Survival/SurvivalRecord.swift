internal import Strategies

/// What became of one layer, kept by one strategy, when its repository lived through one operation: one cell of `survive`.
public struct SurvivalRecord: Codable, Sendable, Equatable {
    public enum Outcome: String, Codable, Sendable, CaseIterable {
        /// Rebuilt bit for bit.
        case exact
        /// The rebuild ends with an error, and says why.
        case refuses
        /// ostree itself does not do the operation, and says why; the layer is where it was.
        case ostreeRefuses = "ostree refuses"
        /// A whole stream, another one, and no error: a defect.
        case wrong = "silently wrong"
        /// There is nothing that the operation could be done to.
        case notApplicable = "not applicable"
        /// A program that the operation needs is not installed.
        case notMeasured = "not measured"
        /// The encoding cannot carry this layer.
        case cannot
        /// The layer was not imported, or the operation could not be begun.
        case error
    }

    /// What was tried, whichever strategy kept the layer.
    struct Trial: Hashable {
        var layer, mode, operation: String
    }

    var trial: Trial { Trial(layer: layer, mode: mode, operation: operation) }

    public static let currentSchemaVersion = 1

    public var schemaVersion = SurvivalRecord.currentSchemaVersion
    public var layer: String
    public var policy: String
    public var mode: String
    /// `ENCODING@STORAGE`.
    public var strategy: String
    public var encoding: String
    public var storage: String
    /// The name of the operation, such as `prune-refs-only`.
    public var operation: String
    public var diffID: String?
    public var entries: Int?
    public var layerBytes: UInt64?
    /// The encoding's bytes alone.
    public var recipeBytes: Int?
    /// Payload bytes that the commit's tree does not hold.
    public var orphanBytes: UInt64?
    /// What the storage takes for the recipe, as the repository's mode keeps it: bytes, files and refs of its own.
    public var storageBytes: UInt64?
    public var storageFiles: Int?
    public var storageRefs: Int?
    public var outcome = Outcome.error
    /// Why it is not exact.
    public var reason: String?
    /// What there is to say besides.
    public var remark: String?
    /// Bytes that the operation moved: over HTTP what the server sent, of a delta its length, and else the files that were
    /// written, not those that got another name. nil where it was not done.
    public var movedBytes: Int?
    /// Bytes of files that it removed.
    public var removedBytes: Int?

    init(layer: BenchPlan.Layer, mode: String, strategy: String, operation: String) {
        (self.layer, policy, self.mode) = (layer.name, layer.policy.rawValue, mode)
        (self.strategy, self.operation) = (strategy, operation)
        let sides = strategy.split(separator: "@", maxSplits: 1).map(String.init)
        (encoding, storage) = (sides[0], sides.last ?? "")
    }

    /// Writes every field, nil as null, so that each line has the same keys.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(schemaVersion, forKey: .schemaVersion)
        try container.encode(layer, forKey: .layer)
        try container.encode(policy, forKey: .policy)
        try container.encode(mode, forKey: .mode)
        try container.encode(strategy, forKey: .strategy)
        try container.encode(encoding, forKey: .encoding)
        try container.encode(storage, forKey: .storage)
        try container.encode(operation, forKey: .operation)
        try container.encode(diffID, forKey: .diffID)
        try container.encode(entries, forKey: .entries)
        try container.encode(layerBytes, forKey: .layerBytes)
        try container.encode(recipeBytes, forKey: .recipeBytes)
        try container.encode(orphanBytes, forKey: .orphanBytes)
        try container.encode(storageBytes, forKey: .storageBytes)
        try container.encode(storageFiles, forKey: .storageFiles)
        try container.encode(storageRefs, forKey: .storageRefs)
        try container.encode(outcome, forKey: .outcome)
        try container.encode(reason, forKey: .reason)
        try container.encode(remark, forKey: .remark)
        try container.encode(movedBytes, forKey: .movedBytes)
        try container.encode(removedBytes, forKey: .removedBytes)
    }
}
