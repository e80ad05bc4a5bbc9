/// One row of a benchmark: a strategy of ours or a peer, on one layer, with its raw samples.
public struct BenchRecord: Codable, Sendable, Equatable {
    public enum Role: String, Codable, Sendable {
        /// A strategy of ours.
        case strategy
        /// One that keeps nothing, to compare with.
        case floor
        /// Another program.
        case peer
    }

    public var layer: String
    public var role: Role
    /// The strategy, or the peer's command.
    public var name: String
    /// The repository mode; nil for a peer without one.
    public var mode: String?
    public var policy: String?
    public var entries: Int?
    public var layerBytes: UInt64
    /// The encoding's bytes alone; for a peer the bytes of its metadata file.
    public var recipeBytes: Int?
    public var storedBytes: Int?
    public var orphanBytes: UInt64?
    /// Seconds of each import (for tar-split: `disasm`), start of the process included.
    public var importSeconds: [Double] = []
    /// Seconds of each rebuild (for tar-split: `asm`), start of the process included.
    public var rebuildSeconds: [Double] = []
    /// nil where nothing is rebuilt.
    public var exact: Bool?
    /// Why there is nothing to report.
    public var error: String?
    /// Where this row's work differs from ours.
    public var note: String?
}

/// A benchmark with all that is needed to understand and to repeat it: `results.json`.
public struct BenchResults: Codable, Sendable {
    public static let currentSchemaVersion = 1

    public var schemaVersion = BenchResults.currentSchemaVersion
    /// ISO 8601, UTC.
    public var date: String
    /// The command to redo it.
    public var command: String
    public var machine: MachineDescription
    /// Whether commits were synced to the disk.
    public var durable: Bool
    public var sampleCount: Int
    /// Layers that were asked for and could not be had, each with its reason.
    public var leftOut: [String]
    public var records: [BenchRecord] = []

    public init(
        date: String, command: String, machine: MachineDescription, durable: Bool, sampleCount: Int, leftOut: [String]
    ) {
        self.date = date
        self.command = command
        self.machine = machine
        self.durable = durable
        self.sampleCount = sampleCount
        self.leftOut = leftOut
    }
}
