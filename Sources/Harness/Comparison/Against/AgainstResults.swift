internal import Foundation

/// Two layerlabs, measured in turn in one run: `comparison.json`, as `Documentation/comparing.md` explains it.
public struct AgainstResults: Codable, Sendable {
    public static let currentSchemaVersion = 1

    /// What one side measured of a metric.
    public struct Values: Codable, Equatable, Sendable {
        /// Seconds; the samples with the same index of both sides were taken one after the other.
        public var seconds: [Double]?
        /// An exact figure.
        public var bytes: UInt64?
        public var outcome: LayerResult.Outcome?
        /// Why there is nothing (more).
        public var error: String?

        public init() {}

        var measured: Measured? {
            if let seconds, !seconds.isEmpty { return .timed(seconds: seconds, floors: []) }
            if let bytes { return .exact(Double(bytes), unit: "B") }
            return outcome.map { .outcome($0) }
        }
    }

    /// A metric with both sides' values.
    public struct Entry: Codable, Equatable, Sendable {
        public var metric: Metric
        public var base: Values
        public var new: Values

        public init(metric: Metric, base: Values = Values(), new: Values = Values()) {
            (self.metric, self.base, self.new) = (metric, base, new)
        }
    }

    public var schemaVersion = AgainstResults.currentSchemaVersion
    /// When it began: ISO 8601, UTC.
    public var date: String
    /// The command to redo it.
    public var command: String
    public var machine: MachineDescription
    public var settings: AgainstSettings
    /// The layerlab that was there before.
    public var base: OtherTool
    /// The layerlab that measured.
    public var new: OtherTool
    public var ending = BenchResults.Ending.interrupted
    public var conditions = BenchConditions()
    public var layers: [BenchResults.Layer] = []
    /// Layers that were asked for and not measured to their end, each with its reason.
    public var leftOut: [String] = []
    public var entries: [Entry] = []

    public init(
        date: String, command: String, settings: AgainstSettings, base: OtherTool, new: OtherTool, directory: String
    ) {
        (self.date, self.command, self.settings, self.base, self.new) = (date, command, settings, base, new)
        machine = .current(directory: directory)
    }

    /// What the figures say by these rules.
    public func comparison(_ rules: Comparison.Rules = .init()) -> Comparison {
        var (one, other) = (MetricSet(base.name, machine: machine), MetricSet(new.name, machine: machine))
        for entry in entries {
            if let measured = entry.base.measured { one[entry.metric] = measured }
            if let measured = entry.new.measured { other[entry.metric] = measured }
        }
        // Both sides were measured at once: what there is to say is said once.
        other.warnings = warnings
        return Comparison(one, other, isInterleaved: true, rules: rules)
    }

    private var warnings: [String] {
        var warnings: [String] = []
        switch ending {
        case .complete: break
        case .budget: warnings.append("not all was measured")
        case .interrupted: warnings.append("it was stopped before its end")
        }
        if !leftOut.isEmpty { warnings.append("left out: \(leftOut.joined(separator: "; "))") }
        return warnings + conditions.warnings(on: machine)
    }

    /// Whether the pairs of all times of a layer are many enough for the precision that was asked for.
    ///
    /// It looks at the sizes of differences only, and not at their signs: to stop where signs happen to agree would find
    /// too much. For a normal distribution that is the 95 % interval of the Hodges–Lehmann estimate.
    func isPrecise(on layer: String) -> Bool {
        entries.filter { $0.metric.layer == layer }.allSatisfy { entry in
            guard let base = entry.base.seconds, let new = entry.new.seconds,
                let sizes = Samples(zip(base, new).map { abs(log($1 / $0)) })
            else { return true }
            // More are not looked at, and so make nothing more precise.
            let count = min(sizes.count, Effect.mostPairs)
            let halfWidth = 1.96 * 1.05 * 1.4826 * sizes.median / Double(count).squareRoot()
            return halfWidth <= log(1 + settings.precision)
        }
    }

    /// `comparison.json`.
    public var file: ReportFolder.File {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            return .init(name: "comparison.json", data: try encoder.encode(self))
        }
    }

    /// `comparison.md`, of what these results say by some rules.
    public func page(of comparison: Comparison) -> ReportFolder.File {
        let versions = machine.versions.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        let text = """
            # \(new.title) against \(base.title)

            \(date), \(Markdown.code(command)), \(machine.processor), \(machine.cores) cores, \(machine.operatingSystem), \(machine.fileSystem); \
            \(versions.joined(separator: ", ")).

            \(ComparisonReport(comparison).markdown)
            """
        return .init(name: "comparison.md", data: Data(text.utf8))
    }

    /// Changes a side's values of a metric.
    mutating func update(_ metric: Metric, _ side: AgainstSide, _ change: (inout Values) -> Void) {
        let index =
            entries.firstIndex { $0.metric == metric }
            ?? {
                entries.append(Entry(metric: metric))
                return entries.count - 1
            }()
        switch side {
        case .base: change(&entries[index].base)
        case .new: change(&entries[index].new)
        }
    }
}

extension OtherTool {
    var title: String { "\(name) (\(version)\(revision.map { ", " + $0.prefix(12) } ?? ""))" }
}

/// One of two programs that are measured in turn.
public enum AgainstSide: CaseIterable, Sendable {
    case base, new
}

/// How often and what is measured against another layerlab.
public struct AgainstSettings: Codable, Equatable, Sendable {
    /// Rounds that are measured in any case: a pair of each metric at least. Twenty pairs that all say the same are sure enough
    /// among some five hundred times, fifteen only among sixteen.
    public var minimumSamples = 20
    /// Rounds after which a layer is done, however wide its intervals are.
    public var maximumSamples = 40
    /// A layer is done after the minimum when the 95 % intervals reach no further than this share from their estimates. It
    /// is reckoned from the sizes of the pairs' differences, without their signs.
    public var precision = 0.025
    /// Seconds for all of it; nil where it may take what it takes.
    public var budgetSeconds: Double?
    /// `encodings`: in memory; `end-to-end`: whole processes.
    public var stages: [BenchSettings.Stage] = [.encodings, .endToEnd]

    public init() {}
}
