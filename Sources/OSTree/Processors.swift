internal import CLinux
private import Glibc

/// The processors that this process may use.
public enum Processors {
    /// More threads than these are never of use to one layer, and in an archive each has 9 MiB to compress with.
    static let greatestCount = 8

    /// How many there are for the threads of one import or rebuild: those that the process may run on
    /// (`sched_getaffinity`), no more than its control groups give it time for (`cpu.max`), and from 1 to 8.
    public static let count = min(max(1, min(allowed, granted(in: "/sys/fs/cgroup") ?? .max)), greatestCount)

    private static var allowed: Int {
        let count = Int(layerlab_allowed_processors())
        return count > 0 ? count : sysconf(Int32(_SC_NPROCESSORS_ONLN))
    }

    /// The least that the process's control group, or one above it, gives; nil where none sets a limit.
    private static func granted(in root: String) -> Int? {
        guard let line = text("/proc/self/cgroup")?.split(separator: "\n").first(where: { $0.hasPrefix("0::") })
        else { return nil }
        var names = line.dropFirst("0::".count).split(separator: "/")
        var least: Int?
        while true {
            let path = ([root[...]] + names + ["cpu.max"]).joined(separator: "/")
            if let count = text(path).flatMap(granted(by:)) { least = min(count, least ?? count) }
            if names.popLast() == nil { return least }
        }
    }

    /// Processors for which `QUOTA PERIOD`, both in microseconds, is enough, at least 1; nil for `max PERIOD`.
    static func granted(by text: String) -> Int? {
        let numbers = text.split { $0 == " " || $0 == "\n" }.compactMap { Int($0) }
        guard numbers.count == 2, numbers[0] > 0, numbers[1] > 0 else { return nil }
        return (numbers[0] - 1) / numbers[1] + 1
    }

    /// A small file's text; nil where it cannot be read.
    private static func text(_ path: String) -> String? {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe readFully(file, into: $0) }
        return count.map { String(decoding: bytes.prefix($0), as: UTF8.self) }
    }
}
