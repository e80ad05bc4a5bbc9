import Digests
import Foundation
import Strategies
public import Processes

/// The layers that measurements run on: the built-in ones and those of a manifest, with the cache that holds them.
public struct Corpus: Sendable {
    /// The set that holds every entry.
    public static let completeSet = "all"

    /// All entries, the built-in ones first.
    public let entries: [CorpusEntry]
    let cache: Cache
    /// Whether the project's manifest was found.
    private let hasProject: Bool

    init(entries: [CorpusEntry], cache: Cache, hasProject: Bool = true) {
        self.entries = entries
        self.cache = cache
        self.hasProject = hasProject
    }

    /// Loads the corpus: the built-in entries, the project's manifest, the user's, and those at these paths (of files, or of
    /// directories that hold a `manifest.yaml`).
    ///
    /// The project's manifest is named by `$LAYERLAB_CORPUS`, or lies in `Corpus/` of the current directory or above the
    /// executable; the user's is `$LAYERLAB_USER_CORPUS`, or `layerlab/corpus.yaml` among the user's configuration.
    /// Neither has to be there. The cache is `cache/` beside the project's manifest unless `$LAYERLAB_CORPUS_CACHE` names
    /// another. One name in two manifests is an error.
    public static func load(manifests: [String] = []) throws(LocatedError) -> Corpus {
        try load(try .current(manifests: manifests))
    }

    static func load(_ location: CorpusLocation) throws(LocatedError) -> Corpus {
        let paths = [location.manifest, location.existingUserManifest].compactMap(\.self) + location.furtherManifests
        let merged = try ManifestMerge(paths)
        return Corpus(
            entries: builtIn + merged.entries, cache: Cache(directory: location.cache),
            hasProject: location.manifest != nil)
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
    public func entries(named names: [String]) throws(LocatedError) -> [CorpusEntry] {
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

    /// As `cached`, but goes by the file's size and modification time, so that a list of gigabytes is there at once.
    public func listed(_ entry: CorpusEntry) -> FetchedLayer? {
        cache.listedLayer(of: entry)
    }

    /// What a fetch of these entries would do. Reads the layers that are there.
    public func plan(_ entries: [CorpusEntry], force: Bool = false, jobs: Int = 1) -> FetchPlan {
        FetchPlan(entries, of: self.entries, in: cache, force: force, parallelJobs: max(jobs, 1))
    }

    /// Obtains layers by their recipes, and takes those from the cache that are there unchanged.
    ///
    /// A layer that cannot be had keeps no other back. An image is built once for all of its layers that are missing. Throws
    /// only where nothing can be fetched at all: the disk has no room, the cache cannot be written, or somebody asked to
    /// stop; what was complete by then stays, and the next fetch goes on from there.
    ///
    /// - Parameters:
    ///   - force: Makes them again in any case.
    ///   - jobs: How many recipes run at the same time.
    ///   - announce: Gets the plan before anything is fetched.
    ///   - progress: Gets lines for a person, on the calling thread.
    ///   - each: Gets every layer as soon as it is there, on the calling thread.
    public func fetch(
        _ entries: [CorpusEntry], force: Bool = false, jobs: Int = 1, announce: (FetchPlan) -> Void = { _ in },
        progress: (String) -> Void = { _ in }, each: (FetchedLayer) -> Void = { _ in }
    ) throws(LocatedError) -> FetchOutcome {
        let recorded = self.entries.map { cache.sidecar(of: $0) }
        var plan = plan(entries, force: force, jobs: jobs)
        var lock: CacheLock?
        if !plan.jobs.isEmpty {
            lock = try CacheLock(of: cache) { progress("waiting for another fetch into \(cacheDirectory)") }
            try WorkDirectory.removeStale(in: cache, images: images, progress: progress)
            // Another run may have fetched something between the plan and the lock.
            if recorded != self.entries.map({ cache.sidecar(of: $0) }) {
                plan = self.plan(entries, force: force, jobs: jobs)
            }
        }
        defer { withExtendedLifetime(lock) {} }
        announce(plan)
        try plan.checkRoom(freeBytes: FetchPlan.freeBytes(at: cacheDirectory))
        plan.present.forEach(each)
        guard !plan.jobs.isEmpty else { return FetchOutcome(layers: plan.present) }
        let wanted = Set(entries.map(\.name))
        let outdated = imagesOnOtherBases
        var outcome = try FetchRun(plan, cache: cache, force: force).run(progress: progress) { layer in
            if wanted.contains(layer.entry.name) { each(layer) }
        }
        for image in imagesOnOtherBases.subtracting(outdated).sorted() {
            progress(
                "\(image): warning: its base has changed in this fetch; the next one of its layers builds it again")
        }
        outcome.layers = plan.present + outcome.layers.filter { wanted.contains($0.entry.name) }
        return outcome
    }

    /// Obtains one entry's layer, or takes it from the cache where it is there unchanged.
    public func fetch(
        _ entry: CorpusEntry, force: Bool = false, progress: (String) -> Void = { _ in }
    ) throws(LocatedError) -> FetchedLayer {
        let outcome = try fetch([entry], force: force, progress: progress)
        if let layer = outcome.layers.first { return layer }
        throw outcome.failures.first?.error ?? LocatedError("could not be fetched", in: entry.name)
    }

    /// The names of all images that entries are layers of.
    private var images: Set<String> { Set(entries.compactMap(\.image)) }

    /// Those of them whose layers in the cache were built on another state of their base than the cache has.
    private var imagesOnOtherBases: Set<String> {
        Set(entries.filter(cache.hasOtherBase).compactMap(\.image))
    }

    private func unknown(_ name: String) -> LocatedError {
        let known = entries.map(\.name) + sets
        let suggestion = nearest(to: name, among: known)
        return LocatedError(
            "the corpus has no layer and no set of this name", in: name,
            remedy: suggestion.map { "did you mean `\($0)`?" }
                ?? "known: \(known.joined(separator: ", "))"
                + (hasProject
                    ? ""
                    : "; the project's own layers are known in its folder, or where \(CorpusLocation.manifestVariable) names it")
        )
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
