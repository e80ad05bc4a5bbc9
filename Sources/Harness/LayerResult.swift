/// One layer under one strategy in one repository mode: the result object that scripts read, one JSON object a line.
public struct LayerResult: Codable, Sendable, Equatable {
    /// What became of the layer.
    public enum Outcome: String, Codable, Sendable {
        /// Rebuilt bit for bit.
        case exact
        /// The encoding cannot carry this layer, and says why.
        case cannot
        /// Rebuilt, and not the same.
        case inexact
        /// Not imported or not rebuilt.
        case error
    }

    public static let currentSchemaVersion = 1

    public var schemaVersion = LayerResult.currentSchemaVersion
    /// The layer as the caller named it.
    public var layer: String
    /// `sha256:…`, nil where the layer could not be read to its end.
    public var diffID: String?
    public var policy: String
    public var mode: String
    public var encoding: String
    public var storage: String
    public var entries: Int?
    public var layerBytes: UInt64?
    /// The encoding's bytes alone.
    public var recipeBytes: Int?
    /// The encoding's bytes with the storage's envelope.
    public var storedBytes: Int?
    public var orphanBytes: UInt64?
    /// What is odd about the layer, counted; nil where it was not imported.
    public var findingCount: Int?
    /// The first `FindingLog.capacity` findings.
    public var findings: [FindingReport]?
    public var outcome: Outcome
    /// true, false, or nil for `cannot`.
    public var exact: Bool?
    public var error: String?

    /// Writes every field, nil as null, so that each line has the same keys.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(schemaVersion, forKey: .schemaVersion)
        try container.encode(layer, forKey: .layer)
        try container.encode(diffID, forKey: .diffID)
        try container.encode(policy, forKey: .policy)
        try container.encode(mode, forKey: .mode)
        try container.encode(encoding, forKey: .encoding)
        try container.encode(storage, forKey: .storage)
        try container.encode(entries, forKey: .entries)
        try container.encode(layerBytes, forKey: .layerBytes)
        try container.encode(recipeBytes, forKey: .recipeBytes)
        try container.encode(storedBytes, forKey: .storedBytes)
        try container.encode(orphanBytes, forKey: .orphanBytes)
        try container.encode(findingCount, forKey: .findingCount)
        try container.encode(findings, forKey: .findings)
        try container.encode(outcome, forKey: .outcome)
        try container.encode(exact, forKey: .exact)
        try container.encode(error, forKey: .error)
    }
}
