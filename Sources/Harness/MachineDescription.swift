import Foundation
import OSTree
import Strategies
import Processes

/// The machine that a report was made on: what explains its times, and nothing that identifies the host.
public struct MachineDescription: Codable, Equatable, Sendable {
    /// The processor's model as the kernel names it.
    public var processor: String
    /// Logical processors that this process may use.
    public var cores: Int
    public var memoryBytes: UInt64
    /// The kernel's release.
    public var kernel: String
    /// The distribution's name and version.
    public var operatingSystem: String
    /// The type of the file system that the work directory lies on, such as `ext4`.
    public var fileSystem: String
    /// The first line of `swift --version`, where a toolchain is installed.
    public var swiftVersion: String?
    /// `release` or `debug`: how this code was built. Times of a debug build mean nothing.
    public var buildConfiguration: String
    /// How the processor's clock is chosen (`scaling_governor`), nil where the kernel does not show it, as in most
    /// virtual machines.
    public var governor: String?
    /// The versions of the peers and of the libraries below, by name; absent programs are left out.
    public var versions: [String: String]

    /// A short name for folders, made of the processor and its cores, such as `amd-epyc-2c`. It never has the host's
    /// name.
    public var shortName: String {
        let dropped: Set = ["cpu", "processor", "r", "tm", "core", "with", "genuine", "unknown"]
        // What follows an @ is a clock frequency.
        let model = processor.prefix { $0 != "@" }.lowercased()
        let words = model.split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }.map(String.init)
        let kept = words.filter { !dropped.contains($0) }.prefix(5)
        return ((kept.isEmpty ? ["machine"] : kept) + ["\(cores)c"]).joined(separator: "-")
    }

    /// Describes this machine, and the file system of `directory`. What cannot be found out says `unknown`.
    public static func current(directory: String) -> MachineDescription {
        let memory = value(of: "MemTotal", in: text("/proc/meminfo"))?.split(separator: " ").first.flatMap {
            UInt64($0)
        }
        let system = text("/etc/os-release").split(separator: "\n").first { $0.hasPrefix("PRETTY_NAME=") }
        return MachineDescription(
            processor: value(of: "model name", in: text("/proc/cpuinfo")) ?? "unknown",
            cores: ProcessInfo.processInfo.activeProcessorCount,
            memoryBytes: memory.map { $0 * 1_024 } ?? ProcessInfo.processInfo.physicalMemory,
            kernel: nonEmpty(text("/proc/sys/kernel/osrelease")) ?? "unknown",
            operatingSystem: system.map { $0.dropFirst("PRETTY_NAME=".count).filter { $0 != "\"" } } ?? "unknown",
            fileSystem: fileSystem(of: resolved(directory), mounts: text("/proc/self/mountinfo")) ?? "unknown",
            // The driver's own `--version` leaves a temporary directory behind.
            swiftVersion: version(of: "swift", ["-frontend", "--version"]),
            buildConfiguration: builtConfiguration,
            governor: nonEmpty(text("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")),
            versions: versions())
    }

    /// The type of the file system that holds an absolute path without links, by the text of `/proc/self/mountinfo`.
    static func fileSystem(of path: String, mounts: String) -> String? { mount(of: path, mounts)?.type }

    /// `MAJOR:MINOR` of its device in two hexadecimal digits each, or more: as `/proc/locks` names it, and not `stat`, which on some
    /// file systems makes numbers up.
    static func device(of path: String, mounts: String) -> String? {
        mount(of: path, mounts)?.device.split(separator: ":").compactMap { Int($0) }.map { number in
            (number < 16 ? "0" : "") + String(number, radix: 16)
        }.joined(separator: ":")
    }

    private static func mount(of path: String, _ mounts: String) -> (type: String, device: String)? {
        var best: (point: String, type: String, device: String)?
        for line in mounts.split(separator: "\n") {
            // ID PARENT MAJOR:MINOR ROOT MOUNT-POINT OPTIONS [FIELD …] - TYPE …
            let fields = line.split(separator: " ").map(String.init)
            guard fields.count > 4, let dash = fields.dropFirst(5).firstIndex(of: "-"), dash + 1 < fields.count else {
                continue
            }
            let point = MountTable.decoded(fields[4])
            let isAbove = point == "/" || path == point || path.hasPrefix(point + "/")
            // A later mount on the same point hides the earlier one.
            guard isAbove, point.count >= best?.point.count ?? 0 else { continue }
            best = (point, fields[dash + 1], fields[2])
        }
        return best.map { ($0.type, $0.device) }
    }

    /// Whether this code was built without optimisation.
    public static var isDebugBuild: Bool { builtConfiguration == "debug" }

    static var builtConfiguration: String {
        #if DEBUG
            "debug"
        #else
            "release"
        #endif
    }

    private static func versions() -> [String: String] {
        var versions: [String: String] = [
            "libostree": OSTreeLibrary.version, "libzstd": Zstd.libraryVersion, "layerlab": Release.version,
        ]
        for program in ["cat", "ostree", "python3", "tar", "tar-split", "xargs"] {
            versions[program] = version(of: program)
        }
        return versions
    }

    static func version(of program: String, _ arguments: [String] = ["--version"]) -> String? {
        guard Program.find(program) != nil,
            let result = try? ChildProcess(program, arguments, timeoutSeconds: 10).run(), result.failure == nil
        else { return nil }
        let lines = result.output.text.split(whereSeparator: \.isNewline).map {
            $0.trimmingCharacters(in: .whitespaces)
        }
        // ostree answers in YAML: its second line has the version.
        if let line = lines.first(where: { $0.hasPrefix("Version:") }) {
            return nonEmpty(line.dropFirst("Version:".count).filter { $0 != "'" })
        }
        return lines.first.flatMap(nonEmpty)
    }

    /// `KEY : VALUE` as the kernel's tables write it.
    static func value(of key: String, in table: String) -> String? {
        let line = table.split(separator: "\n").first { $0.hasPrefix(key) }
        guard let line, let colon = line.firstIndex(of: ":") else { return nil }
        return nonEmpty(String(line[line.index(after: colon)...]))
    }

    static func resolved(_ path: String) -> String {
        URL(fileURLWithPath: path).standardizedFileURL.resolvingSymlinksInPath().path
    }

    static func text(_ path: String) -> String {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    static func nonEmpty(_ text: String) -> String? {
        let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
        return trimmed.isEmpty ? nil : trimmed
    }
}
