internal import COSTree

/// What libostree refused to do: the operation, what it was about, and the library's own reason.
public struct OSTreeError: Error, Equatable, CustomStringConvertible {
    /// What was being done, as a verb phrase: "open the repository".
    public var operation: String
    /// Which path, ref or object: "repo/tmp", "sha256 abc…".
    public var subject: String
    /// The library's message.
    public var reason: String

    public init(operation: String, subject: String, reason: String) {
        self.operation = operation
        self.subject = subject
        self.reason = reason
    }

    public var description: String { "cannot \(operation) \(subject): \(reason)" }
}

typealias ErrorSlot = UnsafeMutablePointer<UnsafeMutablePointer<GError>?>

/// The one way from a GLib result to a Swift error: runs a call that fills an error slot when it fails.
@safe func check(
    _ operation: String, _ subject: @autoclosure () -> String, _ call: (ErrorSlot) -> Bool
) throws(OSTreeError) {
    var error: UnsafeMutablePointer<GError>?
    let succeeded = unsafe withUnsafeMutablePointer(to: &error) { unsafe call($0) }
    guard !succeeded else { return }
    throw unsafe failure(operation, subject(), error)
}

/// The same for a call that hands out something, with nil for failure.
@safe func require<Value>(
    _ operation: String, _ subject: @autoclosure () -> String, _ call: (ErrorSlot) -> Value?
) throws(OSTreeError) -> Value {
    var error: UnsafeMutablePointer<GError>?
    if let value = unsafe withUnsafeMutablePointer(to: &error, { unsafe call($0) }) { return value }
    throw unsafe failure(operation, subject(), error)
}

private func failure(
    _ operation: String, _ subject: String, _ error: UnsafeMutablePointer<GError>?
) -> OSTreeError {
    guard let error = unsafe error else {
        return OSTreeError(operation: operation, subject: subject, reason: "unknown error")
    }
    defer { unsafe g_error_free(error) }
    let reason = unsafe error.pointee.message.map { unsafe String(cString: $0) } ?? "unknown error"
    return OSTreeError(operation: operation, subject: subject, reason: reason)
}
