import Foundation
import Processes

/// A project's source archive (sdist), downloaded by pip from the index that the machine is configured for.
///
/// An index never replaces a published file, so such an entry is pinned by its digest.
public struct PythonSource: Equatable, Sendable {
    public var project: String
    /// The exact version.
    public var version: String
}

extension PythonSource: FileRecipe {
    var fileExtension: String { "tar.gz" }

    func cost(ofBytes bytes: UInt64) -> FetchCost { FetchCost(downloadBytes: bytes, workBytes: 0) }

    /// Downloads the archive and returns its path.
    func run(_ context: RecipeContext) throws(LocatedError) -> String {
        let pip = Program.find("pip") == nil && Program.find("pip3") != nil ? "pip3" : "pip"
        let directory = context.workDirectory + "/download"
        let arguments = [
            "download", "--quiet", "--disable-pip-version-check", "--no-cache-dir", "--no-deps", "--no-binary", project,
            "--dest", directory, "\(project)==\(version)",
        ]
        context.progress("\(context.entryName): downloading \(project) \(version) with pip")
        let result = try ChildProcess(pip, arguments, timeoutSeconds: 600).run()
        guard result.failure == nil else { throw explain(result, entryName: context.entryName) }
        let files = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        guard let archive = files.first(where: { $0.hasSuffix(".tar.gz") }) else {
            throw LocatedError(
                "pip brought no .tar.gz but \(files.isEmpty ? "nothing" : files.sorted().joined(separator: ", "))",
                in: context.entryName)
        }
        return directory + "/" + archive
    }

    /// Tells a version that is gone from an index that cannot be reached: only the first has other versions.
    func explain(_ result: ChildResult, entryName: String) -> LocatedError {
        let text = result.error.text
        if text.contains("No matching distribution found") && !text.contains("(from versions: none)") {
            return LocatedError(
                "\(project) \(version) was replaced upstream: the index has other versions, and not this one",
                in: entryName, remedy: "choose a version that exists, and pin its sha256 in the manifest")
        }
        if text.contains("No matching distribution found") {
            return LocatedError(
                "\(project) \(version) is unavailable: pip's index does not answer, or does not know the project",
                in: entryName, remedy: "check the network and pip's configuration (`pip config list`)")
        }
        return result.failure ?? LocatedError("pip failed", in: entryName)
    }
}

extension PythonSource: Codable {
    private enum CodingKeys: String, CodingKey {
        case project, version
    }

    public init(from decoder: any Decoder) throws {
        try StrictKeys.check(decoder, allowed: ["kind", "project", "version"])
        let values = try decoder.container(keyedBy: CodingKeys.self)
        project = try StrictKeys.argument(.project, in: values)
        version = try StrictKeys.argument(.version, in: values)
    }
}
