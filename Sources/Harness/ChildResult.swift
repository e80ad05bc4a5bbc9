/// What a child wrote to one of its outputs, up to a cap.
public struct CapturedText: Equatable, Sendable {
    /// The first bytes, at most the cap.
    public var bytes: [UInt8] = []
    /// All bytes that the child wrote, those beyond the cap too.
    public var totalBytes = 0

    public init() {}

    /// Whether the child wrote more than was kept.
    public var isTruncated: Bool { totalBytes > bytes.count }
    /// The bytes as UTF-8; malformed sequences are replaced.
    public var text: String { String(decoding: bytes, as: UTF8.self) }
    /// The last line that is not blank, or nil.
    public var lastLine: String? {
        text.split(whereSeparator: \.isNewline).last { !$0.allSatisfy(\.isWhitespace) }.map(String.init)
    }
}

/// How a child process ended.
public struct ChildResult: Equatable, Sendable {
    /// The program as it was asked for.
    public var program: String
    /// The exit code, or nil where a signal ended the child or its end was missed.
    public var exitCode: Int32?
    /// The signal that ended the child, or nil.
    public var signal: Int32?
    /// Whether the time limit ended the child.
    public var isTimedOut: Bool
    /// Seconds from just before the start until the child's end was seen.
    public var wallSeconds: Double
    /// Standard output, where it was captured.
    public var output: CapturedText
    /// Standard error.
    public var error: CapturedText

    /// The end as an error, or nil where the child ended by itself with exit code zero.
    public var failure: HarnessError? {
        guard isTimedOut || exitCode != 0 else { return nil }
        let cause =
            if isTimedOut {
                "killed at its time limit after \(Figure.seconds(wallSeconds)) s"
            } else if let exitCode {
                "ended with exit code \(exitCode)"
            } else if let signal {
                "ended by signal \(signal)"
            } else {
                "ended, and its exit code was lost"
            }
        return HarnessError(cause + (error.lastLine.map { ": \($0)" } ?? ""), in: program)
    }
}
