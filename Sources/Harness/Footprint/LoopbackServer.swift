internal import Foundation
internal import LayerStore
internal import Processes

/// A static web server for a folder, on a port of its own that only this machine reaches: Python's `http.server`.
///
/// It ends with `stop`, or with its owner.
final class LoopbackServer {
    /// How long it may take to say its port.
    private static let startSeconds = 20.0

    /// Such as `http://127.0.0.1:40123`.
    let address: String
    private let folder: String
    private let child: RunningChild
    private let log: String
    /// Bytes of the log that `takeRequests` has given out.
    private var taken: UInt64 = 0

    /// Starts the server and waits until it listens.
    ///
    /// - Parameters:
    ///   - log: the file that its log goes to, which is made or emptied.
    ///   - program: Python, by name or path.
    init(serving folder: String, log: String, program: String = "python3") throws {
        self.folder = folder
        self.log = log
        let python = try Program.locate(program)
        // The log goes straight to a file, so that whatever was answered can be read there at once.
        let command = ChildProcess(
            "sh",
            [
                "-c", "exec \"$0\" -u -m http.server 0 --bind 127.0.0.1 --directory \"$1\" 2>\"$2\"", python, folder,
                log,
            ])
        child = try command.start()
        do {
            address = "http://127.0.0.1:\(try LoopbackServer.port(of: child, log: log, program: program))"
        } catch {
            child.terminate()
            throw error
        }
    }

    deinit { stop() }

    /// Ends the server; nothing happens where it has ended.
    var isRunning: Bool { child.isRunning }

    func stop() { if child.isRunning { child.terminate() } }

    /// What was asked for since the last call, in the order of the log. A client that has got its answer finds its request
    /// here.
    func takeRequests() throws -> [ServedRequest] {
        let handle = try FileHandle(forReadingFrom: URL(filePath: log))
        defer { try? handle.close() }
        try handle.seek(toOffset: taken)
        let bytes = try handle.readToEnd() ?? Data()
        taken += UInt64(bytes.count)
        return RequestLog.requests(in: String(decoding: bytes, as: UTF8.self))
    }

    /// Bytes of a file that was served.
    func byteCount(of request: ServedRequest) throws -> Int {
        try FileStatus(of: "\(folder)/\(request.path)").byteCount
    }

    /// The port, from a first line such as `Serving HTTP on 127.0.0.1 port 40123 (http://127.0.0.1:40123/) ...`.
    static func port(in line: some StringProtocol) -> Int? {
        let words = line.split(whereSeparator: \.isWhitespace)
        guard let place = words.firstIndex(of: "port"), place + 1 < words.count else { return nil }
        return Int(words[place + 1])
    }

    private static func port(of child: RunningChild, log: String, program: String) throws -> Int {
        let clock = ContinuousClock()
        let limit = clock.now.advanced(by: .seconds(startSeconds))
        while clock.now < limit {
            try Interruption.check()
            let wasRunning = child.isRunning
            let text = child.outputSoFar.text
            if text.contains("\n"), let port = port(in: text) { return port }
            guard wasRunning else { break }
            Thread.sleep(forTimeInterval: 0.01)
        }
        let said = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
        let reason = said.split(whereSeparator: \.isNewline).last.map { ": \($0)" } ?? ""
        throw LocatedError(
            "the web server for the pull does not start\(reason)", in: program,
            remedy: "check that `\(program) -m http.server` works")
    }
}
