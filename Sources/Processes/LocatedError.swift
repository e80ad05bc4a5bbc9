/// Why something could not be done: what failed, where, and what a person can do about it.
public struct LocatedError: Error, Equatable, Sendable {
    /// What failed, and the cause as the failing part named it; one line, no full stop.
    public var what: String
    /// Where: a file (with its line, where known), a corpus entry or a program.
    public var location: String
    /// What to do about it, as an imperative; nil where nothing general can be said.
    public var remedy: String?

    public init(_ what: String, in location: String, remedy: String? = nil) {
        self.what = what
        self.location = location
        self.remedy = remedy
    }
}

extension LocatedError: CustomStringConvertible {
    /// `WHERE: WHAT; REMEDY` on one line.
    public var description: String {
        let text = "\(location): \(what)" + (remedy.map { "; \($0)" } ?? "")
        return text.split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
