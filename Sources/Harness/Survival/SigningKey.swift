internal import Foundation
internal import Processes

/// A key of its own to sign commits with, made at its first use, in a folder that nobody else's keys are in. Its owner
/// closes it.
final class SigningKey: @unchecked Sendable {
    /// Why there is none.
    struct Missing: Error { var reason: String }

    struct Files: Sendable {
        /// gpg's folder.
        var home: String
        /// The public key.
        var publicKey: String
        /// The key's fingerprint.
        var fingerprint: String
    }

    private static let timeLimitSeconds = 120.0
    private let parent: String
    private var folder = ""
    private let lock = NSLock()
    private var made: Result<Files, Missing>?

    /// - Parameter parent: where the key's folder is made. gpg's agent has a socket in it, whose path may have 107 bytes.
    init(in parent: String = NSTemporaryDirectory()) { self.parent = parent }

    /// Ends the agent that gpg leaves behind, and removes the folder.
    func close() {
        lock.withLock {
            guard !folder.isEmpty else { return }
            _ = try? ChildProcess("gpgconf", ["--homedir", folder, "--kill", "all"]).run()
            // An agent whose folder is gone ends, too.
            try? FileManager.default.removeItem(atPath: folder)
            (folder, made) = ("", .failure(Missing(reason: "the key is gone")))
        }
    }

    /// The key's files; throws `Missing` where gpg is not installed, or makes no key.
    func files() throws -> Files {
        try lock.withLock {
            if let made { return try made.get() }
            let result = Result<Files, Missing> { () throws(Missing) in try make() }
            made = result
            return try result.get()
        }
    }

    private func make() throws(Missing) -> Files {
        guard Program.find("gpg") != nil else { throw Missing(reason: "gpg is not installed") }
        do {
            let path = "\(parent)/layerlab-gpg-\(UUID().uuidString.prefix(8))"
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
            folder = path
            try gpg(
                "--pinentry-mode", "loopback", "--passphrase", "", "--quick-generate-key", "layerlab", "ed25519",
                "sign", "never")
            let keys = try gpg("--list-keys", "--with-colons").output.text.split(separator: "\n")
            guard let fingerprint = keys.first(where: { $0.hasPrefix("fpr:") })?.split(separator: ":").last else {
                throw Missing(reason: "gpg has made a key and does not list it")
            }
            let publicKey = folder + "/key.asc"
            try gpg("--armor", "--output", publicKey, "--export")
            return Files(home: folder, publicKey: publicKey, fingerprint: String(fingerprint))
        } catch let missing as Missing {
            throw missing
        } catch {
            throw Missing(reason: "gpg makes no key: \(error)")
        }
    }

    @discardableResult
    private func gpg(_ arguments: String...) throws -> ChildResult {
        try ChildProcess(
            "gpg", ["--homedir", folder, "--batch", "--quiet"] + arguments, timeoutSeconds: SigningKey.timeLimitSeconds
        ).runChecked()
    }
}
