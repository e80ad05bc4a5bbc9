import Foundation
import Synchronization

/// An external program, run to its end (or to its time limit) with its output kept in bounds.
///
/// The child gets a process group of its own, so that a time limit ends the program with all it has started. Its
/// standard input is empty unless `input` names a file.
public struct ChildProcess: Sendable {
    public enum Input: Sendable {
        case empty
        /// The file's bytes.
        case file(path: String)
    }

    public enum Output: Sendable {
        case discarded
        /// Written to this file, which is created or emptied.
        case file(path: String)
        /// Kept in memory up to this many bytes; what comes after is read and dropped.
        case captured(limitBytes: Int)
    }

    /// A program's name, searched on PATH, or its path.
    public var program: String
    public var arguments: [String]
    /// Variables set on top of the harness's own environment.
    public var environment: [String: String] = [:]
    /// The harness's own where nil.
    public var workingDirectory: String?
    public var input = Input.empty
    public var output = Output.captured(limitBytes: 1 << 20)
    /// Bytes of standard error that are kept.
    public var errorLimitBytes = 1 << 16
    /// After this time the child and its process group are killed.
    public var timeoutSeconds: Double

    public init(_ program: String, _ arguments: [String] = [], timeoutSeconds: Double = 60) {
        self.program = program
        self.arguments = arguments
        self.timeoutSeconds = timeoutSeconds
    }

    /// Runs the program and waits for its end. An exit code other than zero and an expired time limit are results.
    ///
    /// Throws where the program is not installed, cannot be started, or a file for its input or output cannot be
    /// opened.
    public func run() throws(HarnessError) -> ChildResult {
        let process = Process()
        let command = try command()
        process.executableURL = URL(fileURLWithPath: command.path)
        process.arguments = command.arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, own in own }
        if let workingDirectory { process.currentDirectoryURL = URL(fileURLWithPath: workingDirectory) }
        process.standardInput = try inputHandle()

        let standardOutput: CappedReader?
        switch output {
        case .discarded:
            (process.standardOutput, standardOutput) = (FileHandle.nullDevice, nil)
        case .file(let path):
            (process.standardOutput, standardOutput) = (try outputHandle(path), nil)
        case .captured(let limitBytes):
            let reader = CappedReader(limitBytes: limitBytes)
            (process.standardOutput, standardOutput) = (reader.pipe, reader)
        }
        let standardError = CappedReader(limitBytes: errorLimitBytes)
        process.standardError = standardError.pipe

        let ending = try start(process, reading: [standardOutput, standardError].compactMap(\.self))
        // A lost process has no status to ask for.
        let isExit = !ending.isLost && process.terminationReason == .exit
        let isSignal = !ending.isLost && !isExit
        return ChildResult(
            program: program,
            exitCode: isExit ? process.terminationStatus : nil, signal: isSignal ? process.terminationStatus : nil,
            isTimedOut: ending.isTimedOut, wallSeconds: ending.wallSeconds,
            output: standardOutput?.finish() ?? CapturedText(), error: standardError.finish())
    }

    /// As `run`, but every end other than exit code zero throws, with the last line of the child's standard error.
    @discardableResult
    public func runChecked() throws(HarnessError) -> ChildResult {
        let result = try run()
        if let failure = result.failure { throw failure }
        return result
    }

    /// What is executed. A child inherits its parent thread's signal mask, and dispatch's threads block nearly all
    /// signals: off the main thread, `env` (one more exec, under a millisecond) gives the child a clean mask.
    private func command() throws(HarnessError) -> (path: String, arguments: [String]) {
        let path = try Program.locate(program)
        // `env` would take a path with an equals sign for a variable.
        if Thread.isMainThread || path.contains("=") { return (path, arguments) }
        return (try Program.locate("env"), ["--default-signal", path] + arguments)
    }

    private func start(
        _ process: Process, reading readers: [CappedReader]
    ) throws(HarnessError) -> (isTimedOut: Bool, isLost: Bool, wallSeconds: Double) {
        let end = Mutex<ContinuousClock.Instant?>(nil)
        let ended = DispatchSemaphore(value: 0)
        let clock = ContinuousClock()
        process.terminationHandler = { _ in
            end.withLock { $0 = clock.now }
            ended.signal()
        }
        let begin = clock.now
        do {
            try process.run()
        } catch {
            throw HarnessError("cannot be started: \(error.localizedDescription)", in: program)
        }
        for reader in readers { reader.start() }
        var isTimedOut = false
        var looksSeenDead = 0
        // Foundation now and then misses a child's end: one that stays dead for several looks is lost, and waiting goes on
        // no longer.
        while ended.wait(timeout: .now() + 0.5) == .timedOut, looksSeenDead < 6 {
            looksSeenDead = isDead(process.processIdentifier) ? looksSeenDead + 1 : 0
            if !isTimedOut, begin.duration(to: clock.now) / .seconds(1) >= timeoutSeconds {
                isTimedOut = true
                ProcessGroup.kill(process.processIdentifier)
            }
        }
        let finish = end.withLock { $0 }
        let elapsed = begin.duration(to: finish ?? clock.now)
        return (isTimedOut, finish == nil, elapsed / .seconds(1))
    }

    /// Whether a child has ended and nobody has asked for its status yet, by the kernel's own word.
    private func isDead(_ identifier: Int32) -> Bool {
        guard let bytes = FileManager.default.contents(atPath: "/proc/\(identifier)/stat") else { return true }
        // PID (NAME) STATE …, and the name may hold anything.
        let text = String(decoding: bytes, as: UTF8.self)
        return text.lastIndex(of: ")").map { text[$0...].hasPrefix(") Z") } ?? false
    }

    private func inputHandle() throws(HarnessError) -> FileHandle {
        switch input {
        case .empty: return .nullDevice
        case .file(let path):
            guard let handle = FileHandle(forReadingAtPath: path) else {
                throw HarnessError("cannot be read as the input of \(program)", in: path)
            }
            return handle
        }
    }

    private func outputHandle(_ path: String) throws(HarnessError) -> FileHandle {
        guard FileManager.default.createFile(atPath: path, contents: nil),
            let handle = FileHandle(forWritingAtPath: path)
        else { throw HarnessError("cannot be written as the output of \(program)", in: path) }
        return handle
    }
}
