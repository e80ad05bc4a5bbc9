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

    /// A line about what is going on. Names in it may be anybody's.
    func note(_ text: String) { notes(PlainText.line(text)) }

    /// Several of them.
    func notes(_ text: String) {
        guard !isQuiet else { return }
        let text = PlainText.lines(text)
        endProgress()
        // `warning:` stands behind the name of what it is about.
        let painted = text.replacing(
            "warning:", with: TerminalStyle.standardError.paint("warning:", .yellow), maxReplacements: 1)
        Console.writeError(painted)
    }

    /// A line that the next one replaces on a terminal; elsewhere it is printed where the last one is ten seconds old. An empty
    /// one takes it away.
    func status(_ text: String) {
        if !isQuiet { StatusLine.show(text) }
    }

    /// A status that shows progress over a known or unknown number of bytes.
    func progress(_ title: String, total: UInt64?) -> (UInt64) -> Void {
        guard !isQuiet else { return { _ in } }
        let meter = ProgressMeter(ProgressText(title, total: total))
        return { meter.show($0) }
    }

    /// A status that shows progress over a known or unknown number of things, each with a remark.
    func count(_ title: String, total: Int?) -> (Int, String) -> Void {
        guard !isQuiet else { return { _, _ in } }
        let meter = ProgressMeter(
            ProgressText(title, total: total.map { UInt64(max($0, 0)) }, unit: .items))
        return { meter.show(UInt64(max($0, 0)), remark: $1) }
    }

    /// Takes a progress line away.
    func endProgress() {
        if !isQuiet { StatusLine.clear() }
    }

    static func writeError(_ text: String) { StandardText.writeError(text + "\n") }

    /// A result, or several lines of it. All results go through here: what cannot be written is an error (exit code 2),
    /// and a reader that is gone ends the program quietly with 141, as SIGPIPE would. A rebuilt tar goes to standard
    /// output by a sink of its own, and there a reader that is gone is an error like all others: half a tar is none.
    static func print(_ text: String) throws { try printData(PlainText.lines(text)) }

    /// A result that is for a program, byte for byte.
    static func printData(_ text: String) throws { try StandardText.writeOutput(text + "\n") }

    /// Results whose first words are verdicts, which have a colour on a terminal.
    static func printVerdicts(_ text: String) throws {
        try printData(TerminalStyle.standardOutput.painting(verdictsOf: PlainText.lines(text)))
    }

    /// What went wrong, `layerlab:` first.
    static func complain(_ text: String) {
        StatusLine.clear()
        writeError(TerminalStyle.standardError.painting(verdictOf: PlainText.lines(text)))
    }

    /// One JSON object on a line of its own.
    static func printJSON(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try printData(String(decoding: try encoder.encode(value), as: UTF8.self))
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
        complain(message(for: error))
        Foundation.exit(exitCode(for: error))
    }

    private static func message(for error: any Error) -> String {
        switch error {
        case is LayerStoreError, is StrategyError, is OSTreeError, is LocatedError:
            "layerlab: " + Remedy.completing("\(error)")
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
