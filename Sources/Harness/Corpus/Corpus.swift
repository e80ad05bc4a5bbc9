import Digests
import Foundation
import Strategies

/// The layers that measurements run on: the built-in ones and those of a manifest, with the cache that holds them.
public struct Corpus: Sendable {
    /// The set that holds every entry.
    public static let completeSet = "all"

    /// The manifest's path, or nil where only the built-in entries are known.
    public let manifestPath: String?
    /// All entries, the built-in ones first.
    public let entries: [CorpusEntry]
    private let cache: Cache

    init(manifestPath: String?, entries: [CorpusEntry], cache: Cache) {
        self.manifestPath = manifestPath
        self.entries = entries
        self.cache = cache
    }

    /// Loads the corpus from the manifest at this path (or in this directory).
    ///
    /// Without a path: from `$LAYERLAB_CORPUS`, `Corpus/` in the current directory, or `Corpus/` above the executable;
    /// where none of them is, the corpus has the built-in entries alone. The cache is `cache/` beside the manifest
    /// unless `$LAYERLAB_CORPUS_CACHE` names another.
    public static func load(manifest: String? = nil) throws(HarnessError) -> Corpus {
        let location = try CorpusLocation(
            explicit: manifest, environment: ProcessInfo.processInfo.environment,
            currentDirectory: FileManager.default.currentDirectoryPath,
            executable: try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
        return try load(location)
    }

    static func load(_ location: CorpusLocation) throws(HarnessError) -> Corpus {
        var entries = builtIn
        if let path = location.manifest { entries += try Manifest(contentsOf: path).layers }
        return Corpus(manifestPath: location.manifest, entries: entries, cache: Cache(directory: location.cache))
    }

    /// Where fetched layers are kept.
    public var cacheDirectory: String { cache.directory }

    /// The names of all sets, in byte order.
    public var sets: [String] {
        Set(entries.flatMap(\.sets)).union([Corpus.completeSet]).sorted()
    }

    /// The entries that these names (of entries or sets) stand for, each once, in the order of the names.
    ///
    /// Throws for a name that is neither, with the nearest known name as a suggestion.
    public func entries(named names: [String]) throws(HarnessError) -> [CorpusEntry] {
        var found: [CorpusEntry] = []
        for name in names {
            let matches = entries.filter { $0.name == name || $0.sets.contains(name) || name == Corpus.completeSet }
            guard !matches.isEmpty else { throw unknown(name) }
            for entry in matches where !found.contains(where: { $0.name == entry.name }) { found.append(entry) }
        }
        return found
    }

    /// The entry's layer where the cache holds it unchanged, or nil. Reads the whole file.
    public func cached(_ entry: CorpusEntry) -> FetchedLayer? {
        cache.layer(of: entry)
    }

    /// Obtains an entry's layer by its recipe, or takes it from the cache where it is there unchanged.
    ///
    /// - Parameters:
    ///   - force: Fetches it again in any case.
    ///   - progress: Gets lines for a person: what is done, and warnings.
    public func fetch(
        _ entry: CorpusEntry, force: Bool = false, progress: (String) -> Void = { _ in }
    ) throws(HarnessError) -> FetchedLayer {
        if !force, let layer = cache.layer(of: entry) { return layer }
        let before = cache.sidecar(of: entry)
        let layer = try withoutActuallyEscaping(progress) { progress throws(HarnessError) -> FetchedLayer in
            try cache.store(entry) { workDirectory throws(HarnessError) in
                let context = RecipeContext(entryName: entry.name, workDirectory: workDirectory, progress: progress)
                return switch entry.recipe {
                case .hostTree(let recipe): try recipe.run(context)
                case .mmdebstrap(let recipe): try recipe.run(context)
                case .pypi(let recipe): try recipe.run(context)
                }
            }
        }
        if let before, before.recipe == entry.recipe, before.sha256 != layer.digest.hex {
            progress("\(entry.name): warning: replaced: it was \(before.sha256), and is \(layer.digest.hex) now")
        }
        return layer
    }

    private func unknown(_ name: String) -> HarnessError {
        let known = entries.map(\.name) + sets
        let suggestion = nearest(to: name, among: known)
        return HarnessError(
            "the corpus has no layer and no set of this name", in: name,
            remedy: suggestion.map { "did you mean `\($0)`?" } ?? "known: \(known.joined(separator: ", "))")
    }
}

extension Corpus {
    /// The entries that need neither a manifest nor a network.
    public static let builtIn = [
        CorpusEntry(
            name: "host", sets: ["quick"], title: "A sample of the running system",
            source:
                "At most 8,000 entries and 160 MB of /etc and /usr of this machine (etc, usr/bin, usr/lib, usr/sbin, "
                + "usr/share, each with its share and no child with more than an eighth of that), packed by GNU tar. "
                + "Only what everyone may read. It differs from machine to machine and from day to day.",
            licence: "That of the installed packages; it stays on this machine.",
            policy: .imageLayer, expectedBytes: 160_000_000, expectedEntries: 8_000, pin: nil, needsNetwork: false,
            recipe: .hostTree(.runningSystem))
    ]
}
