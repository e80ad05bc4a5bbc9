/// One row of a benchmark: a strategy of ours, a peer or a floor, on one layer, with its raw samples.
public struct BenchRecord: Codable, Sendable, Equatable {
    public enum Role: String, Codable, Sendable {
        /// A strategy of ours.
        case strategy
        /// What nobody can do without, or a strategy that keeps nothing: to compare with.
        case floor
        /// Another program.
        case peer
    }

    public var layer: String
    public var role: Role
    /// The strategy, or the peer's command.
    public var name: String
    /// The repository mode; nil where there is no repository.
    public var mode: String?
    public var policy: String?
    /// Tar entries of the layer, where this row's program counts them.
    public var entries: Int?
    /// Bytes of the layer's stream.
    public var layerBytes: UInt64
    /// The encoding's bytes alone; for a peer the bytes of its metadata file.
    public var recipeBytes: Int?
    /// The recipe with its envelope, as the storage keeps it.
    public var storedBytes: Int?
    /// Payload bytes that the commit's tree does not hold.
    public var orphanBytes: UInt64?
    public var measurements: [Measurement] = []
    /// nil where nothing is rebuilt that ought to be the layer.
    public var exact: Bool?
    /// Why there is nothing (more) to report.
    public var error: String?
    /// Where this row's work differs from ours.
    public var note: String?

    public init(
        layer: String, role: Role, name: String, mode: String? = nil, layerBytes: UInt64, note: String? = nil
    ) {
        self.layer = layer
        self.role = role
        self.name = name
        self.mode = mode
        self.layerBytes = layerBytes
        self.note = note
    }

    /// What became of a strategy's row; nil where nothing has been rebuilt.
    var outcome: LayerResult.Outcome? {
        error != nil ? .error : exact.map { $0 ? .exact : .inexact }
    }

    /// The samples of an operation, or nil where there are none.
    public func samples(_ operation: BenchOperation, _ cache: CacheState = .warm) -> Samples? {
        measurement(operation, cache).flatMap { Samples($0.seconds) }
    }

    public func measurement(_ operation: BenchOperation, _ cache: CacheState = .warm) -> Measurement? {
        measurements.first { $0.operation == operation && $0.cache == cache }
    }

    /// How many times as fast as `other` this row is, pair by pair.
    func speed(comparedTo other: BenchRecord, _ operation: BenchOperation, _ cache: CacheState) -> PairedRatio? {
        guard let ours = measurement(operation, cache)?.seconds,
            let theirs = other.measurement(operation, cache)?.seconds
        else { return nil }
        // A benchmark that was stopped within a round leaves one sample without its pair.
        let count = min(ours.count, theirs.count)
        guard let numerators = Samples(Array(theirs.prefix(count))),
            let denominators = Samples(Array(ours.prefix(count)))
        else { return nil }
        return PairedRatio(of: numerators, to: denominators)
    }

    /// Changes the measurement of an operation, which is made where it is not there yet.
    mutating func update(_ operation: BenchOperation, _ cache: CacheState, _ change: (inout Measurement) -> Void) {
        if let index = measurements.firstIndex(where: { $0.operation == operation && $0.cache == cache }) {
            change(&measurements[index])
        } else {
            var measurement = Measurement(operation, cache)
            change(&measurement)
            measurements.append(measurement)
        }
    }
}
