import Foundation
import Harness
import LayerStore
import Synchronization

/// The line on standard error that says what is going on: on a terminal the next one replaces it, elsewhere one is printed each
/// ten seconds at most.
enum StatusLine {
    private struct State {
        var isShown = false
        /// When the last one was printed where none can be taken back.
        var printed = ContinuousClock.now
    }
    private static let state = Mutex(State())
    private static let plainInterval = Duration.seconds(10)
    private static let style = TerminalStyle.standardError

    /// Has the clock of plain lines begin.
    static func begin() { state.withLock { $0.printed = .now } }

    /// Shows a line; an empty one takes the last away.
    static func show(_ text: String) {
        let text = PlainText.line(text)
        guard style.replacesLines else {
            guard !text.isEmpty else { return }
            return state.withLock { state in
                guard state.printed.duration(to: .now) >= plainInterval else { return }
                state.printed = .now
                StandardText.writeError(text + "\n")
            }
        }
        state.withLock { state in
            state.isShown = !text.isEmpty
            // What is longer than the terminal is wide is cut off there: a second line would stay.
            StandardText.writeError("\r\u{1b}[K" + (text.isEmpty ? "" : "\u{1b}[?7l\(text)\u{1b}[?7h"))
        }
    }

    /// Takes the line away, if there is one.
    static func clear() {
        state.withLock { state in
            if state.isShown { StandardText.writeError("\r\u{1b}[K") }
            state.isShown = false
        }
    }
}

/// Shows how far work has come, ten times a second at most.
final class ProgressMeter: Sendable {
    private let text: ProgressText
    private let start = ContinuousClock.now
    private let shown: Mutex<ContinuousClock.Instant?> = Mutex(nil)

    init(_ text: ProgressText) { self.text = text }

    /// - Parameter remark: what stands behind it.
    func show(_ done: UInt64, remark: String = "") {
        let now = ContinuousClock.now
        let isDue = shown.withLock { shown in
            if let last = shown, last.duration(to: now) < .milliseconds(100) { return false }
            shown = now
            return true
        }
        guard isDue else { return }
        StatusLine.show(
            text.text(done: done, afterSeconds: start.duration(to: now) / .seconds(1))
                + (remark.isEmpty ? "" : ", " + remark))
    }
}
