/// What a figure is about. Two figures with the same metric, of two runs, can be compared.
public struct Metric: Codable, Hashable, Sendable {
    /// The layer, by its name in both runs; nil where the figure is over several.
    public var layer: String?
    /// What is measured: `recipe`, `import`, `decode` …
    public var quantity: String
    /// By whom: a strategy, an encoding, a process.
    public var subject: String
    /// The repository mode, where there is a repository.
    public var mode: String?

    public init(_ quantity: String, by subject: String, on layer: String? = nil, in mode: String? = nil) {
        (self.layer, self.quantity, self.subject, self.mode) = (layer, quantity, subject, mode)
    }

    /// `import of redis by raw+zstd:3@sidecar in bare`.
    public var text: String {
        quantity + (layer.map { " of \($0)" } ?? "") + " by \(subject)" + (mode.map { " in \($0)" } ?? "")
    }
}

/// What was measured of a metric, by one side of a comparison.
public enum Measured: Equatable, Sendable {
    /// A figure that is the same whenever it is measured: bytes, files, refs.
    case exact(Double, unit: String)
    /// A figure that differs a little with threads and versions of libraries: counts of instructions and calls.
    case counted(Double, unit: String, tolerance: Tolerance)
    /// Seconds, and those of floors in the same rounds, the one that does most of the same work first.
    case timed(seconds: [Double], floors: [Floor])
    /// Whether the stream came back.
    case outcome(LayerResult.Outcome)

    /// Something that takes its time on the same machine in the same rounds, and that a change of ours does not change.
    public struct Floor: Equatable, Sendable {
        public var name: String
        public var seconds: [Double]

        public init(_ name: String, seconds: [Double]) { (self.name, self.seconds) = (name, seconds) }

        fileprivate var isUsable: Bool { !seconds.isEmpty && seconds.allSatisfy { $0.isFinite && $0 > 0 } }
    }

    /// The figure, or the median of the samples, with its unit; nil for an outcome.
    var figure: (value: Double, unit: String)? {
        switch self {
        case .exact(let value, let unit), .counted(let value, let unit, _): (value, unit)
        case .timed(let seconds, _): Samples(seconds).map { ($0.median, "s") }
        case .outcome: nil
        }
    }

    /// The first floor of the one run that the other one has, too, with the other's. A floor that took no time is none.
    static func commonFloor(_ floors: [Floor], _ others: [Floor]) -> (Floor, Floor)? {
        for floor in floors where floor.isUsable {
            if let other = others.first(where: { $0.name == floor.name && $0.isUsable }) { return (floor, other) }
        }
        return nil
    }

    /// By how much a count may differ without a reason.
    public struct Tolerance: Codable, Equatable, Sendable {
        /// As a share of the base's count.
        public var share: Double
        /// In the count's own unit: of what is nearly nothing, a share is nothing at all.
        public var least: Double

        public init(share: Double, least: Double) { (self.share, self.least) = (share, least) }

        /// How far from `base` a count may be.
        func room(around base: Double) -> Double { max(abs(base) * share, least) }
    }
}

/// One side of a comparison: a run's figures, by what they are about.
public struct MetricSet: Sendable {
    /// How reports call it: the file, or the program.
    public var name: String
    /// When and where it was measured; nil where that is not told.
    public var machine: MachineDescription?
    /// Programs and libraries with their versions, as far as they are known.
    public var versions: [String: String] = [:]
    /// Whether a figure that only one side has is a failure: a gate guards nothing where it has nothing to compare.
    public var mustBeComplete = false
    /// What a reader should know of this run: that it was stopped, say.
    public var warnings: [String] = []
    /// The diff IDs of the layers, by their names: figures of another layer with the same name are none to compare.
    public var layers: [String: String] = [:]
    /// In the order in which they were measured.
    public private(set) var metrics: [Metric] = []
    private var figures: [Metric: Measured] = [:]

    public init(_ name: String, machine: MachineDescription? = nil) {
        self.name = name
        self.machine = machine
        versions = machine?.versions ?? [:]
    }

    /// The first figure of a metric is the one that counts.
    public subscript(metric: Metric) -> Measured? {
        get { figures[metric] }
        set {
            guard let newValue, figures[metric] == nil else { return }
            metrics.append(metric)
            figures[metric] = newValue
        }
    }
}
