import ArgumentParser
import Foundation
import Harness
import LayerStore
import OSTree
import Strategies

/// What the tool says: results on standard output, everything else on standard error.
struct Console {
    var isQuiet: Bool

    /// A line about what is going on.
    func note(_ text: String) {
        if !isQuiet { Console.writeError(text) }
    }

    /// A line that shows progress over a known or unknown number of bytes, on a terminal only.
    func progress(_ title: String, total: UInt64?) -> (UInt64) -> Void {
        guard !isQuiet, isatty(STDERR_FILENO) == 1 else { return { _ in } }
        let meter = ProgressMeter(title: title, total: total)
        return { meter.show($0) }
    }

    /// Takes a progress line away.
    func endProgress() {
        if !isQuiet, isatty(STDERR_FILENO) == 1 { FileHandle.standardError.write(Data("\r\u{1b}[K".utf8)) }
    }

    static func writeError(_ text: String) {
        FileHandle.standardError.write(Data("\(text)\n".utf8))
    }

    /// One JSON object on a line of its own.
    static func printJSON(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        print(String(decoding: try encoder.encode(value), as: UTF8.self))
    }

    /// Says why the program ends, and ends it with the exit code for that.
    static func exit(for error: any Error) -> Never {
        if error is CleanExit || Layerlab.exitCode(for: error) == .success { Layerlab.exit(withError: error) }
        if let code = error as? ExitCode { Foundation.exit(code.rawValue) }
        if isatty(STDERR_FILENO) == 1 { FileHandle.standardError.write(Data("\r\u{1b}[K".utf8)) }
        writeError(message(for: error))
        Foundation.exit(exitCode(for: error))
    }

    private static func message(for error: any Error) -> String {
        switch error {
        case is LayerStoreError, is StrategyError, is OSTreeError, is HarnessError: "layerlab: \(error)"
        default: Layerlab.fullMessage(for: error)
        }
    }

    private static func exitCode(for error: any Error) -> Int32 {
        switch error {
        case let error as LayerStoreError:
            switch error.kind {
            case .check: 1
            case .input: 2
            case .interrupted: 128 + (Interruption.pending ?? SIGINT)
            }
        case let error as StrategyError: error.kind == .malformed ? 1 : 2
        default: 2
        }
    }
}

/// Shows how far work over bytes has come, ten times a second at most.
private final class ProgressMeter {
    private let title: String
    private let total: UInt64?
    private let start = Date()
    private var shown = Date.distantPast

    init(title: String, total: UInt64?) {
        self.title = title
        self.total = total
    }

    func show(_ bytes: UInt64) {
        let now = Date()
        guard now.timeIntervalSince(shown) > 0.1 else { return }
        shown = now
        let rate = Double(bytes) / max(now.timeIntervalSince(start), 0.001) / 1e6
        var text = "\(title): \(bytes / 1_000_000) MB"
        if let total, total > 0 { text += " of \(total / 1_000_000) MB, \(bytes * 100 / total) %" }
        text += String(format: ", %.0f MB/s", rate)
        FileHandle.standardError.write(Data("\r\u{1b}[K\(text)".utf8))
    }
}
