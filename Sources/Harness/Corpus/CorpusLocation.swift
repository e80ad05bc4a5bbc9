import Foundation
import Processes

/// Where the corpus lies: the project's manifest, the user's and others, as far as there are any, and the cache.
struct CorpusLocation: Equatable, Sendable {
    /// The environment variable that names a manifest, or the directory that holds a `manifest.yaml`.
    static let manifestVariable = "LAYERLAB_CORPUS"
    /// The environment variable that names the user's own manifest.
    static let userManifestVariable = "LAYERLAB_USER_CORPUS"
    /// The environment variable that names the cache's directory.
    static let cacheVariable = "LAYERLAB_CORPUS_CACHE"

    /// The project's, or nil where there is none.
    var manifest: String?
    /// Where the user's is, or would be; nil where nobody has a home.
    var userManifest: String?
    /// Those that were named for this run.
    var furtherManifests: [String]
    var cache: String

    /// The user's manifest where there is one.
    var existingUserManifest: String? {
        userManifest.flatMap { FileManager.default.fileExists(atPath: $0) ? $0 : nil }
    }

    /// By the environment of this process.
    static func current(manifests: [String] = []) throws(LocatedError) -> CorpusLocation {
        try CorpusLocation(
            manifests: manifests, environment: ProcessInfo.processInfo.environment,
            currentDirectory: FileManager.default.currentDirectoryPath,
            executable: try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
    }

    /// Looks for the project's manifest: the environment, `Corpus/` in the current directory, `Corpus/` in the directories
    /// above the executable. Only a path that was named and leads nowhere throws.
    init(
        manifests: [String] = [], environment: [String: String], currentDirectory: String, executable: String?
    ) throws(LocatedError) {
        furtherManifests = []
        for path in manifests { furtherManifests.append(try CorpusLocation.required(path, from: "--manifest")) }
        userManifest = CorpusLocation.userManifest(environment)
        if let path = environment[CorpusLocation.manifestVariable], !path.isEmpty {
            manifest = try CorpusLocation.required(path, from: CorpusLocation.manifestVariable)
        } else {
            manifest = ([currentDirectory] + CorpusLocation.ancestors(of: executable))
                .map { "\($0)/Corpus/manifest.yaml" }
                .first { FileManager.default.fileExists(atPath: $0) }
        }
        if let path = environment[CorpusLocation.cacheVariable], !path.isEmpty {
            // Recipes work in directories of their own, so a relative path must not stay one.
            cache = path.hasPrefix("/") ? path : "\(currentDirectory)/\(path)"
        } else if let manifest {
            cache = URL(fileURLWithPath: manifest).deletingLastPathComponent().path + "/cache"
        } else {
            let home = environment["HOME"].map { $0 + "/.cache" } ?? NSTemporaryDirectory()
            cache = (environment["XDG_CACHE_HOME"] ?? home) + "/layerlab/corpus"
        }
    }

    private static func userManifest(_ environment: [String: String]) -> String? {
        if let path = environment[userManifestVariable], !path.isEmpty { return path }
        if let path = environment["XDG_CONFIG_HOME"], !path.isEmpty { return path + "/layerlab/corpus.yaml" }
        return environment["HOME"].map { $0 + "/.config/layerlab/corpus.yaml" }
    }

    private static func required(_ path: String, from origin: String) throws(LocatedError) -> String {
        for candidate in ["\(path)/manifest.yaml", path] where FileManager.default.fileExists(atPath: candidate) {
            return candidate
        }
        throw LocatedError(
            "there is no corpus manifest here, as named by \(origin)", in: path,
            remedy: "name a manifest.yaml or the directory that holds it")
    }

    /// The directories above a file, the nearest first.
    private static func ancestors(of path: String?) -> [String] {
        guard let path else { return [] }
        let parts = path.split(separator: "/").dropLast()
        return parts.indices.reversed().map { "/" + parts[...$0].joined(separator: "/") }
    }
}
