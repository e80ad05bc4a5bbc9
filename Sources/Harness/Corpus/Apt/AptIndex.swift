import Foundation
import Synchronization
import Processes

/// apt with package lists of its own: those of the machine's sources, source packages included, in a directory that
/// belongs to one fetch. The system's own lists are neither read nor changed.
final class AptIndex: Sendable {
    private let directory: String
    private let sources: AptSources
    private let progress: @Sendable (String) -> Void
    /// The outcome of the one update, with the lists that it did not get, or nil before it.
    private let updated = Mutex<Result<[String], LocatedError>?>(nil)

    /// Writes nothing until it is used.
    ///
    /// - Parameter progress: Gets a line where some of the lists cannot be downloaded.
    init(
        directory: String, sources: AptSources = .system(), progress: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.directory = directory
        self.sources = sources
        self.progress = progress
    }

    /// The addresses of the lists that could not be downloaded, so that what they have is not known.
    var missingLists: [String] {
        updated.withLock { outcome in (try? outcome?.get()) ?? [] }
    }

    /// Runs one of apt's programs on the lists, which the first call downloads; every end but exit code zero throws.
    ///
    /// - Parameter limitBytes: how much of its output is kept.
    func run(
        _ program: String, _ arguments: [String], in workingDirectory: String? = nil, limitBytes: Int = 1 << 22
    ) throws(LocatedError) -> ChildResult {
        let outcome = updated.withLock { outcome in
            // Whoever comes while the lists are downloaded waits for them.
            let known = outcome ?? Result { () throws(LocatedError) in try update() }
            outcome = known
            return known
        }
        _ = try outcome.get()
        return try child(program, arguments, in: workingDirectory, limitBytes: limitBytes).runChecked()
    }

    private func child(
        _ program: String, _ arguments: [String], in workingDirectory: String?, limitBytes: Int
    ) -> ChildProcess {
        let own = [
            "Dir::Etc::sourcelist=/dev/null", "Dir::Etc::sourceparts=\(directory)/parts",
            "Dir::State=\(directory)/state", "Dir::State::lists=\(directory)/lists", "Dir::Cache=\(directory)/cache",
            // The sandbox's user may not write below a directory that only root may enter.
            "APT::Sandbox::User=root",
            // Lists that cannot be had are only warnings by default.
            "APT::Update::Error-Mode=any",
        ]
        // Read after the system's configuration, which these hooks come from. They would run beside a fetch that leaves the
        // system's own lists alone.
        let configuration = ["-c", "\(directory)/apt.conf"]
        var child = ChildProcess(
            program, configuration + own.flatMap { ["-o", $0] } + arguments, timeoutSeconds: 1_800)
        child.environment = ["LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"]
        child.workingDirectory = workingDirectory
        child.output = .captured(limitBytes: limitBytes)
        return child
    }

    /// What is undone of the system's configuration of apt.
    static let withoutHooks =
        ["Update::Pre-Invoke", "Update::Post-Invoke", "Update::Post-Invoke-Success"]
        .map { "#clear APT::\($0);\n" }.joined() + "#clear DPkg::Pre-Invoke;\n#clear DPkg::Post-Invoke;\n"

    /// Downloads the lists, and returns the addresses of those that did not come.
    private func update() throws(LocatedError) -> [String] {
        let text = sources.withSourcePackages
        guard !text.stanzas.isEmpty || !text.lines.isEmpty else {
            throw LocatedError(
                "this machine's apt has no source of binary packages", in: "/etc/apt/sources.list.d",
                remedy: "a Debian mirror is needed to obtain this layer")
        }
        do {
            for part in ["parts", "state", "lists/partial", "cache/archives/partial"] {
                try FileManager.default.createDirectory(
                    atPath: "\(directory)/\(part)", withIntermediateDirectories: true)
            }
            try Data(AptIndex.withoutHooks.utf8).write(to: URL(filePath: "\(directory)/apt.conf"))
            try Data(text.stanzas.utf8).write(to: URL(filePath: "\(directory)/parts/own.sources"))
            try Data(text.lines.utf8).write(to: URL(filePath: "\(directory)/parts/own.list"))
        } catch {
            throw LocatedError("cannot be written: \(error.localizedDescription)", in: directory)
        }
        let result = try child("apt-get", ["-qq", "update"], in: nil, limitBytes: 1 << 16).run()
        guard let failure = result.failure else { return [] }
        // A source that does not answer, of several that do, keeps nobody from the others' packages.
        let lists = (try? FileManager.default.contentsOfDirectory(atPath: directory + "/lists")) ?? []
        guard lists.contains(where: { $0.contains("_Packages") }) else {
            throw LocatedError(
                "the package lists cannot be downloaded: \(failure.what)", in: failure.location,
                remedy: "check the network and that `apt-get update` reaches this machine's mirror")
        }
        let missing = AptIndex.missingLists(result.error.text) ?? [failure.what]
        progress("warning: these package lists could not be downloaded: \(missing.joined(separator: ", "))")
        return missing
    }

    /// The addresses in apt's messages about lists that it did not get; nil where there are none.
    static func missingLists(_ messages: String) -> [String]? {
        var found: [String] = []
        for line in messages.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard line.dropFirst(3).hasPrefix("Failed to fetch "), words.count > 4, !found.contains(String(words[4]))
            else { continue }
            found.append(String(words[4]))
        }
        return found.isEmpty ? nil : found
    }
}
