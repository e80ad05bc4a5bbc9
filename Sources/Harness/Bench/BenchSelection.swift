internal import Foundation
public import Images
public import Strategies
internal import LayerStore
internal import Processes

/// How images are opened that a benchmark is asked for.
public struct ImageOpening: Sendable {
    var platform: Platform
    var registry: RegistryOptions
    /// Where those that are no image layouts are copied to.
    var folder: String

    /// This system's images, from registries that can be trusted.
    public static var usual: ImageOpening {
        ImageOpening(platform: .host, registry: RegistryOptions(), folder: NSTemporaryDirectory())
    }

    public init(platform: Platform, registry: RegistryOptions, folder: String) {
        (self.platform, self.registry, self.folder) = (platform, registry, folder)
    }
}

/// The layers that a benchmark was asked for: files, and layers and sets of the corpus.
public struct BenchSelection: Sendable {
    public private(set) var layers: [BenchPlan.Layer] = []
    /// Whole images that were asked for; their layers are among `layers`.
    public private(set) var images: [BenchImage] = []
    /// Layers of a set that could not be had, each with its reason.
    public private(set) var leftOut: [String] = []

    /// Fetches what is missing. A layer of a set that cannot be had is left out; one that was asked for by its own name is
    /// an error, and so is a wish to stop.
    ///
    /// - Parameter policy: for layers given as files; those of the corpus have their own.
    public init(
        _ names: [String], of corpus: Corpus, policy: PathPolicy, images opening: ImageOpening? = nil,
        progress: (String) -> Void
    ) throws {
        var names = names
        if let opening {
            for name in names {
                guard let reference = ImageReference(name) else { continue }
                progress("reading the image \(name)")
                images.append(
                    try BenchImage(
                        reference, platform: opening.platform, registry: opening.registry, workFolder: opening.folder))
            }
            names.removeAll { ImageReference($0) != nil }
        }
        var entries: [CorpusEntry] = []
        for name in names where !FileManager.default.fileExists(atPath: name) {
            for entry in try corpus.entries(named: [name]) where !entries.contains(where: { $0.name == entry.name }) {
                entries.append(entry)
            }
        }
        let jobs = min(ProcessInfo.processInfo.activeProcessorCount, 2)
        let outcome = try corpus.fetch(
            entries, jobs: jobs, announce: { if !$0.jobs.isEmpty { progress($0.announcement) } }, progress: progress)
        for name in names {
            if FileManager.default.fileExists(atPath: name) {
                add(file: name, policy: policy)
                continue
            }
            for entry in try corpus.entries(named: [name]) where !layers.contains(where: { $0.name == entry.name }) {
                if let layer = outcome.layers.first(where: { $0.entry.name == entry.name }) {
                    add(layer)
                } else {
                    try leaveOut(entry, asked: name, outcome, progress)
                }
            }
        }
        for image in images { layers += image.plannedLayers(policy: policy) }
        guard !layers.isEmpty else {
            throw LocatedError(
                "none of the layers can be had: \(leftOut.joined(separator: "; "))", in: names.joined(separator: " "))
        }
        if !leftOut.isEmpty {
            progress("measuring without them, on: \(layers.map(\.name).joined(separator: ", "))")
        }
    }

    /// What reports are named after: the one set or layer of the corpus that was asked for; nil for several, and for files and
    /// images.
    public static func subject(of names: [String]) -> String? {
        guard names.count == 1, Manifest.isName(names[0]),
            !FileManager.default.fileExists(atPath: names[0])
        else {
            return nil
        }
        return names[0]
    }

    private mutating func add(_ layer: FetchedLayer) {
        let policy = PathPolicy(rawValue: layer.entry.policy.rawValue) ?? .standard
        var planned = BenchPlan.Layer(
            name: layer.entry.name, path: layer.path, policy: policy, expectedBytes: layer.streamBytes)
        (planned.title, planned.source) = (layer.entry.title, layer.entry.source)
        layers.append(planned)
    }

    private mutating func leaveOut(
        _ entry: CorpusEntry, asked name: String, _ outcome: FetchOutcome, _ progress: (String) -> Void
    ) throws {
        let failure = outcome.failures.first { $0.layers.contains(entry.name) }
        let error = failure?.error ?? LocatedError("could not be fetched", in: entry.name)
        // What a wish to stop has kept from being fetched is not missing.
        guard Interruption.pending == nil else { throw LocatedError.interruptedFetch }
        guard entry.name != name else { throw error }
        let reason = "\(entry.name): \(error)"
        guard !leftOut.contains(reason) else { return }
        leftOut.append(reason)
        progress("left out: \(reason)")
    }

    /// A file goes by its name, or by its path where another layer has that name: reports tell layers by their names.
    private mutating func add(file path: String, policy: PathPolicy) {
        guard !layers.contains(where: { $0.path == path }) else { return }
        let name = URL(filePath: path).lastPathComponent
        let isTaken = layers.contains { $0.name == name }
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        let bytes = (attributes?[.size] as? NSNumber)?.uint64Value ?? 0
        // What is compressed has some three times as much to unpack.
        let isPlain = path.hasSuffix(".tar")
        layers.append(
            .init(name: isTaken ? path : name, path: path, policy: policy, expectedBytes: isPlain ? bytes : bytes * 3))
    }
}
