import Foundation
import Processes

/// buildah on a storage of its own, which needs no special kernel features: each layer is a whole copy of the tree (vfs),
/// and containers are plain chroots.
struct BuildahStorage {
    private let configuration: String
    /// What the last step that failed wrote.
    private let log: String

    /// Makes the storage where there is none yet.
    init(directory: String) throws(LocatedError) {
        configuration = directory + "/storage.conf"
        log = directory + "/failed-step.log"
        let text = """
            [storage]
            driver = "vfs"
            graphroot = "\(directory)/graph"
            runroot = "\(directory)/run"

            """
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: URL(filePath: configuration))
        } catch {
            throw LocatedError("cannot be written: \(error.localizedDescription)", in: directory)
        }
    }

    /// Runs a command of buildah, and returns what it wrote; every end but exit code zero throws.
    @discardableResult
    func run(_ arguments: [String], _ context: RecipeContext) throws(LocatedError) -> String {
        let result = try child(arguments, context).run()
        guard let failure = result.failure else { return result.output.text }
        try? Data(result.output.bytes + result.error.bytes).write(to: URL(filePath: log))
        // buildah's own last words only repeat the exit code.
        let lines = result.error.text.split(whereSeparator: \.isNewline)
        let cause = lines.last { !$0.contains("exit status") && !$0.allSatisfy(\.isWhitespace) }
        let said = cause.map { ": \($0)" } ?? ": \(failure.what)"
        throw LocatedError(
            "buildah \(arguments[0]) failed\(said)", in: context.entryName,
            remedy: "see \(log); another fetch goes on after the last step that was finished")
    }

    /// Whether the storage has this image.
    func has(_ image: String, _ context: RecipeContext) throws(LocatedError) -> Bool {
        try child(["inspect", "--type", "image", image], context).run().failure == nil
    }

    private func child(_ arguments: [String], _ context: RecipeContext) -> ChildProcess {
        var child = ChildProcess("buildah", arguments, timeoutSeconds: 3_600)
        child.environment = [
            "STORAGE_DRIVER": "vfs", "BUILDAH_ISOLATION": "chroot", "CONTAINERS_STORAGE_CONF": configuration,
            "TMPDIR": context.workDirectory,
        ]
        child.workingDirectory = context.workDirectory
        return child
    }
}

/// What a step that uses the network takes over from the machine: its certificates, its proxy, and the package index that
/// pip is configured for. None of it stays in the image.
enum BuildNetwork {
    private static let certificates = "/etc/ssl/certs/ca-certificates.crt"

    /// Arguments for `buildah run`.
    ///
    /// - Parameter root: The image's tree. The machine's certificates take the place of its own, where it has some: only
    ///   their package may put the file there.
    static func arguments(root: String) -> [String] {
        var variables = ["DEBIAN_FRONTEND": "noninteractive", "PIP_DISABLE_PIP_VERSION_CHECK": "1"]
        let own = ProcessInfo.processInfo.environment
        for name in ["http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"] {
            variables[name] = own[name]
        }
        variables.merge(pipSettings()) { _, configured in configured }
        var arguments = variables.sorted { $0.key < $1.key }.flatMap { ["--env", "\($0.key)=\($0.value)"] }
        if [certificates, root + certificates].allSatisfy(FileManager.default.fileExists(atPath:)) {
            arguments += ["--volume", "\(certificates):\(certificates):ro", "--env", "PIP_CERT=\(certificates)"]
        }
        return arguments
    }

    /// pip's settings that say where packages come from, as variables; none where there is no pip.
    private static func pipSettings() -> [String: String] {
        let pip = Program.find("pip") == nil ? "pip3" : "pip"
        guard let text = try? ChildProcess(pip, ["config", "list"], timeoutSeconds: 60).run().output.text else {
            return [:]
        }
        return pipVariables(text)
    }

    /// `pip config list` as variables: `global.index-url='URL'` is `PIP_INDEX_URL`. As for pip itself, the environment goes
    /// before what is said for `pip install`, and that before what is said for all commands.
    static func pipVariables(_ list: String) -> [String: String] {
        let wanted = ["index-url", "extra-index-url", "trusted-host", "proxy", "default-timeout", "timeout", "retries"]
        let sections = ["global", "install", ":env:"]
        var variables: [String: (rank: Int, text: String)] = [:]
        for line in list.split(separator: "\n") {
            guard let equals = line.firstIndex(of: "="), let dot = line[..<equals].lastIndex(of: ".") else { continue }
            let name = line[line.index(after: dot)..<equals]
            guard wanted.contains(String(name)), let rank = sections.firstIndex(of: String(line[..<dot])) else {
                continue
            }
            let value = line[equals...].dropFirst().trimmingPrefix("'")
            let text = value.hasSuffix("'") ? value.dropLast() : value
            let variable = "PIP_" + name.uppercased().replacing("-", with: "_")
            // Values of several lines are shown with `\n` in them, and variables part them with blanks.
            guard rank >= variables[variable]?.rank ?? 0 else { continue }
            variables[variable] = (
                rank, text.replacing("\\n", with: " ").trimmingCharacters(in: .whitespaces)
            )
        }
        return variables.mapValues(\.text)
    }
}
