internal import Digests
internal import Foundation
internal import Strategies
internal import LayerStore
internal import OSTree
internal import Processes

/// A layer with everything that its measurements share: the plain stream, its files as GNU tar extracts them, and a
/// repository that holds it. Each is made when it is first asked for.
final class PreparedLayer {
    let layer: BenchPlan.Layer
    /// Where temporary files of this layer go.
    let folder: URL
    let tar: PlainTar
    private let tool: String
    private var files: String?
    private var metadata: String?
    private var repositories: [Holding: HeldLayer] = [:]

    private struct Holding: Hashable {
        var mode: RepositoryMode
        var strategy: String
    }

    /// A layer in a repository.
    struct HeldLayer {
        var repository: String
        var report: ImportReport
    }

    init(_ layer: BenchPlan.Layer, in folder: URL, tool: String) throws {
        self.layer = layer
        self.folder = folder
        self.tool = tool
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        tar = try PlainTar(of: layer, in: folder)
    }

    /// The layer as results describe it.
    func description() throws -> BenchResults.Layer {
        var description = BenchResults.Layer(
            name: layer.name, policy: layer.policy.rawValue, diffID: tar.diffID.description, bytes: tar.bytes,
            entries: try held(in: .bareUser).report.entries)
        (description.title, description.source) = (layer.title, layer.source)
        return description
    }

    /// The folder with the layer's files.
    func extractedFiles() throws -> String {
        if let files { return files }
        let path = folder.appending(component: "files").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        // Some layers end without end blocks, or within their last padding; GNU tar takes that for damage, and does not
        // when zeros follow.
        let script = "{ cat \"$1\" && head -c 20480 /dev/zero; } | tar -xf - -C \"$2\" --numeric-owner"
        var extraction = ChildProcess("sh", ["-c", script, "sh", tar.path, path], timeoutSeconds: 1_800)
        extraction.environment = ["TAR_OPTIONS": "", "LC_ALL": "C.UTF-8"]
        try extraction.runChecked()
        files = path
        return path
    }

    /// What `tar-split disasm` keeps of the layer.
    func tarSplitMetadata() throws -> String {
        if let metadata { return metadata }
        let path = folder.appending(component: "tar-split.json.gz").path
        try TarSplitSubject.disassembly(of: tar.path, to: path).runChecked()
        metadata = path
        return path
    }

    /// A repository that holds the layer, not to be changed.
    ///
    /// - Parameter options: further ones for the import; the same for all imports by one strategy.
    func held(
        in mode: RepositoryMode, by strategy: String = "raw@sidecar", options: [String] = []
    ) throws -> HeldLayer {
        let holding = Holding(mode: mode, strategy: strategy)
        if let held = repositories[holding] { return held }
        let path = folder.appending(component: "held-\(mode.rawValue)-\(repositories.count)").path
        let report = try LayerImport(tool: tool, strategy: strategy, policy: layer.policy, options: options).run(
            tar.path, into: path, mode: mode
        ) { try $0.runChecked() }
        let held = HeldLayer(repository: path, report: report)
        repositories[holding] = held
        return held
    }
}

/// The file `config` of a repository.
enum RepositoryConfiguration {
    /// What `ostree config set core.fsync false` does.
    static func turnSyncOff(in repository: String) throws {
        let url = URL(filePath: repository).appending(component: "config")
        let text = try String(contentsOf: url, encoding: .utf8)
        guard !text.contains("\nfsync=false\n") else { return }
        try text.replacing("[core]\n", with: "[core]\nfsync=false\n").write(to: url, atomically: true, encoding: .utf8)
    }
}

/// `layerlab import` as a process of its own.
struct LayerImport {
    let tool: String
    let strategy: String
    let policy: PathPolicy
    /// Further options.
    var options: [String] = []
    var isDurable = true

    /// Makes a repository and imports a file into it.
    ///
    /// - Parameter execute: runs the process; what makes the repository is not part of it.
    func run(
        _ path: String, into repository: String, mode: RepositoryMode, by execute: (ChildProcess) throws -> ChildResult
    ) throws -> ImportReport {
        do {
            _ = try Repository.openOrCreate(at: repository, mode: mode)
            if !isDurable { try RepositoryConfiguration.turnSyncOff(in: repository) }
        } catch {
            throw LocatedError("the repository cannot be made: \(error)", in: repository)
        }
        let result = try execute(
            ChildProcess(
                tool,
                [
                    "import", path, "--repo", repository, "--strategy", strategy, "--policy", policy.rawValue, "--json",
                    "--quiet",
                ] + options, timeoutSeconds: 3_600))
        return try JSONDecoder().decode(ImportReport.self, from: Data(result.output.bytes))
    }
}

/// A layer as an uncompressed file, which peers need; ours are given the same.
struct PlainTar {
    /// The layer's own file where it is not compressed, else a copy.
    let path: String
    let bytes: UInt64
    let diffID: Digest

    init(of layer: BenchPlan.Layer, in folder: URL) throws {
        let source = try LayerSource(layer.path)
        if source.compression == .none {
            path = layer.path
            while try source.next() != nil {}
        } else {
            path = folder.appending(component: "layer.tar").path
            let sink = try FileSink(path)
            while let chunk = try source.next() { try sink.write(chunk) }
            try sink.finish()
        }
        bytes = source.streamByteCount
        diffID = source.diffID
    }
}
