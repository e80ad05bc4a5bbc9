public import Digests
internal import Foundation
public import LayerStore
public import OSTree
public import Strategies

/// Imports whole images: every layer as a commit of its own, what makes its blob again, and the image as a commit whose tree
/// is the layers' merged.
///
/// Layers that are done stay when the import is interrupted, so that the next one goes on there. Where it fails, what it has
/// brought is taken away again, objects included.
public struct ImageImporter {
    public struct Settings: Sendable {
        public var strategy: Strategy
        public var policy: PathPolicy
        public var proof: Importer.Proof
        public var dictionaries: [ZstdDictionary]
        public var blobs: BlobPolicy
        /// Layers that are imported at a time; nil for as many as are of use here.
        public var jobs: Int?
        /// A layer whose stream is longer is refused.
        public var maximumLayerBytes: UInt64

        public init(
            strategy: Strategy = .standard, policy: PathPolicy = .standard, proof: Importer.Proof = .segments,
            dictionaries: [ZstdDictionary] = [], blobs: BlobPolicy = .keep, jobs: Int? = nil,
            maximumLayerBytes: UInt64 = defaultMaximumLayerBytes
        ) {
            self.strategy = strategy
            self.policy = policy
            self.proof = proof
            self.dictionaries = dictionaries
            self.blobs = blobs
            self.jobs = jobs
            self.maximumLayerBytes = maximumLayerBytes
        }

        /// Far above all layers that are in use, and far below what a few megabytes can inflate to.
        public static let defaultMaximumLayerBytes: UInt64 = 64 << 30
    }

    private let repository: Repository
    private let settings: Settings

    public init(into repository: Repository, _ settings: Settings) {
        self.repository = repository
        self.settings = settings
    }

    /// Whether the repository holds a layer as these settings would import it, so that its blob need not be fetched.
    public func holds(_ layer: Descriptor, diffID: Digest) -> Bool {
        guard isHeld(layer, diffID) else { return false }
        if layer.digest == diffID || settings.blobs == .rewrite { return true }
        return (try? StoredBlobs(repository: repository).form(of: layer.digest)) != nil
    }

    private func isHeld(_ layer: Descriptor, _ diffID: Digest) -> Bool {
        let layers = StoredLayers(in: repository)
        guard let entry = try? layers.layer(ofBlob: layer.digest), entry.layer.diffID == diffID,
            entry.strategy.description == settings.strategy.description
        else { return false }
        return layers.policy(of: entry) == settings.policy
    }

    /// Imports an image.
    ///
    /// - Parameter name: the name that its ref is made of, and by which it is found again.
    public func importImage(
        _ image: OpenedImage, named name: String? = nil,
        progress: @escaping @Sendable (ImageProgress) -> Void = { _ in }
    ) throws -> ImportedImage {
        guard !type(of: settings.strategy.storage).isFloor else {
            throw LayerStoreError(
                .input,
                "the strategy \(settings.strategy) keeps no recipe, so an image could not be pushed; choose another")
        }
        let jobs = try plan(image)
        // Those that are held and whose blobs need nothing may not be there as files.
        try image.checkFiles(of: jobs.filter { !holds($0.descriptor, diffID: $0.diffID) }.map(\.descriptor))
        let before = Set(try StoredLayers(in: repository).all().map(\.layer.diffID))
        let brought = BroughtObjects()
        do {
            let layers = try run(jobs, brought, progress)
            return try publish(image, named: name ?? image.reference.description, layers)
        } catch {
            if Interruption.pending != nil {
                let count = jobs.filter { holds($0.descriptor, diffID: $0.diffID) }.count
                throw LayerStoreError(
                    .interrupted,
                    "interrupted; \(count) of \(jobs.count) layers are there, and the next import goes on with the others"
                )
            }
            brought.withdraw(besides: before, by: settings.strategy, in: repository)
            throw error
        }
    }

    /// The layers, each once, in the manifest's order.
    private func plan(_ image: OpenedImage) throws -> [LayerImport] {
        var jobs: [LayerImport] = []
        for (layer, diffID) in zip(image.manifest.layers, image.configuration.diffIDs) {
            if let other = jobs.first(where: { $0.descriptor.digest == layer.digest }) {
                guard other.diffID == diffID, other.descriptor.byteCount == layer.byteCount else {
                    throw LayerStoreError(
                        .check, "\(image.reference): the blob \(layer.digest) has two diff IDs, or two sizes")
                }
                continue
            }
            jobs.append(
                LayerImport(
                    number: jobs.count, descriptor: layer, diffID: diffID, path: image.path(of: layer),
                    isHeld: isHeld(layer, diffID), settings: settings))
        }
        return jobs
    }

    private func run(
        _ jobs: [LayerImport], _ brought: BroughtObjects, _ progress: @escaping @Sendable (ImageProgress) -> Void
    ) throws -> [ImportedImage.Layer] {
        let parallel = ParallelJobs()
        let (path, isDurable) = (repository.path, repository.isDurable)
        return try parallel.run(
            jobs.map(\.descriptor.byteCount), threads: settings.jobs ?? ImageImporter.usefulJobs
        ) { index in
            // A repository has one transaction at a time, and each layer is one.
            let own = try Repository(opening: path)
            own.isDurable = isDurable
            let layer = try jobs[index].run(in: own, parallel, brought: brought, progress: progress)
            progress(.ended(layer: index, layer.summary))
            return layer
        }
    }

    /// How many layers at a time are of use. Each has threads of its own for its objects, but only one that inflates, and one
    /// that recompresses.
    public static let usefulJobs = Processors.count

    // MARK: The image

    private func publish(
        _ image: OpenedImage, named name: String, _ imported: [ImportedImage.Layer]
    ) throws -> ImportedImage {
        var layers: [ImportedImage.Layer] = []
        var merge = TreeMerge(of: "\(image.reference)", in: repository, policy: settings.policy)
        for descriptor in image.manifest.layers {
            try Interruption.check()
            guard let layer = imported.first(where: { $0.descriptor.digest == descriptor.digest }),
                let commit = try repository.resolveAnywhere(ref: layer.ref)
            else {
                throw LayerStoreError(.check, "the layer \(descriptor.digest) went away while the image was imported")
            }
            layers.append(layer)
            try merge.add(try repository.commit(commit))
        }
        let lock = try PublishingLock(of: repository)
        defer { extendLifetime(lock) }
        let transaction = try Transaction(in: repository)
        let draft = ImageCommit.draft(
            named: name, image.manifest, image.configuration, blobs: settings.blobs, paths: settings.policy)
        let commit = try transaction.write(draft, root: try merge.write(in: transaction))
        try transaction.commit()
        let ref = LayerRefs.image(name)
        try repository.set(ref: ref, to: commit)
        return ImportedImage(
            name: name, ref: ref, commit: commit, manifest: image.manifest, isOriginal: image.isOriginal,
            policy: settings.policy, strategy: settings.strategy.description, blobPolicy: settings.blobs,
            layers: layers, commitBytes: try repository.commit(commit).byteCount, findings: merge.findings)
    }
}

extension ImportedImage.Layer {
    /// What was done, in a few words.
    var summary: String {
        let blob =
            switch blob {
            case .stream: "not compressed"
            case .recipe(let compressor, let byteCount): "\(compressor) makes the blob again, by \(byteCount) bytes"
            case .kept(let reason): "the blob is kept: \(reason)"
            case .lost(let reason): "the blob's digest is lost: \(reason)"
            }
        return "\(imported == nil ? "held already" : "imported"), \(blob)"
    }
}
