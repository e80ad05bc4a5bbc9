import Foundation
import Synchronization

/// apt with package lists of its own: those of the machine's sources, source packages included, in a directory that
/// belongs to one fetch. The system's own lists are neither read nor changed.
final class AptIndex: Sendable {
    private let directory: String
    private let sources: AptSources
    /// The outcome of the one update, or nil before it.
    private let updated = Mutex<Result<Void, HarnessError>?>(nil)

    /// Writes nothing until it is used.
    init(directory: String, sources: AptSources = .system()) {
        self.directory = directory
        self.sources = sources
    }

    /// Runs one of apt's programs on the lists, which the first call downloads; every end but exit code zero throws.
    ///
    /// - Parameter limitBytes: how much of its output is kept.
    func run(
        _ program: String, _ arguments: [String], in workingDirectory: String? = nil, limitBytes: Int = 1 << 22
    ) throws(HarnessError) -> ChildResult {
        let outcome = updated.withLock { outcome in
            // Whoever comes while the lists are downloaded waits for them.
            let known = outcome ?? Result { () throws(HarnessError) in try update() }
            outcome = known
            return known
        }
        try outcome.get()
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
        var child = ChildProcess(program, own.flatMap { ["-o", $0] } + arguments, timeoutSeconds: 1_800)
        child.environment = ["LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"]
        child.workingDirectory = workingDirectory
        child.output = .captured(limitBytes: limitBytes)
        return child
    }

    private func update() throws(HarnessError) {
        let text = sources.withSourcePackages
        guard !text.stanzas.isEmpty || !text.lines.isEmpty else {
            throw HarnessError(
                "this machine's apt has no source of binary packages", in: "/etc/apt/sources.list.d",
                remedy: "a Debian mirror is needed to obtain this layer")
        }
        do {
            for part in ["parts", "state", "lists/partial", "cache/archives/partial"] {
                try FileManager.default.createDirectory(
                    atPath: "\(directory)/\(part)", withIntermediateDirectories: true)
            }
            try Data(text.stanzas.utf8).write(to: URL(filePath: "\(directory)/parts/own.sources"))
            try Data(text.lines.utf8).write(to: URL(filePath: "\(directory)/parts/own.list"))
        } catch {
            throw HarnessError("cannot be written: \(error.localizedDescription)", in: directory)
        }
        do throws(HarnessError) {
            try child("apt-get", ["-qq", "update"], in: nil, limitBytes: 1 << 16).runChecked()
        } catch {
            // A source that does not answer, of several that do, keeps nobody from the others' packages.
            let lists = (try? FileManager.default.contentsOfDirectory(atPath: directory + "/lists")) ?? []
            guard !lists.contains(where: { $0.contains("_Packages") }) else { return }
            throw HarnessError(
                "the package lists cannot be downloaded: \(error.what)", in: error.location,
                remedy: "check the network and that `apt-get update` reaches this machine's mirror")
        }
    }
}
