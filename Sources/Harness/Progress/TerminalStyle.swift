internal import Foundation
internal import Glibc

/// What a stream takes beside text: lines that replace each other, and colour.
public struct TerminalStyle: Sendable, Equatable {
    public enum Colour: String, Sendable {
        case red = "31"
        case green = "32"
        case yellow = "33"
    }

    /// Whether a line can be taken back; else control characters would stand in somebody's file.
    public let replacesLines: Bool
    public let hasColour: Bool

    /// By the environment: `NO_COLOR` (no-color.org) is stronger than `CLICOLOR_FORCE`, and `TERM=dumb` takes no control
    /// characters.
    public init(isTerminal: Bool, environment: [String: String]) {
        func isSet(_ name: String) -> Bool { environment[name].map { !$0.isEmpty } ?? false }
        let isCapable = isTerminal && environment["TERM"] != "dumb"
        replacesLines = isCapable
        let isForced = isSet("CLICOLOR_FORCE") && environment["CLICOLOR_FORCE"] != "0"
        hasColour = !isSet("NO_COLOR") && (isForced || isCapable && environment["CLICOLOR"] != "0")
    }

    public static let standardOutput = TerminalStyle(
        isTerminal: isatty(STDOUT_FILENO) == 1, environment: ProcessInfo.processInfo.environment)
    public static let standardError = TerminalStyle(
        isTerminal: isatty(STDERR_FILENO) == 1, environment: ProcessInfo.processInfo.environment)

    /// The text in a colour, where the stream has colours.
    public func paint(_ text: some StringProtocol, _ colour: Colour) -> String {
        hasColour ? "\u{1b}[\(colour.rawValue)m\(text)\u{1b}[0m" : String(text)
    }

    /// A line whose first word is a verdict: good ones green, bad ones red, those between yellow; others stay as they are.
    public func painting(verdictOf line: some StringProtocol) -> String {
        let verdict = line.prefix { !$0.isWhitespace && $0 != ":" }
        let colour: Colour? =
            switch verdict {
            case "exact", "sound", "ok": .green
            case "inexact", "error", "damaged", "missing", "layerlab": .red
            case "cannot", "spoils", "warning": .yellow
            default: nil
            }
        guard let colour else { return String(line) }
        return paint(verdict, colour) + line.dropFirst(verdict.count)
    }

    /// Several lines, each as `painting(verdictOf:)` has it.
    public func painting(verdictsOf text: some StringProtocol) -> String {
        guard hasColour else { return String(text) }
        return text.split(separator: "\n", omittingEmptySubsequences: false).map {
            painting(verdictOf: $0)
        }
        .joined(separator: "\n")
    }
}
