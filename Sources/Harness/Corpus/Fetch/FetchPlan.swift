import Foundation
import Images
import Processes

/// What a fetch has to do: which layers are there, and what is to be made, in which order, at what cost.
public struct FetchPlan: Sendable {
    /// One thing that is made at a time: a layer, an image with all of its layers, or those of an image elsewhere that are
    /// wanted.
    struct Job: Equatable, Sendable {
        enum Work: Equatable, Sendable {
            case layer
            case image(ImageBuild)
            /// Layers with the same source.
            case pull([PulledLayer])
        }

        /// The entry's name, or the image's; of layers that come together that of the first.
        var name: String
        /// What the job brings into the cache.
        var entries: [CorpusEntry]
        var work: Work
        var cost: FetchCost
        /// What its builder's store holds already, of what `cost` says.
        var storedBytes: UInt64 = 0
        /// Whether the image was built on another state of its base than the cache has now.
        var hasOtherBase = false

        /// Disk that it will take on top of its result, and give back.
        var workBytes: UInt64 { cost.workBytes - min(storedBytes, cost.workBytes) }
        /// The entry that must be there first.
        var base: String? {
            if case .image(let build) = work { build.base } else { nil }
        }
        /// About how much of the cache its result takes.
        var keptBytes: UInt64 {
            entries.reduce(0) { sum, entry in
                if case .file = entry.recipe { sum } else { sum + entry.expectedBytes }
            }
        }
    }

    /// What is in the cache unchanged, or is a file of the user's own that was looked at before.
    public internal(set) var present: [FetchedLayer] = []
    var jobs: [Job] = []
    /// Layers of the corpus that jobs build on, and that are there.
    var bases: [String: FetchedLayer] = [:]
    /// How many jobs run at the same time, at most.
    public internal(set) var parallelJobs: Int
    /// Where layers are kept.
    public internal(set) var directory: String

    /// About what comes over the network.
    public var downloadBytes: UInt64 { jobs.reduce(0) { $0 + $1.cost.downloadBytes } }
    /// About what the cache grows by.
    public var keptBytes: UInt64 { jobs.reduce(0) { $0 + $1.keptBytes } }
    /// About how much disk is in use at the worst moment, beyond what is in use now.
    public var peakBytes: UInt64 {
        keptBytes + jobs.map(\.workBytes).sorted(by: >).prefix(max(parallelJobs, 1)).reduce(0, +)
    }

    /// The plan in a few lines: each layer, then the totals.
    public var announcement: String {
        func size(_ bytes: UInt64) -> String { "\(Figure.count((bytes + 999_999) / 1_000_000)) MB" }
        var lines = ["corpus: \(directory)"]
        if !present.isEmpty { lines.append("there: " + present.map(\.entry.name).joined(separator: ", ")) }
        for job in jobs {
            let layers =
                job.work == .layer || job.entries.map(\.name) == [job.name]
                ? "" : " (\(job.entries.map(\.name).joined(separator: ", ")))"
            let stored =
                job.storedBytes == 0 ? "" : "; goes on with the \(size(job.storedBytes)) in its store"
            let other =
                job.hasOtherBase ? "; its base \(job.base ?? "") has changed since it was built" : ""
            lines.append(
                "to fetch: \(job.name)\(layers), \(size(job.keptBytes)), \(size(job.cost.downloadBytes)) to download"
                    + stored + other)
        }
        guard !jobs.isEmpty else { return (lines + ["nothing to fetch"]).joined(separator: "\n") }
        let parallel = parallelJobs > 1 ? ", \(parallelJobs) at a time" : ""
        lines.append(
            "about \(size(downloadBytes)) to download, \(size(keptBytes)) to keep, \(size(peakBytes)) of disk at the "
                + "peak\(parallel)")
        return lines.joined(separator: "\n")
    }

    /// Refuses a plan that the disk has no room for.
    func checkRoom(freeBytes: UInt64?) throws(LocatedError) {
        guard let freeBytes, freeBytes < peakBytes else { return }
        throw LocatedError(
            "there is not enough room: about \(Figure.count(peakBytes)) bytes are needed at the peak, and "
                + "\(Figure.count(freeBytes)) are free", in: directory,
            remedy: "free some, fetch fewer layers, use --jobs 1, or name another disk with LAYERLAB_CORPUS_CACHE")
    }

