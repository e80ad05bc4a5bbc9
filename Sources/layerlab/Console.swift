import ArgumentParser
import Foundation
import Harness
import LayerStore
import OSTree
import Strategies
import Processes

/// What the tool says: results on standard output, everything else on standard error.
struct Console {
    var isQuiet: Bool

    /// A line about what is going on.
    func note(_ text: String) {
        guard !isQuiet else { return }
        endProgress()
        Console.writeError(text)
    }

    /// A line that the next one replaces, on a terminal only; an empty one takes it away.
    func status(_ text: String) {
        if !isQuiet, isatty(STDERR_FILENO) == 1 { StandardText.writeError("\r\u{1b}[K" + text) }
    }

    /// A line that shows progress over a known or unknown number of bytes, on a terminal only.
    func progress(_ title: String, total: UInt64?) -> (UInt64) -> Void {
        guard !isQuiet, isatty(STDERR_FILENO) == 1 else { return { _ in } }
        let meter = ProgressMeter(title: title, total: total)
        return { meter.show($0) }
    }

    /// Takes a progress line away.
    func endProgress() {
        if !isQuiet, isatty(STDERR_FILENO) == 1 { StandardText.writeError("\r\u{1b}[K") }
    }

    static func writeError(_ text: String) { StandardText.writeError(text + "\n") }

    /// A result, or several lines of it. All results go through here: what cannot be written is an error (exit code 2),
    /// and a reader that is gone ends the program quietly with 141, as SIGPIPE would. A rebuilt tar goes to standard
    /// output by a sink of its own, and there a reader that is gone is an error like all others: half a tar is none.
    static func print(_ text: String) throws { try StandardText.writeOutput(text + "\n") }

    /// One JSON object on a line of its own.
    static func printJSON(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try print(String(decoding: try encoder.encode(value), as: UTF8.self))
    }

    /// Says why the program ends, and ends it with the exit code for that.
    static func exit(for error: any Error) -> Never {
        if let code = error as? ExitCode { Foundation.exit(code.rawValue) }
        if error is StandardText.ReaderIsGone { Foundation.exit(128 + SIGPIPE) }
        if Layerlab.exitCode(for: error) == .success {
            // Help and the version are results too.
            do {
                try print(Layerlab.fullMessage(for: error))
                Foundation.exit(0)
            } catch let failure {
                exit(for: failure)
            }
        }
        if isatty(STDERR_FILENO) == 1 { StandardText.writeError("\r\u{1b}[K") }
        writeError(message(for: error))
        Foundation.exit(exitCode(for: error))
    }

    private static func message(for error: any Error) -> String {
        switch error {
        case is LayerStoreError, is StrategyError, is OSTreeError, is LocatedError: "layerlab: \(error)"
        case _ where Layerlab.exitCode(for: error) == .validationFailure: Layerlab.fullMessage(for: error)
        default:
            "layerlab: " + error.localizedDescription.split(whereSeparator: \.isNewline).joined(separator: " ")
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
        // A child process was ended on the way out.
        case is LocatedError where Interruption.pending != nil: 128 + (Interruption.pending ?? SIGINT)
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
        StandardText.writeError("\r\u{1b}[K\(text)")
    }
}
