internal import Foundation
internal import Processes

/// What generated layers of growing size say: samples, curves and verdicts.
public struct ScalingResults: Codable, Sendable {
    /// One quantity of one operation over one kind of layer.
    public struct Curve: Codable, Sendable {
        public var operation: BenchOperation
        /// `entries` of layers of small files, or `bytes` of layers of one file.
        public var over: String
        public var seconds: ScalingCurve
        /// Bytes of peak memory over entries, or over bytes of the stream: the straight line through them.
        public var memory: LinearFit?
        /// Peaks above 64 MiB and 512 bytes per entry.
        public var complaints: [String]
    }

    public var schemaVersion = 1
    public var date: String
    public var command: String
    public var machine: MachineDescription
    public var settings: ScalingSettings
    public var loadAverageAtStart: Double?
    public var records: [ScalingRecord]
    public var curves: [Curve]

    public init(
        date: String, command: String, machine: MachineDescription, settings: ScalingSettings,
        loadAverageAtStart: Double?, records: [ScalingRecord]
    ) {
        self.date = date
        self.command = command
        self.machine = machine
        self.settings = settings
        self.loadAverageAtStart = loadAverageAtStart
        self.records = records
        curves = ["entries", "bytes"].flatMap { over in
            BenchOperation.allCases.compactMap { ScalingResults.curve($0, over: over, records) }
        }
    }

    /// The load before anything is measured: asked for by whoever starts the measurement.
    public static var loadAverage: Double? { LoadAverage.oneMinute }

    private static func curve(_ operation: BenchOperation, over: String, _ records: [ScalingRecord]) -> Curve? {
        let own = records.filter { ($0.files != nil) == (over == "entries") }
        func x(_ record: ScalingRecord) -> Double { over == "entries" ? Double(record.entries) : Double(record.bytes) }
        // The lowest: whatever else the machine does only adds, and here nothing is compared with a peer.
        let points = own.compactMap { record in
            Samples(record.measurement(operation).seconds).map { ScalingCurve.Point(x: x(record), y: $0.minimum) }
        }
        guard points.count > 1 else { return nil }
        let peaks = own.compactMap { record in
            record.measurement(operation).peakMemory.map { (record: record, peak: $0) }
        }
        let complaints = peaks.filter {
            !$0.peak.isUpperBound && Double($0.peak.bytes) > SpeedRow.memoryLimit(entries: $0.record.entries)
        }.map {
            "\($0.record.name) takes \(Figure.count($0.peak.bytes >> 20)) MiB: more than 64 MiB and 512 B per entry"
        }
        return Curve(
            operation: operation, over: over, seconds: ScalingCurve(points, unit: over),
            memory: LinearFit(peaks.map { (x: x($0.record), y: Double($0.peak.bytes)) }), complaints: complaints)
    }

    /// Whether something grows faster than n log n, has a cliff or takes more memory than it may.
    public var hasComplaints: Bool { curves.contains { !$0.seconds.complaints.isEmpty || !$0.complaints.isEmpty } }

    /// `scaling.json`, `scaling.md` and `scaling.svg`.
    public func files() throws -> [ReportFolder.File] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let report = ScalingReport(self)
        return [
            .init(name: "scaling.json", data: try encoder.encode(self)),
            .init(name: "scaling.svg", data: Data(report.plot.utf8)),
            .init(name: "scaling.md", data: Data(report.markdown.utf8)),
        ]
    }
}
