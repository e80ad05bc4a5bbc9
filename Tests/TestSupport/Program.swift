private import Foundation

/// What a program that ran to its end said.
public struct ProgramResult: Sendable {
    /// The exit code; for a program that a signal ended, the signal's number below zero.
    public var exitCode: Int32
    public var outputBytes: [UInt8]
    public var errorBytes: [UInt8]

    public var output: String { String(decoding: outputBytes, as: UTF8.self) }
    public var errors: String { String(decoding: errorBytes, as: UTF8.self) }
    /// The lines of standard error, without empty ones.
    public var errorLines: [String] { errors.split(separator: "\n").map(String.init) }
}

/// A program that could not be run, or not to its end.
public struct ProgramError: Error, CustomStringConvertible {
    public var description: String

    public init(description: String) { self.description = description }
}

/// A program that runs beside the test. Its output goes to files, so that it never waits for a reader.
public final class RunningProgram {
    private let process = Process()
    private let ended = DispatchSemaphore(value: 0)
    private let folder: String
    private let input: Pipe?

    /// Starts a program, found on the `PATH` unless it is a path itself.
    ///
    /// - Parameters:
    ///   - input: what the program reads, or nil for nothing at all.
    ///   - keepsInputOpen: whether the program waits for more after `input`, until `finishInput`.
    public init(
        _ program: String, _ arguments: [String], input: [UInt8]? = nil, keepsInputOpen: Bool = false,
        environment: [String: String] = [:]
    ) throws {
        folder = try TemporaryFolder.make()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        // A `Process` lives on after its owner, with its files; the child has its own.
        var files = [try RunningProgram.file(folder + "/output"), try RunningProgram.file(folder + "/errors")]
        defer { for file in files { try? file.close() } }
        (process.standardOutput, process.standardError) = (files[0], files[1])
        if keepsInputOpen {
            let pipe = Pipe()
            process.standardInput = pipe
            self.input = pipe
        } else {
            try Data(input ?? []).write(to: URL(fileURLWithPath: folder + "/input"))
            guard let file = FileHandle(forReadingAtPath: folder + "/input") else {
                throw ProgramError(description: "cannot read \(folder)/input")
            }
            files.append(file)
            process.standardInput = file
            self.input = nil
        }
        process.terminationHandler = { [ended] _ in ended.signal() }
        try process.run()
        try? self.input?.fileHandleForReading.close()
        if keepsInputOpen, let input { try send(input) }
    }

    deinit {
        if process.isRunning { process.terminate() }
        try? input?.fileHandleForWriting.close()
        try? FileManager.default.removeItem(atPath: folder)
    }

    public var processID: Int32 { process.processIdentifier }

    /// Writes to the standard input of a program that keeps it open; returns when the program has taken all but what a
    /// pipe holds (64 KiB).
    public func send(_ bytes: [UInt8]) throws { try input?.fileHandleForWriting.write(contentsOf: Data(bytes)) }

    public func finishInput() throws { try input?.fileHandleForWriting.close() }

    /// Returns when the program has taken all its input and sleeps until there is more; at the latest after ten seconds.
    public func waitUntilIdle() throws {
        var quiet = 0
        for _ in 0..<500 where quiet < 3 {
            let status = try String(contentsOfFile: "/proc/\(processID)/stat", encoding: .utf8)
            let state = status.split(separator: ")").last?.split(separator: " ").first
            quiet = state == "S" ? quiet + 1 : 0
            Thread.sleep(forTimeInterval: 0.02)
        }
    }

    /// Waits for the program's end; one that does not end in time is killed, and that is an error.
    public func wait(timeoutSeconds: Int = 120) throws -> ProgramResult {
        if ended.wait(timeout: .now() + .seconds(timeoutSeconds)) == .timedOut {
            kill(process.processIdentifier, SIGKILL)
            let name = process.arguments?.joined(separator: " ") ?? ""
            throw ProgramError(description: "'\(name)' did not end in \(timeoutSeconds) seconds")
        }
        let status = process.terminationStatus
        return ProgramResult(
            exitCode: process.terminationReason == .uncaughtSignal ? -status : status,
            outputBytes: try read("output"), errorBytes: try read("errors"))
    }

    private func read(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: folder + "/" + name)))
    }

    private static func file(_ path: String) throws -> FileHandle {
        guard FileManager.default.createFile(atPath: path, contents: nil),
            let handle = FileHandle(forWritingAtPath: path)
        else { throw ProgramError(description: "cannot write \(path)") }
        return handle
    }
}

/// Runs a program to its end.
public func run(
    _ program: String, _ arguments: [String], input: [UInt8]? = nil, environment: [String: String] = [:],
    timeoutSeconds: Int = 120
) throws -> ProgramResult {
    try RunningProgram(program, arguments, input: input, environment: environment).wait(timeoutSeconds: timeoutSeconds)
}
