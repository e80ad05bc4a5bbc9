internal import Foundation
internal import Processes

/// A key of its own to sign commits with, made at its first use, in a folder that nobody else's keys are in and that goes with
/// its owner.
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
    /// Short: gpg's agent has a socket in it, whose path may have 107 bytes.
    private let folder = NSTemporaryDirectory() + "layerlab-gpg-\(UInt32.random(in: 0...UInt32.max))"
    private let lock = NSLock()
    private var made: Result<Files, Missing>?

    deinit {
        // gpg leaves an agent behind.
        if made != nil { _ = try? ChildProcess("gpgconf", ["--homedir", folder, "--kill", "all"]).run() }
        try? FileManager.default.removeItem(atPath: folder)
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
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
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
