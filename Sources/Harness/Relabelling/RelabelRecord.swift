/// What became of one layer under one strategy when its host relabelled it: one row of `measure relabel`.
public struct RelabelRecord: Codable, Sendable, Equatable {
    public enum Outcome: String, Codable, Sendable {
        /// Rebuilt bit for bit.
        case exact
        /// The rebuild ends with an error, and says why.
        case refuses
        /// A whole stream, and another one.
        case inexact
        /// The encoding cannot carry this layer.
        case cannot
        /// Not imported, or not relabelled.
        case error
    }

    public var schemaVersion = LayerResult.currentSchemaVersion
    public var layer: String
    public var policy: String
    public var mode: String
    public var strategy: String
    public var diffID: String?
    public var entries: Int?
    public var layerBytes: UInt64?
    /// The encoding's bytes alone.
    public var recipeBytes: Int?
    /// Files and links of the commit's tree, and those of them whose object has another checksum now.
    public var files: Int?
    public var relabelledFiles: Int?
    public var outcome = Outcome.error
    /// Why it is not exact.
    public var reason: String?

    init(layer: String, policy: String, mode: String, strategy: String) {
        (self.layer, self.policy, self.mode, self.strategy) = (layer, policy, mode, strategy)
    }

    /// Writes every field, nil as null, so that each line has the same keys.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(schemaVersion, forKey: .schemaVersion)
        try container.encode(layer, forKey: .layer)
        try container.encode(policy, forKey: .policy)
        try container.encode(mode, forKey: .mode)
        try container.encode(strategy, forKey: .strategy)
        try container.encode(diffID, forKey: .diffID)
        try container.encode(entries, forKey: .entries)
        try container.encode(layerBytes, forKey: .layerBytes)
        try container.encode(recipeBytes, forKey: .recipeBytes)
        try container.encode(files, forKey: .files)
        try container.encode(relabelledFiles, forKey: .relabelledFiles)
        try container.encode(outcome, forKey: .outcome)
        try container.encode(reason, forKey: .reason)
    }
}
