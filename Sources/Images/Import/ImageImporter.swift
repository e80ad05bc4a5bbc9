public import Digests
internal import Foundation
public import LayerStore
public import OSTree
public import Strategies
internal import Synchronization

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

    let repository: Repository
    let settings: Settings
    /// What was found out about layers, each once: it takes a look at all of their objects.
    private let held = HeldLayers()

    public init(into repository: Repository, _ settings: Settings) {
        self.repository = repository
        self.settings = settings
    }

    /// Whether the repository holds a layer as these settings would import it, so that its blob need not be fetched.
    public func holds(_ layer: Descriptor, diffID: Digest) -> Bool {
        guard isHeld(layer, diffID) else { return false }
        if layer.digest == diffID || settings.blobs == .rewrite { return true }
        let blobs = StoredBlobs(repository: repository)
        guard let form = blobs.wholeForm(of: layer.digest, byteCount: layer.byteCount) else { return false }
        if case .kept = form { return settings.blobs != .replay }
        return true
    }

    private func isHeld(_ layer: Descriptor, _ diffID: Digest) -> Bool {
        held.value(of: layer) { findHeld(layer, diffID) }
    }

    private func findHeld(_ layer: Descriptor, _ diffID: Digest) -> Bool {
        let layers = StoredLayers(in: repository)
        guard let entry = try? layers.layer(ofBlob: layer.digest), entry.layer.diffID == diffID,
            entry.strategy.description == settings.strategy.description
        else { return false }
        guard let envelope = layers.envelope(of: entry), envelope.policy == settings.policy.rawValue,
            layer.digest != diffID || envelope.streamLength == layer.byteCount
        else { return false }
        // What has lost objects is imported again.
        let companions = (try? LayerRefs.Companion.commits(of: entry.layer, in: repository)) ?? []
        return ([entry.layer.commit] + companions).allSatisfy { (try? repository.isWhole($0)) == true }
    }

    /// Refuses a name that cannot be an image's here, before anything is read.
    public func checkName(_ name: String) throws {
        let ref = LayerRefs.image(name)
        let components = ref.split(separator: "/")
        guard ref.utf8.count < 1024, components.allSatisfy({ $0.utf8.count <= 255 }) else {
            throw LayerStoreError(
                .input, "the name '\(name.prefix(60))…' is too long for a ref; --name gives a shorter one")
        }
        // A ref is a file, and its name may not be a folder of others, nor theirs one of its own.
        let images = try repository.refs(below: LayerRefs.images).keys
        if let other = images.first(where: { $0.hasPrefix(ref + "/") || ref.hasPrefix($0 + "/") }) {
            throw LayerStoreError(
                .input,
                "an image cannot be called '\(name)' beside \(other): one name begins with the other and a slash; --name gives another one"
            )
        }
    }

    /// Imports an image.
    ///
    /// - Parameters:
    ///   - image: the image, opened.
    ///   - name: the name that its ref is made of, and by which it is found again.
    ///   - progress: called with what goes on, by any thread.
    public func importImage(
        _ image: OpenedImage, named name: String? = nil,
        progress: @escaping @Sendable (ImageProgress) -> Void = { _ in }
    ) throws -> ImportedImage {
        guard !type(of: settings.strategy.storage).isFloor else {
            throw LayerStoreError(
                .input,
                "the strategy \(settings.strategy) keeps no recipe, so an image could not be pushed; choose another")
        }
        try Remover(from: repository).finishInterrupted()
        let jobs = try plan(image)
        // Those that are held and whose blobs need nothing may not be there as files.
        try image.checkFiles(of: jobs.filter { !holds($0.descriptor, diffID: $0.diffID) }.map(\.descriptor))
        let brought = BroughtObjects()
        do {
            let layers = try run(jobs, brought, progress)
            return try publish(image, named: name ?? image.reference.description, layers)
        } catch {
            if Interruption.pending != nil {
                let count = jobs.filter { findHeld($0.descriptor, $0.diffID) }.count
                throw LayerStoreError(
                    .interrupted,
                    "interrupted; \(count) of \(jobs.count) layers are there, and the next import goes on with the others"
                )
            }
            throw ImageImporter.error(error, leaving: brought.withdraw(by: settings.strategy, in: repository))
        }
    }

    /// An error with what could not be taken away after it.
    static func error(_ error: any Error, leaving rest: String?) -> any Error {
        guard let rest else { return error }
        guard var error = error as? LayerStoreError else { return LayerStoreError(.input, "\(error); \(rest)") }
        error.message += "; \(rest)"
        return error
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

    /// How many layers at a time are of use. Each has threads of its own for its objects, but only one that inflates, and 16 MiB of
    /// buffers.
    public static let usefulJobs = min(Processors.count, 4)

    // MARK: The image

    private func publish(
        _ image: OpenedImage, named name: String, _ imported: [ImportedImage.Layer]
    ) throws -> ImportedImage {
        // Under the locks nobody withdraws a layer that the image is going to name, nor prunes its commit before the ref.
        let shared = try SharedLock(of: repository)
        defer { extendLifetime(shared) }
        let transaction = try Transaction(in: repository)
        let lock = try PublishingLock.untilInterrupted(of: repository)
        defer { extendLifetime(lock) }
        try StoredLayers(in: repository).removeUnfinished()
        let blobs = StoredBlobs(repository: repository)
        var layers: [ImportedImage.Layer] = []
        var merge = TreeMerge(of: "\(image.reference)", in: repository, policy: settings.policy)
        for descriptor in image.manifest.layers {
            try Interruption.check()
            guard let layer = imported.first(where: { $0.descriptor.digest == descriptor.digest }),
                let commit = try repository.resolveAnywhere(ref: layer.ref)
            else {
                throw LayerStoreError(.check, "the layer \(descriptor.digest) went away while the image was imported")
            }
            switch layer.blob {
            case .recipe, .kept:
                guard try blobs.form(of: descriptor.digest) != nil else {
                    throw LayerStoreError(
                        .check, "what makes the blob \(descriptor.digest) again went away while the image was imported")
                }
            case .stream, .lost: break
            }
            layers.append(layer)
            try merge.add(try repository.commit(commit))
        }
        let draft = ImageCommit.draft(
            named: name, image.manifest, image.configuration, blobs: settings.blobs, paths: settings.policy)
        let commit = try transaction.write(draft, root: try merge.write(in: transaction))
        try transaction.commit()
        let ref = LayerRefs.image(name)
        try repository.markWhole(commit)
        try repository.show(commit, as: ref)
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

/// What was found out about layers.
private final class HeldLayers: Sendable {
    private let known = Mutex<[Descriptor: Bool]>([:])

    func value(of layer: Descriptor, _ find: () -> Bool) -> Bool {
        if let value = known.withLock({ $0[layer] }) { return value }
        let value = find()
        known.withLock { $0[layer] = value }
        return value
    }
}
