internal import CSpawn
internal import Foundation
internal import Glibc

/// Owns a child process from its start until somebody has asked for its end: `posix_spawn`, then `wait4`, which also tells
/// what the child used.
///
/// The child leads a process group of its own, has no signal blocked or ignored, and inherits three descriptors and no
/// more.
final class SpawnedProcess: Sendable {
    /// The kernel's account of a child that has ended (`getrusage(2)`).
    struct Ending: Sendable {
        /// The exit code, or nil where a signal ended the child.
        var exitCode: Int32?
        /// The signal that ended the child, or nil.
        var signal: Int32?
        /// Seconds of processor time, in user and kernel mode, of the child and of those of its own that it waited for.
        var processorSeconds: Double
        /// The largest resident set of the child or of one of those that it waited for, as the kernel has it: it begins with
        /// what this process had taken when the child's program began.
        var peakMemoryBytes: UInt64
        /// The child's peak shows only above this: what this process had taken until the child's end, and an eighth, since
        /// the kernel adds up now and then what each processor has counted.
        var peakMemoryFloorBytes: UInt64 = 0
        /// Bytes that had to come from a disk.
        var diskReadBytes: UInt64
    }

    /// The process's and its group's number.
    let identifier: pid_t
    /// Seconds that the start took are part of what is measured: the moment before it.
    let start: ContinuousClock.Instant

    /// Starts a program.
    ///
    /// - Parameter streams: the descriptors that become the child's standard input, output and error.
    init(
        path: String, arguments: [String], environment: [String: String], workingDirectory: String?,
        streams: (input: Int32, output: Int32, error: Int32)
    ) throws(LocatedError) {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        for (descriptor, place) in [(streams.input, 0), (streams.output, 1), (streams.error, 2)] as [(Int32, Int32)] {
            unsafe posix_spawn_file_actions_adddup2(&actions, descriptor, place)
        }
        unsafe posix_spawn_file_actions_addclosefrom_np(&actions, 3)
        if let workingDirectory { unsafe posix_spawn_file_actions_addchdir_np(&actions, workingDirectory) }

        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe posix_spawnattr_setsigmask(&attributes, &signals)
        unsafe sigfillset(&signals)
        unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        unsafe posix_spawnattr_setflags(&attributes, Int16(flags))

        let words = CStrings([path] + arguments)
        let variables = CStrings(environment.map { "\($0.key)=\($0.value)" })
        defer { extendLifetime((words, variables)) }
        var identifier: pid_t = 0
        start = ContinuousClock().now
        let failure = unsafe posix_spawn(&identifier, path, &actions, &attributes, words.pointers, variables.pointers)
        guard failure == 0 else {
            throw LocatedError("cannot be started: \(unsafe String(cString: strerror(failure)))", in: path)
        }
        self.identifier = identifier
    }

    /// Blocks until the child has ended. To be called once.
    func wait() -> Ending {
        var status: Int32 = 0
        var usage = rusage()
        while unsafe wait4(identifier, &status, 0, &usage) < 0 {
            // Somebody else has taken its end, or ends are ignored: how it ended is lost, and that is no success.
            guard errno == EINTR else {
                return Ending(
                    exitCode: nil, signal: nil, processorSeconds: 0, peakMemoryBytes: 0, diskReadBytes: 0)
            }
        }
        // The macros of wait(2) do not come over to Swift.
        let signal = status & 0x7f
        return Ending(
            exitCode: signal == 0 ? (status >> 8) & 0xff : nil, signal: signal == 0 ? nil : signal,
            processorSeconds: SpawnedProcess.seconds(usage.ru_utime) + SpawnedProcess.seconds(usage.ru_stime),
            // In KiB and in blocks of 512 bytes.
            peakMemoryBytes: UInt64(max(usage.ru_maxrss, 0)) << 10,
            // Asked for at the end: `posix_spawn` may return before the kernel has taken what the child begins with.
            peakMemoryFloorBytes: (ResidentSet.peakBytes(of: "self") ?? 0) / 8 * 9,
            diskReadBytes: UInt64(max(usage.ru_inblock, 0)) << 9)
    }

    /// Sends a signal to the child and all of its group.
    func send(_ signal: Int32) { _ = kill(-identifier, signal) }

    private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
}

/// A list of texts as C wants it: pointers to them, and a null pointer at the end.
@safe private final class CStrings {
    let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    init(_ texts: [String]) {
        count = texts.count
        unsafe pointers = .allocate(capacity: texts.count + 1)
        for (index, text) in texts.enumerated() { unsafe (pointers + index).initialize(to: strdup(text)) }
        unsafe (pointers + texts.count).initialize(to: nil)
    }

    deinit {
        for index in 0..<count { unsafe free(pointers[index]) }
        unsafe pointers.deallocate()
    }
}

/// What `/proc` tells about a process, by its number or as `self`.
enum ResidentSet {
    /// `PF_FORKNOEXEC` of the kernel's `sched.h`.
    private static let isStillItsParent: UInt64 = 0x40

    /// Whether a child runs a program of its own. Until then it has its parent's memory; `posix_spawn` may return a little
    /// earlier.
    static func hasBegun(_ process: String) -> Bool {
        // The name, which may be anything, stands in parentheses; the flags are the seventh field after it (proc(5)).
        let fields = text(of: process, "stat")?.split(separator: ")").last?.split(separator: " ")
        guard let fields, fields.count > 6, let flags = UInt64(fields[6]) else { return false }
        return flags & isStillItsParent == 0
    }

    /// `VmHWM`, the largest resident set; nil where the process has ended or the kernel does not tell.
    static func peakBytes(of process: String) -> UInt64? {
        let line = text(of: process, "status")?.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return line?.split(separator: " ", omittingEmptySubsequences: true).dropFirst().first.flatMap { UInt64($0) }
            .map { $0 << 10 }
    }

    private static func text(of process: String, _ name: String) -> String? {
        FileManager.default.contents(atPath: "/proc/\(process)/\(name)").map { String(decoding: $0, as: UTF8.self) }
    }
}
