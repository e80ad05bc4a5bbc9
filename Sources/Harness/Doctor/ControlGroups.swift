/// The limits of the control groups that this process is in, of both versions: the least of a group and those above it.
struct ControlGroups {
    /// Processors' worth of time; nil for no limit.
    let processorQuota: Double?
    let memoryLimit: UInt64?
    /// The least that is left of a limit; cached files, which go where there is need, count as left.
    let memoryLeft: UInt64?

    private static let root = "/sys/fs/cgroup"

    /// - Parameters:
    ///   - membership: the text of `/proc/self/cgroup`.
    ///   - read: the text of a file, trimmed; nil where it is empty or cannot be read.
    init(_ membership: String, read: (String) -> String?) {
        var (quota, memory, left): (Double?, UInt64?, UInt64?) = (nil, nil, nil)
        func limit(processors: Double?) {
            if let processors { quota = min(processors, quota ?? processors) }
        }
        func limit(memory bytes: UInt64?, in folder: String, used file: String) {
            guard let bytes else { return }
            memory = min(bytes, memory ?? bytes)
            let cached = ControlGroups.cachedBytes(read(folder + "memory.stat") ?? "")
            let used = read(folder + file).flatMap { UInt64($0) } ?? 0
            let rest = bytes - min(bytes, used - min(used, cached))
            left = min(rest, left ?? rest)
        }
        for line in membership.split(separator: "\n") {
            // NUMBER:CONTROLLERS:PATH
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            let controllers = fields[1].split(separator: ",")
            for path in ControlGroups.paths(above: fields[2]) {
                if fields[1].isEmpty {
                    let folder = "\(ControlGroups.root)\(path)/"
                    limit(processors: read(folder + "cpu.max").flatMap(ControlGroups.processors))
                    limit(
                        memory: read(folder + "memory.max").flatMap { UInt64($0) }, in: folder,
                        used: "memory.current")
                }
                if controllers.contains("cpu") {
                    let folder = "\(ControlGroups.root)/cpu\(path)/"
                    let text = [read(folder + "cpu.cfs_quota_us"), read(folder + "cpu.cfs_period_us")]
                    limit(
                        processors: ControlGroups.processors(text.compactMap(\.self).joined(separator: " ")))
                }
                if controllers.contains("memory") {
                    let folder = "\(ControlGroups.root)/memory\(path)/"
                    let bytes = read(folder + "memory.limit_in_bytes").flatMap { UInt64($0) }
                    // As good as none: the largest number of whole pages.
                    limit(
                        memory: bytes.flatMap { $0 < 1 << 60 ? $0 : nil }, in: folder, used: "memory.usage_in_bytes")
                }
            }
        }
        (processorQuota, memoryLimit, memoryLeft) = (quota, memory, left)
    }

    /// The files' pages of `memory.stat` that nobody holds, of both versions.
    private static func cachedBytes(_ statistics: String) -> UInt64 {
        statistics.split(separator: "\n").reduce(0) { sum, line in
            let fields = line.split(separator: " ")
            guard fields.count == 2, ["inactive_file", "active_file"].contains(fields[0]) else { return sum }
            return sum &+ (UInt64(fields[1]) ?? 0)
        }
    }

    /// `QUOTA PERIOD` in microseconds; nil where there is no limit: `max`, or -1.
    private static func processors(_ text: String) -> Double? {
        let numbers = text.split(separator: " ").compactMap { Double($0) }
        guard numbers.count == 2, numbers[0] > 0, numbers[1] > 0 else { return nil }
        return numbers[0] / numbers[1]
    }

    /// A path and those above it, the root's as an empty text.
    private static func paths(above path: Substring) -> [String] {
        let names = path.split(separator: "/")
        return (0...names.count).map { count in names.prefix(count).map { "/" + $0 }.joined() }
    }
}
