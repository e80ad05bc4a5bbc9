internal import Foundation
internal import LayerStore
internal import Processes

/// How to reach registries.
public struct RegistryOptions: Sendable {
    /// Whether a registry has to show a certificate that the system trusts.
    public var verifiesTLS = true
    /// A file with logins, in the form of containers-auth.json(5).
    public var authenticationFile: String?

    public init() {}
}

/// skopeo, the field's own program for moving images, which knows every transport.
struct Skopeo: Sendable {
    /// A copy of an image of many gigabytes may take so long.
    private static let copySeconds = 6.0 * 3_600
    private static let inspectSeconds = 300.0

    private let options: RegistryOptions

    /// An error where the program is not installed.
    ///
    /// - Parameter purpose: what it is needed for, as the error says it.
    init(for purpose: String, _ options: RegistryOptions) throws(LayerStoreError) {
        self.options = options
        guard Program.find("skopeo") != nil else {
            throw LayerStoreError(
                .input,
                "skopeo is not installed, and \(purpose) needs it: install the package skopeo, or use oci:DIR or dir:DIR, which need no other program"
            )
        }
    }

    /// The bytes of an image's manifest, or of its index.
    func manifest(of image: ImageReference) throws -> [UInt8] { try inspect(["--raw"], image) }

    /// The bytes of an image's configuration.
    func configuration(of image: ImageReference) throws -> [UInt8] { try inspect(["--config", "--raw"], image) }

    private func inspect(_ arguments: [String], _ image: ImageReference) throws -> [UInt8] {
        var child = ChildProcess("skopeo", ["inspect"] + arguments, timeoutSeconds: Skopeo.inspectSeconds)
        if let file = options.authenticationFile { child.arguments += ["--authfile", file] }
        if image.transport == .docker { child.arguments.append("--tls-verify=\(options.verifiesTLS)") }
        child.arguments.append(image.description)
        child.output = .captured(limitBytes: ImageDocument.maximumBytes + 1)
        return try Skopeo.run(child, watch: {}).output.bytes
    }

    /// Copies an image.
    ///
    /// - Parameters:
    ///   - preservingDigests: whether every digest has to stay; where one cannot, that is an error.
    ///   - platform: which image of an index.
    ///   - watch: called several times a second while the program runs.
    func copy(
        _ source: ImageReference, to destination: ImageReference, preservingDigests: Bool, platform: Platform? = nil,
        watch: () -> Void = {}
    ) throws {
        var arguments: [String] = []
        if let platform {
            arguments += ["--override-os", platform.os, "--override-arch", platform.architecture]
            if let variant = platform.variant { arguments += ["--override-variant", variant] }
        }
        arguments += ["copy", "--quiet"]
        if preservingDigests { arguments.append("--preserve-digests") }
        // No repository keeps signatures, and folders that images wait in may not be able to.
        arguments.append("--remove-signatures")
        if let file = options.authenticationFile { arguments += ["--authfile", file] }
        for (image, side) in [(source, "src"), (destination, "dest")] where image.transport == .docker {
            arguments.append("--\(side)-tls-verify=\(options.verifiesTLS)")
        }
        // Otherwise a layer that is not compressed would come as another blob.
        if destination.transport == .ociLayout { arguments.append("--dest-oci-accept-uncompressed-layers") }
        arguments += [source.description, destination.description]
        try Skopeo.run(ChildProcess("skopeo", arguments, timeoutSeconds: Skopeo.copySeconds), watch: watch)
    }

    @discardableResult
    private static func run(_ child: ChildProcess, watch: () -> Void) throws -> ChildResult {
        let result: ChildResult
        do {
            let running = try child.start()
            while running.isRunning, Interruption.pending == nil {
                watch()
                Thread.sleep(forTimeInterval: 0.05)
            }
            result = try running.wait(timeoutSeconds: child.timeoutSeconds)
        } catch {
            try Interruption.check()
            throw LayerStoreError(.input, "\(error)")
        }
        if let failure = result.failure {
            let message = Skopeo.message(result, failure)
            throw LayerStoreError(.input, message + (Skopeo.remedy(for: message).map { "; \($0)" } ?? ""))
        }
        return result
    }

    /// What to do about it, where what skopeo says is known.
    static func remedy(for message: String) -> String? {
        let text = message.lowercased()
        func has(_ words: String...) -> Bool { words.contains { text.contains($0) } }
        if has("server gave http response", "certificate signed by unknown authority", "x509:") {
            return "--no-tls-verify takes a registry without a certificate that the system trusts"
        }
        if has("unauthorized", "authentication required", "denied: ") {
            return
                "see whether the name is right; else log in with skopeo login, or name a file of logins with --authfile"
        }
        if has("manifest unknown", "name unknown", "not found") { return "see whether name and tag are right" }
        if has("does not start with //") { return "images of registries are docker://HOST/NAME:TAG" }
        if has("no such host", "connection refused", "i/o timeout", "network is unreachable") {
            return "see whether the registry's name is right and the network is there"
        }
        if has("no space left") { return "name a larger disk with TMPDIR or --work-dir" }
        return nil
    }

    /// What skopeo said last, without its time stamp and its other trimmings.
    private static func message(_ result: ChildResult, _ failure: LocatedError) -> String {
        guard let line = result.error.lastLine, let start = line.range(of: "msg=\"") else { return failure.description }
        let text = line[start.upperBound...].dropLast(line.hasSuffix("\"") ? 1 : 0)
        return "skopeo: " + text.replacing("\\\"", with: "\"")
    }
}
