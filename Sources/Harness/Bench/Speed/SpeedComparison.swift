import Processes

/// What the samples of one layer say about one target.
public struct SpeedComparison: Codable, Sendable, Equatable {
    public enum Verdict: String, Codable, Sendable {
        /// The whole interval lies on the good side of the target.
        case met
        /// The whole interval lies on the other side.
        case missed
        /// The target lies within the interval, or there were too few pairs.
        case open
        /// One of the two failed: there is no ratio.
        case fails
        /// There are no samples, since the time was over before.
        case unmeasured = "not measured"
    }

    public var layer: String
    /// The row's name for scripts.
    public var row: String
    public var what: String
    public var peer: String
    /// Seconds or bytes, medians.
    public var ours: Double?
    public var theirs: Double?
    public var unit = "s"
    /// How many times as fast as the peer; where `isCeiling`, our time or memory over the peer's or the limit.
    public var ratio: Double?
    /// The 95 % interval of the ratio; left out where it is one figure against a limit.
    public var low: Double?
    public var high: Double?
    /// How many pairs the ratio is the median of.
    public var samples = 0
    public var target: Double
    /// Whether the ratio may reach the target at most, rather than at least.
    public var isCeiling: Bool
    public var verdict: Verdict
    /// Why there is no ratio.
    public var reason: String?

    /// Fewer pairs say nothing: the interval of two is whatever they happened to be.
    static let minimumPairs = 5

    /// On which side of a target an interval lies.
    static func verdict(low: Double, high: Double, target: Double, isCeiling: Bool, pairs: Int = minimumPairs)
        -> Verdict
    {
        guard pairs >= minimumPairs else { return .open }
        if isCeiling { return high <= target ? .met : low > target ? .missed : .open }
        return low >= target ? .met : high < target ? .missed : .open
    }
}

extension SpeedComparison {
    /// Compares what a row says on one layer.
    ///
    /// - Parameter records: all processes of the layer.
    init(_ row: SpeedRow, layer: String, entries: Int, among records: [BenchRecord]) {
        let (target, isCeiling) =
            switch row.target {
            case .timesAsFast(let target): (target, false)
            case .timesTheTime(let target): (target, true)
            case .memory: (1, true)
            }
        self.init(
            layer: layer, row: row.identifier, what: row.what, peer: row.peer, target: target, isCeiling: isCeiling,
            verdict: .unmeasured)
        let ours = records.first(where: row.ours.isOf)
        let theirs = row.theirs.flatMap { process in records.first(where: process.isOf) }
        if let failure = [ours, theirs].lazy.compactMap({ $0 }).first(where: { $0.error != nil }) {
            (verdict, reason) = (.fails, failure.error)
            return
        }
        if let process = row.theirs {
            compareTimes(ours, theirs, row.ours, process)
        } else {
            compareMemory(ours?.measurement(row.ours.operation, row.ours.cache)?.peakMemory, entries: entries)
        }
    }

    private mutating func compareTimes(
        _ ours: BenchRecord?, _ theirs: BenchRecord?, _ ourProcess: SpeedRow.Process, _ process: SpeedRow.Process
    ) {
        let mine = ours?.measurement(ourProcess.operation, ourProcess.cache)?.seconds ?? []
        let others = theirs?.measurement(process.operation, process.cache)?.seconds ?? []
        // One that was stopped within a round leaves a sample without its pair.
        samples = min(mine.count, others.count)
        guard let mine = Samples(Array(mine.prefix(samples))), let others = Samples(Array(others.prefix(samples))),
            let pairs = isCeiling ? PairedRatio(of: mine, to: others) : PairedRatio(of: others, to: mine)
        else { return }
        (self.ours, self.theirs) = (mine.median, others.median)
        (ratio, low, high) = (pairs.median, pairs.interval.lowerBound, pairs.interval.upperBound)
        verdict = SpeedComparison.verdict(
            low: pairs.interval.lowerBound, high: pairs.interval.upperBound, target: target, isCeiling: isCeiling,
            pairs: samples)
    }

    private mutating func compareMemory(_ peak: PeakMemory?, entries: Int) {
        guard let peak else { return }
        let limit = SpeedRow.memoryLimit(entries: entries)
        (unit, ours, theirs, samples) = ("B", Double(peak.bytes), limit, 1)
        let ratio = Double(peak.bytes) / limit
        self.ratio = ratio
        // Where the kernel tells no more than a bound, one above the limit says nothing.
        verdict = ratio <= 1 ? .met : peak.isUpperBound ? .open : .missed
    }
}
