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

/// The largest resident set of a child process.
public struct PeakMemory: Codable, Equatable, Sendable {
    public var bytes: UInt64
    /// Whether the child took this much at most: the kernel counts what the parent took when it started the child, and
    /// the child never took more.
    public var isUpperBound: Bool

    public init(bytes: UInt64, isUpperBound: Bool) {
        self.bytes = bytes
        self.isUpperBound = isUpperBound
    }

    /// What two runs of the same tell together: the larger of two peaks, the smaller of two bounds, and a peak rather than
    /// a bound.
    public func combined(with other: PeakMemory) -> PeakMemory {
        if isUpperBound != other.isUpperBound { return isUpperBound ? other : self }
        return (bytes < other.bytes) == isUpperBound ? self : other
    }
}

/// How a child process ended, and what it used.
public struct ChildResult: Equatable, Sendable {
    /// The program as it was asked for.
    public var program: String
    /// The exit code, or nil where a signal ended the child or its end was taken by somebody else.
    public var exitCode: Int32?
    /// The signal that ended the child, or nil.
    public var signal: Int32?
    /// Whether the time limit ended the child.
    public var isTimedOut: Bool
    /// Whether the child was killed because it wrote without end.
    public var isFlooding = false
    /// Seconds from just before the start until the child's end was seen.
    public var wallSeconds: Double
    /// Seconds of processor time, of the child and of those of its own that it waited for.
    public var processorSeconds = 0.0
    public var peakMemory = PeakMemory(bytes: 0, isUpperBound: true)
    /// Bytes that had to come from a disk.
    public var diskReadBytes: UInt64 = 0
    /// Standard output, where it was captured.
    public var output: CapturedText
    /// Standard error.
    public var error: CapturedText

    /// The end as an error, or nil where the child ended by itself with exit code zero.
    public var failure: LocatedError? {
        guard isTimedOut || isFlooding || exitCode != 0 else { return nil }
        let cause =
            if isFlooding {
                "killed after it had written more than \(ChildProcess.floodBytes / 1_000_000) MB of messages"
            } else if isTimedOut {
                "killed at its time limit after \((wallSeconds * 10).rounded() / 10) s"
            } else if let exitCode {
                "ended with exit code \(exitCode)"
            } else if let signal {
                "ended by signal \(signal)"
            } else {
                "ended, and its exit code is lost"
            }
        return LocatedError(cause + (error.lastLine.map { ": \($0)" } ?? ""), in: program)
    }
}
