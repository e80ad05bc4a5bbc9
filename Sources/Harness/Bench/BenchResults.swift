/// A benchmark with all that is needed to understand and to repeat it: `results.json`, as `Documentation/results.md`
/// explains it.
public struct BenchResults: Codable, Sendable {
    public static let currentSchemaVersion = 2

    /// How a benchmark came to its end.
    public enum Ending: String, Codable, Sendable {
        /// Everything that was planned has been measured.
        case complete
        /// The time budget was over before, or the disk was full.
        case budget
        /// Somebody asked to stop, or it is still running.
        case interrupted
    }

    /// One layer that was measured.
    public struct Layer: Codable, Sendable, Equatable {
        public var name: String
        /// How its paths map.
        public var policy: String
        /// `sha256:…` of the stream.
        public var diffID: String
        /// Bytes of the stream.
        public var bytes: UInt64
        /// Tar entries.
        public var entries: Int
        /// What it is, and who wrote it, as the corpus says; nil for files and for layers of images.
        public var title: String?
        public var source: String?

        public init(name: String, policy: String, diffID: String, bytes: UInt64, entries: Int) {
            self.name = name
            self.policy = policy
            self.diffID = diffID
            self.bytes = bytes
            self.entries = entries
        }
    }

    public var schemaVersion = BenchResults.currentSchemaVersion
    /// When it began: ISO 8601, UTC.
    public var date: String
    /// The command to redo it.
    public var command: String
    public var machine: MachineDescription
    public var settings: BenchSettings
    public var ending = Ending.interrupted
    /// What else went on, in time and space.
    public var conditions = BenchConditions()
    public var layers: [Layer] = []
    /// Layers that were asked for and could not be had or measured, each with its reason.
    public var leftOut: [String]
    /// Layers that could not be imported at all, each with its reason.
    public var failures: [String] = []
    /// Encodings measured in memory.
    public var encodings: [EncodingRecord] = []
    /// Whole processes: strategies, peers and floors.
    public var records: [BenchRecord] = []
    /// Whole processes of the stage `speed`.
    public var speedRecords: [BenchRecord] = []
    /// What the samples of `speedRecords` say about each target.
    public var speed: [SpeedComparison] = []
    /// Whole images.
    public var images: [ImageRecord] = []
    /// What each storage costs in each mode.
    public var footprints: [FootprintRecord] = []
    /// What still rebuilds after what a repository lives through, on a small generated layer.
    public var survivalRecords: [SurvivalRecord] = []
    /// What a reader should know before trusting a number, and what could be done about it.
    public var warnings: [String] = []

    public init(
        date: String, command: String, machine: MachineDescription, settings: BenchSettings, leftOut: [String]
    ) {
        self.date = date
        self.command = command
        self.machine = machine
        self.settings = settings
        self.leftOut = leftOut
    }

    /// Whether one of our strategies failed or was not exact. A peer that fails is a result.
    public var hasFailures: Bool {
        !failures.isEmpty
            || (records + speedRecords).contains { $0.role != .peer && ($0.error != nil || $0.exact == false) }
            || encodings.contains { $0.outcome == .error || $0.outcome == .inexact }
            || images.contains { image in image.processes.contains { $0.name.hasPrefix("layerlab") && $0.error != nil }
            }
            || footprints.contains { $0.error != nil || $0.addsUp == false }
            || survivalRecords.contains { $0.outcome == .wrong || $0.outcome == .error }
    }
}

extension BenchResults {
    /// Reads what `results.json` holds. Lists that a file has no key for are empty: files of earlier releases have fewer.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        func list<Element: Decodable>(_ key: CodingKeys, of _: Element.Type = Element.self) throws -> [Element] {
            try values.decodeIfPresent([Element].self, forKey: key) ?? []
        }
        schemaVersion = try values.decode(Int.self, forKey: .schemaVersion)
        date = try values.decode(String.self, forKey: .date)
        command = try values.decode(String.self, forKey: .command)
        machine = try values.decode(MachineDescription.self, forKey: .machine)
        settings = try values.decode(BenchSettings.self, forKey: .settings)
        ending = try values.decode(Ending.self, forKey: .ending)
        conditions = try values.decode(BenchConditions.self, forKey: .conditions)
        layers = try list(.layers)
        leftOut = try list(.leftOut)
        failures = try list(.failures)
        encodings = try list(.encodings)
        records = try list(.records)
        speedRecords = try list(.speedRecords)
        speed = try list(.speed)
        images = try list(.images)
        footprints = try list(.footprints)
        survivalRecords = try list(.survivalRecords)
        warnings = try list(.warnings)
    }
}
