import Foundation

/// An external program, run to its end (or to its time limit) with its output kept in bounds.
///
/// The child gets a process group of its own, so that a time limit ends the program with all it has started. Its
/// standard input is empty unless `input` names a file. A program that writes messages without end is killed: some do,
/// on broken input.
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

    /// More than so many bytes into one captured stream are a flood.
    static let floodBytes = 64_000_000

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
    /// Whether to look at the child's memory every millisecond, so that its peak is known below what this process takes
    /// itself. Only for programs that do their work in their first process, and not while they are timed. What the child
    /// has for less than a look's time, and gives back, may go unseen.
    public var samplesMemory = false
    /// After this time the child and its process group are ended.
    public var timeoutSeconds: Double

    public init(_ program: String, _ arguments: [String] = [], timeoutSeconds: Double = 60) {
        self.program = program
        self.arguments = arguments
        self.timeoutSeconds = timeoutSeconds
    }

    /// Runs the program and waits for its end. An exit code other than zero, an expired time limit and a flood of output
    /// are results.
    ///
    /// Throws where the program is not installed, cannot be started, or a file for its input or output cannot be
    /// opened; and where somebody asked this program to stop, which ends the child first.
    public func run() throws(LocatedError) -> ChildResult {
        try start().wait(timeoutSeconds: timeoutSeconds)
    }

    /// Starts the program and does not wait for it. Its time limit is the caller's business then.
    public func start() throws(LocatedError) -> RunningChild {
        let path = try Program.locate(program)
        let inputHandle = try inputHandle()
        let (outputHandle, reader) = try outputHandle()
        let errors = CappedReader(limitBytes: errorLimitBytes, floodBytes: ChildProcess.floodBytes)
        defer { extendLifetime((inputHandle, outputHandle)) }
        let process = try SpawnedProcess(
            path: path, arguments: arguments,
            environment: ProcessInfo.processInfo.environment.merging(environment) { _, own in own },
            workingDirectory: workingDirectory,
            streams: (
                inputHandle.fileDescriptor, outputHandle.fileDescriptor, errors.pipe.fileHandleForWriting.fileDescriptor
            ))
        return RunningChild(program, process, output: reader, error: errors, samplesMemory: samplesMemory)
    }

    /// As `run`, but every end other than exit code zero throws, with the last line of the child's standard error.
    @discardableResult
    public func runChecked() throws(LocatedError) -> ChildResult {
        let result = try run()
        if let failure = result.failure { throw failure }
        return result
    }

    private func inputHandle() throws(LocatedError) -> FileHandle {
        let path =
            switch input {
            case .empty: "/dev/null"
            case .file(let path): path
            }
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw LocatedError("cannot be read as the input of \(program)", in: path)
        }
        return handle
    }

    private func outputHandle() throws(LocatedError) -> (FileHandle, CappedReader?) {
        switch output {
        case .captured(let limitBytes):
            let reader = CappedReader(limitBytes: limitBytes, floodBytes: ChildProcess.floodBytes)
            return (reader.pipe.fileHandleForWriting, reader)
        case .file(let path):
            guard FileManager.default.createFile(atPath: path, contents: nil) else { throw cannotWrite(path) }
            return (try writing(path), nil)
        case .discarded:
            return (try writing("/dev/null"), nil)
        }
    }

    private func writing(_ path: String) throws(LocatedError) -> FileHandle {
        guard let handle = FileHandle(forWritingAtPath: path) else { throw cannotWrite(path) }
        return handle
    }

    private func cannotWrite(_ path: String) -> LocatedError {
        LocatedError("cannot be written as the output of \(program)", in: path)
    }
}