    /// The bytes that are free where the directory is, or will be; nil where nobody knows.
    static func freeBytes(at directory: String) -> UInt64? {
        var path = directory
        while !path.isEmpty, path != "/", !FileManager.default.fileExists(atPath: path) {
            path = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        }
        let facts = try? FileManager.default.attributesOfFileSystem(forPath: path.isEmpty ? "/" : path)
        return (facts?[.systemFreeSize] as? NSNumber)?.uint64Value
    }
}

extension FetchPlan {
    /// Looks at the cache, and reads what is there to its end.
    ///
    /// - Parameters:
    ///   - wanted: The entries to fetch. The bases of images come on top where they are missing, and so do all other
    ///     layers of an image that has to be built, so that the cache never has layers of two builds.
    ///   - all: Every entry of the corpus.
    ///   - force: Makes what is wanted again, whether it is there or not.
    init(_ wanted: [CorpusEntry], of all: [CorpusEntry], in cache: Cache, force: Bool, parallelJobs: Int) {
        self.parallelJobs = parallelJobs
        directory = cache.directory
        var missing: [CorpusEntry] = []
        for entry in wanted {
            if !force, let layer = cache.layer(of: entry) { present.append(layer) } else { missing.append(entry) }
        }
        var images: [Job] = []
        var layers: [Job] = []
        for entry in missing {
            if case .pulledLayer(let layer) = entry.recipe {
                FetchPlan.add(entry, layer, to: &layers)
                continue
            }
            guard case .imageLayer(let layer) = entry.recipe else {
                layers.append(FetchPlan.job(for: entry))
                continue
            }
            guard !images.contains(where: { $0.name == layer.image }) else { continue }
            images.append(FetchPlan.job(for: layer, of: all, in: cache, force: force))
        }
        present.removeAll { layer in images.contains { $0.entries.contains { $0.name == layer.entry.name } } }
        var first: [Job] = []
        for name in Set(images.compactMap(\.base)).sorted() where !first.contains(where: { $0.name == name }) {
            if let index = layers.firstIndex(where: { $0.name == name }) {
                first.append(layers.remove(at: index))
            } else if let entry = all.first(where: { $0.name == name }) {
                bases[name] = present.first { $0.entry.name == name } ?? cache.layer(of: entry)
                if bases[name] == nil { first.append(FetchPlan.job(for: entry)) }
            }
        }
        // What others wait for comes first, then what takes longest.
        jobs = first + images.sorted { $0.cost.workBytes > $1.cost.workBytes } + layers
    }

    private static func job(for entry: CorpusEntry) -> Job {
        let cost = entry.recipe.fileRecipe?.cost(ofBytes: entry.expectedBytes)
        return Job(
            name: entry.name, entries: [entry], work: .layer,
            cost: cost ?? FetchCost(downloadBytes: 0, workBytes: 0))
    }

    /// Adds a layer to the job that brings others of its image, or a job that does.
    private static func add(_ entry: CorpusEntry, _ layer: PulledLayer, to jobs: inout [Job]) {
        let cost = layer.cost(ofBytes: entry.expectedBytes)
        for index in jobs.indices {
            guard case .pull(let others) = jobs[index].work, others.first?.source == layer.source else {
                continue
            }
            jobs[index].work = .pull(others + [layer])
            jobs[index].entries.append(entry)
            jobs[index].cost.downloadBytes += cost.downloadBytes
            return
        }
        jobs.append(Job(name: entry.name, entries: [entry], work: .pull([layer]), cost: cost))
    }

    /// The job that builds an image, for all of its layers.
    private static func job(for layer: ImageLayer, of all: [CorpusEntry], in cache: Cache, force: Bool) -> Job {
        let entries = all.filter { entry in
            guard case .imageLayer(let other) = entry.recipe else { return false }
            return other.image == layer.image
        }
        return Job(
            name: layer.image, entries: entries, work: .image(layer.build),
            cost: layer.cost ?? FetchCost(downloadBytes: 0, workBytes: 0),
            // A fetch by force begins with an empty store.
            storedBytes: force ? 0 : allocatedBytes(at: WorkDirectory.store(ofImage: layer.image, in: cache)),
            hasOtherBase: entries.contains(where: cache.hasOtherBase))
    }

    /// The disk that a directory takes, as du counts it; 0 where there is none.
    private static func allocatedBytes(at directory: String) -> UInt64 {
        guard FileManager.default.fileExists(atPath: directory),
            let result = try? ChildProcess(
                "du", ["--summarize", "--block-size=1", directory], timeoutSeconds: 600
            ).run()
        else { return 0 }
        return result.output.text.split(separator: "\t").first.flatMap { UInt64($0) } ?? 0
    }
}
