internal import COSTree
private import Glibc

/// What libostree refused to do: the operation, what it was about, and the library's own reason.
public struct OSTreeError: Error, Equatable, CustomStringConvertible {
    /// What was being done, as a verb phrase: "open the repository".
    public var operation: String
    /// Which path, ref or object: "repo/tmp", "sha256 abc…".
    public var subject: String
    /// The library's message.
    public var reason: String
    public var code: Code

    /// What kind of failure it was, as far as the library says.
    public enum Code: Sendable, CaseIterable {
        /// The disk, or the user's share of it, is full, or memory is; an extended attribute that is too long for its
        /// file system can have this code too.
        case noSpace
        case inputOutput
        case tooManyFiles
        case fileTooLarge
        case readOnly
        case cancelled
        case notSupported
        case permissionDenied
        case invalid
        case notFound
        case other
    }

    public init(operation: String, subject: String, reason: String, code: Code = .other) {
        self.operation = operation
        self.subject = subject
        self.reason = reason
        self.code = code
    }

    /// Whether a write may have failed because of the extended attributes that came with it, and not because of the
    /// disk, the process's limits or a wish to stop. ext4 says "no space" of attributes that do not fit one block: that
    /// counts where the call that failed was the one that sets them, and they are too long for its smallest blocks.
    public func mayConcern(_ attributes: [ExtendedAttribute]) -> Bool {
        guard !attributes.isEmpty else { return false }
        return switch code {
        case .noSpace:
            reason.contains("xattr") && attributes.reduce(0) { $0 + $1.name.count + $1.value.count + 16 } > 900
        case .inputOutput, .tooManyFiles, .fileTooLarge, .readOnly, .cancelled: false
        case .notSupported, .permissionDenied, .invalid, .notFound, .other: true
        }
    }

    public var description: String { "cannot \(operation) \(subject): \(reason)" }
}

typealias ErrorSlot = UnsafeMutablePointer<UnsafeMutablePointer<GError>?>

/// The one way from a GLib result to a Swift error: runs a call that fills an error slot when it fails.
@safe func check(
    _ operation: String, _ subject: @autoclosure () -> String, _ call: (ErrorSlot) -> Bool
) throws(OSTreeError) {
    var error: UnsafeMutablePointer<GError>?
    errno = 0
    let succeeded = unsafe withUnsafeMutablePointer(to: &error) { unsafe call($0) }
    guard !succeeded else { return }
    let number = errno
    throw unsafe failure(operation, number, subject(), error)
}

/// The same for a call that hands out something, with nil for failure.
@safe func require<Value>(
    _ operation: String, _ subject: @autoclosure () -> String, _ call: (ErrorSlot) -> Value?
) throws(OSTreeError) -> Value {
    var error: UnsafeMutablePointer<GError>?
    errno = 0
    if let value = unsafe withUnsafeMutablePointer(to: &error, { unsafe call($0) }) { return value }
    let number = errno
    throw unsafe failure(operation, number, subject(), error)
}

private func failure(
    _ operation: String, _ number: Int32, _ subject: String, _ error: UnsafeMutablePointer<GError>?
) -> OSTreeError {
    guard let error = unsafe error else {
        // libostree forgets to say why where it cannot remove a file: the last call that failed may tell.
        let words =
            number == 0
            ? "unknown error"
            : "libostree does not say why; the system's last word was: \(unsafe String(cString: strerror(number)))"
        return OSTreeError(operation: operation, subject: subject, reason: words)
    }
    defer { unsafe g_error_free(error) }
    let reason = unsafe error.pointee.message.map { unsafe String(cString: $0) } ?? "unknown error"
    let code =
        unsafe error.pointee.domain == g_io_error_quark()
        ? OSTreeError.Code(native: unsafe error.pointee.code, reason: reason) : .other
    return OSTreeError(operation: operation, subject: subject, reason: reason, code: code)
}

extension OSTreeError.Code {
    /// The code by GIO's. GIO has none for some system errors: those are known by the system's own words, with which
    /// libostree's messages end.
    init(native: Int32, reason: String) {
        self =
            switch GIOErrorEnum(rawValue: UInt32(bitPattern: native)) {
            case G_IO_ERROR_NO_SPACE: .noSpace
            case G_IO_ERROR_TOO_MANY_OPEN_FILES: .tooManyFiles
            case G_IO_ERROR_READ_ONLY: .readOnly
            case G_IO_ERROR_CANCELLED: .cancelled
            case G_IO_ERROR_NOT_SUPPORTED: .notSupported
            case G_IO_ERROR_PERMISSION_DENIED: .permissionDenied
            case G_IO_ERROR_INVALID_ARGUMENT, G_IO_ERROR_INVALID_DATA, G_IO_ERROR_INVALID_FILENAME: .invalid
            case G_IO_ERROR_NOT_FOUND: .notFound
            default: OSTreeError.Code.byWords.first { reason.hasSuffix($0.words) }?.code ?? .other
            }
    }

    private static let byWords: [(words: String, code: OSTreeError.Code)] = [
        (words(EIO), .inputOutput), (words(EDQUOT), .noSpace), (words(ENOMEM), .noSpace), (words(ENOSPC), .noSpace),
        (words(ENFILE), .tooManyFiles), (words(EMFILE), .tooManyFiles), (words(EFBIG), .fileTooLarge),
        (words(EROFS), .readOnly), (words(EINTR), .cancelled),
    ]

    private static func words(_ number: Int32) -> String { unsafe String(cString: strerror(number)) }
}

extension OSTreeError {
    /// What the kernel refused: a call of ours, and its error's number.
    init(operation: String, subject: String, call: String, number: Int32 = errno) {
        let words = unsafe String(cString: strerror(number))
        self.init(
            operation: operation, subject: subject, reason: "\(call): \(words)",
            code: Code(native: Int32(g_io_error_from_errno(number).rawValue), reason: words))
    }
}
