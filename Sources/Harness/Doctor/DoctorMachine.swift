internal import Foundation
internal import Processes

/// Processors, memory and kernel: what makes times differ from run to run.
struct DoctorMachine {
    /// Of processor time, while it was watched; nil where the kernel does not tell.
    let stolenShare: Double?

    private static let leastMemoryBytes: UInt64 = 1_000_000_000
    private static let leastOpenFiles: UInt64 = 1_024
    private static let quickClocks: Set = [
        "tsc", "kvm-clock", "arch_sys_counter", "hyperv_clocksource_tsc_page", "xen",
    ]

    var checks: [DoctorCheck] {
        let read = MachineDescription.text
        let memory = MemoryTable(read("/proc/meminfo"))
        let groups = ControlGroups(read("/proc/self/cgroup")) { MachineDescription.nonEmpty(read($0)) }
        let cores = ProcessInfo.processInfo.activeProcessorCount
        let steps: [DoctorCheck?] = [
            DoctorMachine.check(
                ofCores: cores, online: DoctorMachine.count(inList: read("/sys/devices/system/cpu/online"))),
            DoctorMachine.check(ofProcessorQuota: groups.processorQuota, cores: cores),
            DoctorMachine.check(
                ofGovernor: MachineDescription.nonEmpty(
                    read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"))),
            turbo,
            LoadAverage.oneMinute.map { DoctorMachine.check(ofLoad: $0, cores: cores) },
            DoctorMachine.check(ofStolenShare: stolenShare),
            DoctorMachine.check(
                ofClock: MachineDescription.nonEmpty(
                    read("/sys/devices/system/clocksource/clocksource0/current_clocksource"))),
            memory.available.map { DoctorMachine.check(ofFreeMemory: $0, left: groups.memoryLeft) },
            DoctorMachine.check(ofMemoryLimit: groups.memoryLimit, all: memory.total),
            DoctorMachine.check(ofSwap: memory),
            DoctorMachine.check(ofOpenFiles: DoctorMachine.openFiles(read("/proc/self/limits"))),
            pageCache, perf,
        ]
        return steps.compactMap(\.self)
    }

    static func check(ofCores cores: Int, online: Int?) -> DoctorCheck {
        let text = "\(cores)" + (online.map { $0 == cores ? "" : " of the \($0) there are" } ?? "")
        return DoctorCheck(
            .machine, "processors", cores > 1 ? .ok : .spoils, text,
            cores > 1 ? nil : "imports and rebuilds work in threads: two processors show more than one")
    }

    /// - Parameter quota: processors' worth of time that the control groups give; nil where they set no limit.
    static func check(ofProcessorQuota quota: Double?, cores: Int) -> DoctorCheck {
        guard let quota else { return DoctorCheck(.machine, "processor limit", .ok, "none") }
        let isTight = quota < Double(cores)
        return DoctorCheck(
            .machine, "processor limit", isTight ? .spoils : .ok,
            "\(Figure.fixed(quota, decimals: 1)) of \(cores)",
            isTight ? "the control group stops processes in the middle: measure outside of it" : nil)
    }

    static func check(ofGovernor governor: String?) -> DoctorCheck {
        guard let governor else { return DoctorCheck(.machine, "governor", .note, "not visible") }
        let isSteady = governor == "performance"
        return DoctorCheck(
            .machine, "governor", isSteady ? .ok : .spoils, governor,
            isSteady
                ? nil : "it changes the clock: cpupower frequency-set --governor performance, as root")
    }

    private var turbo: DoctorCheck? {
        func flag(_ path: String) -> String? {
            MachineDescription.nonEmpty(MachineDescription.text(path))
        }
        let isOn =
            flag("/sys/devices/system/cpu/intel_pstate/no_turbo").map { $0 == "0" }
            ?? flag("/sys/devices/system/cpu/cpufreq/boost").map { $0 == "1" }
        guard let isOn else { return DoctorCheck(.machine, "turbo", .note, "not visible") }
        return DoctorCheck(
            .machine, "turbo", isOn ? .note : .ok, isOn ? "on" : "off",
            isOn
                ? "the clock depends on what else runs and how warm it is; ratios suffer less than rates"
                : nil)
    }

    static func check(ofLoad load: Double, cores: Int) -> DoctorCheck {
        let isQuiet = load <= 0.5 * Double(cores)
        return DoctorCheck(
            .machine, "load", isQuiet ? .ok : .spoils,
            "\(Figure.fixed(load, decimals: 2)) on \(cores) processors",
            isQuiet ? nil : "something else is running: wait for it, or compare ratios only")
    }

    static func check(ofStolenShare share: Double?) -> DoctorCheck {
        guard let share else { return DoctorCheck(.machine, "stolen time", .note, "not visible") }
        let isOwn = share <= 0.01
        return DoctorCheck(
            .machine, "stolen time", isOwn ? .ok : .spoils, "\(Figure.percent(share)) over a second",
            isOwn ? nil : "the hypervisor gives it to others: compare ratios only")
    }

    static func check(ofClock source: String?) -> DoctorCheck? {
        guard let source else { return nil }
        let isQuick = quickClocks.contains(source)
        return DoctorCheck(
            .machine, "clock source", isQuick ? .ok : .note, source,
            isQuick ? nil : "to look at it is slow")
    }

    /// - Parameter left: what the control groups still give; nil where they set no limit.
    static func check(ofFreeMemory free: UInt64, left: UInt64?) -> DoctorCheck {
        let least = min(free, left ?? free)
        let isMuch = least >= leastMemoryBytes
        return DoctorCheck(
            .machine, "free memory", isMuch ? .ok : .spoils,
            "\(Figure.count(least / 1_000_000)) MB\(least < free ? " of the control group" : "")",
            isMuch ? nil : "what is read is soon dropped again, so nothing stays warm: end what is large")
    }

    static func check(ofMemoryLimit limit: UInt64?, all: UInt64?) -> DoctorCheck {
        guard let limit, limit < all ?? .max else {
            return DoctorCheck(.machine, "memory limit", .ok, "none")
        }
        return DoctorCheck(
            .machine, "memory limit", .note, "\(Figure.count(limit / 1_000_000)) MB",
            "the control group counts cached files, too")
    }

    static func check(ofSwap memory: MemoryTable) -> DoctorCheck? {
        guard let total = memory.swap, let free = memory.freeSwap else { return nil }
        guard total > 0 else { return DoctorCheck(.machine, "swap", .ok, "none") }
        let used = total - min(free, total)
        // What has been there for long hurts nobody.
        let isMuch = used > total / 10
        return DoctorCheck(
            .machine, "swap", isMuch ? .note : .ok,
            "\(Figure.count(used / 1_000_000)) of \(Figure.count(total / 1_000_000)) MB in use",
            isMuch ? "memory has been short: see whether it still is" : nil)
    }

    /// - Parameter limit: nil for no limit.
    static func check(ofOpenFiles limit: UInt64?) -> DoctorCheck {
        guard let limit else { return DoctorCheck(.machine, "open files", .ok, "no limit") }
        let isMuch = limit >= leastOpenFiles
        return DoctorCheck(
            .machine, "open files", isMuch ? .ok : .spoils, "\(Figure.count(limit)) at a time",
            isMuch ? nil : "rebuilds open objects ahead: ulimit -n \(leastOpenFiles)")
    }

    /// The soft limit in the text of `/proc/PID/limits`; nil where there is none.
    static func openFiles(_ limits: String) -> UInt64? {
        let line = limits.split(separator: "\n").first { $0.hasPrefix("Max open files") }
        return line?.dropFirst("Max open files".count).split(separator: " ").first.flatMap {
            UInt64($0)
        }
    }

    /// How many numbers a list such as `0-3,8` has.
    static func count(inList list: String) -> Int? {
        var count = 0
        for part in list.split(whereSeparator: { $0 == "," || $0.isNewline }) {
            let ends = part.split(separator: "-").compactMap { Int($0) }
            guard let first = ends.first, let last = ends.last, last >= first else { return nil }
            count += last - first + 1
        }
        return count > 0 ? count : nil
    }

    /// Only looked at: who tries it has dropped it.
    private var pageCache: DoctorCheck {
        let canDrop = FileManager.default.isWritableFile(atPath: "/proc/sys/vm/drop_caches")
        return DoctorCheck(
            .machine, "dropping caches", canDrop ? .ok : .note,
            canDrop ? "yes" : "files only, not inodes",
            canDrop ? "for bench --cache cold" : "for bench --cache cold all of it takes root")
    }

    private var perf: DoctorCheck {
        guard Program.find("perf") != nil else {
            return DoctorCheck(
                .machine, "perf", .note, "not installed",
                "measure baseline counts by valgrind; linux-perf says where time goes")
        }
        let level = MachineDescription.nonEmpty(
            MachineDescription.text("/proc/sys/kernel/perf_event_paranoid"))
        return DoctorCheck(
            .machine, "perf", .ok, "installed, perf_event_paranoid \(level ?? "not visible")")
    }
}

/// Figures of `/proc/meminfo`, in bytes.
struct MemoryTable {
    let total, available, swap, freeSwap: UInt64?

    init(_ text: String) {
        func bytes(_ key: String) -> UInt64? {
            MachineDescription.value(of: key + ":", in: text)?.split(separator: " ").first.flatMap {
                UInt64($0)
            }
            .map { $0 * 1_024 }
        }
        (total, available) = (bytes("MemTotal"), bytes("MemAvailable"))
        (swap, freeSwap) = (bytes("SwapTotal"), bytes("SwapFree"))
    }
}
