internal import Foundation

/// What a benchmark met: what else used the machine, and what the benchmark itself took.
public struct BenchConditions: Codable, Sendable, Equatable {
    /// The one-minute load average before anything was measured.
    public var loadAverageAtStart: Double?
    /// The share of processor time that the hypervisor gave to others meanwhile; nil where the kernel does not tell.
    public var stolenShare: Double?
    /// How files were dropped from the page cache; nil where no cache was to be cold.
    public var cacheDropping: String?
    /// Seconds from the start to now.
    public var wallSeconds = 0.0
    /// The most that the work folder held on the disk, by the file system's own count.
    public var peakWorkBytes: UInt64 = 0
    /// Whether repositories had to be removed between layers, for want of room.
    public var removesAfterEachLayer = false

    public init() {}

    /// Why times may mean less than they say.
    func warnings(on machine: MachineDescription) -> [String] {
        var warnings: [String] = []
        if machine.buildConfiguration == "debug" {
            warnings.append("this is a debug build: its times mean nothing; use make build")
        }
        if let load = loadAverageAtStart, load > 0.5 * Double(machine.cores) {
            warnings.append(
                "the load average was \(Figure.fixed(load, decimals: 2)) on \(machine.cores) cores before the start: "
                    + "something else was running; compare ratios, and repeat on a quiet machine")
        }
        if let stolenShare, stolenShare > 0.01 {
            warnings.append(
                "the hypervisor gave \(Figure.percent(stolenShare)) of the processor time to others: compare ratios, not rates"
            )
        }
        if let governor = machine.governor, governor != "performance" {
            warnings.append(
                "the processor's governor is \(governor), which changes its clock: set it to performance where you can")
        }
        return warnings
    }
}

/// The kernel's counts of processor time since boot, in its own ticks.
struct ProcessorTimes: Equatable {
    var total: UInt64
    var stolen: UInt64

    /// Reads `/proc/stat`.
    static var now: ProcessorTimes? {
        FileManager.default.contents(atPath: "/proc/stat").flatMap { ProcessorTimes($0) }
    }

    /// cpu USER NICE SYSTEM IDLE IOWAIT IRQ SOFTIRQ STEAL GUEST GUEST_NICE; guests' time is in the first two already.
    init?(_ stat: Data) {
        let line = String(decoding: stat, as: UTF8.self).prefix { $0 != "\n" }
        let fields = line.split(separator: " ").dropFirst().compactMap { UInt64($0) }
        guard line.hasPrefix("cpu "), fields.count >= 8 else { return nil }
        total = fields.prefix(8).reduce(0, +)
        stolen = fields[7]
    }

    /// The share of stolen time since `earlier`.
    func stolenShare(since earlier: ProcessorTimes) -> Double? {
        guard total > earlier.total, stolen >= earlier.stolen else { return nil }
        return Double(stolen - earlier.stolen) / Double(total - earlier.total)
    }
}

/// The load that the kernel reports.
enum LoadAverage {
    static var oneMinute: Double? {
        FileManager.default.contents(atPath: "/proc/loadavg").flatMap {
            String(decoding: $0, as: UTF8.self).split(separator: " ").first.flatMap { Double($0) }
        }
    }
}
