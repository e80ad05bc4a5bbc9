/// The limits of the control groups that this process is in, of both versions: the least of a group and those above it.
struct ControlGroups {
    /// Processors' worth of time; nil for no limit.
    let processorQuota: Double?
    let memoryLimit: UInt64?

    private static let root = "/sys/fs/cgroup"

    /// - Parameters:
    ///   - membership: the text of `/proc/self/cgroup`.
    ///   - read: the text of a file, trimmed; nil where it is empty or cannot be read.
    init(_ membership: String, read: (String) -> String?) {
        var (quota, memory): (Double?, UInt64?) = (nil, nil)
        func limit(processors: Double?) {
            if let processors { quota = min(processors, quota ?? processors) }
        }
        func limit(memory bytes: UInt64?) { if let bytes { memory = min(bytes, memory ?? bytes) } }
        for line in membership.split(separator: "\n") {
            // NUMBER:CONTROLLERS:PATH
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            let controllers = fields[1].split(separator: ",")
            for path in ControlGroups.paths(above: fields[2]) {
                if fields[1].isEmpty {
                    limit(
                        processors: read("\(ControlGroups.root)\(path)/cpu.max").flatMap(
                            ControlGroups.processors))
                    limit(memory: read("\(ControlGroups.root)\(path)/memory.max").flatMap { UInt64($0) })
                }
                if controllers.contains("cpu") {
                    let folder = "\(ControlGroups.root)/cpu\(path)/"
                    let text = [read(folder + "cpu.cfs_quota_us"), read(folder + "cpu.cfs_period_us")]
                    limit(
                        processors: ControlGroups.processors(text.compactMap(\.self).joined(separator: " ")))
                }
                if controllers.contains("memory") {
                    let bytes = read("\(ControlGroups.root)/memory\(path)/memory.limit_in_bytes").flatMap {
                        UInt64($0)
                    }
                    // As good as none: the largest number of whole pages.
                    limit(memory: bytes.flatMap { $0 < 1 << 60 ? $0 : nil })
                }
            }
        }
        (processorQuota, memoryLimit) = (quota, memory)
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
