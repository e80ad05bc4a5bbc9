import Foundation

/// Where a project's corpus lies: its manifest, if there is one, and its cache.
struct CorpusLocation: Equatable, Sendable {
    /// The environment variable that names a manifest, or the directory that holds a `manifest.yaml`.
    static let manifestVariable = "LAYERLAB_CORPUS"
    /// The environment variable that names the cache's directory.
    static let cacheVariable = "LAYERLAB_CORPUS_CACHE"

    /// Nil where only the built-in entries are known.
    var manifest: String?
    var cache: String

    /// Looks for the manifest: an explicit path, the environment, `Corpus/` in the current directory, `Corpus/` in the
    /// directories above the executable. Only an explicit or environment path that leads nowhere throws.
    init(
        explicit: String? = nil, environment: [String: String], currentDirectory: String, executable: String?
    ) throws(HarnessError) {
        if let explicit {
            manifest = try CorpusLocation.required(explicit, from: "the command line")
        } else if let path = environment[CorpusLocation.manifestVariable], !path.isEmpty {
            manifest = try CorpusLocation.required(path, from: CorpusLocation.manifestVariable)
        } else {
            manifest = ([currentDirectory] + CorpusLocation.ancestors(of: executable))
                .map { "\($0)/Corpus/manifest.yaml" }
                .first { FileManager.default.fileExists(atPath: $0) }
        }
        if let path = environment[CorpusLocation.cacheVariable], !path.isEmpty {
            cache = path
        } else if let manifest {
            cache = URL(fileURLWithPath: manifest).deletingLastPathComponent().path + "/cache"
        } else {
            let home = environment["HOME"].map { $0 + "/.cache" } ?? NSTemporaryDirectory()
            cache = (environment["XDG_CACHE_HOME"] ?? home) + "/layerlab/corpus"
        }
    }

    private static func required(_ path: String, from origin: String) throws(HarnessError) -> String {
        for candidate in ["\(path)/manifest.yaml", path] where FileManager.default.fileExists(atPath: candidate) {
            return candidate
        }
        throw HarnessError(
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
