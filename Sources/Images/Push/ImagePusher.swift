public import Digests
internal import Foundation
internal import LayerStore
public import OSTree

/// What a push did.
public struct PushedImage: Sendable {
    public var image: StoredImage
    public var destination: ImageReference
    /// The digest of the manifest as it was pushed. Transports that make manifests of their own have another one then.
    public var manifestDigest: Digest
    /// One for each layer of the manifest, the lowest first.
    public var layers: [Layer]

    public struct Layer: Sendable {
        public var diffID: Digest
        /// The blob's digest as it was pulled, and as it was pushed.
        public var pulled: Digest
        public var pushed: Digest
        public var byteCount: UInt64
        /// How the blob was made, in a few words.
        public var method: String
    }

    /// Whether the manifest is the one that was pulled, so that signatures of it hold.
    public var keepsDigests: Bool { manifestDigest == image.manifest.digest && destination.transport.keepsManifests }
}

/// Pushes images out of a repository: into an image layout or a `dir:` directly, everywhere else by skopeo.
public struct ImagePusher {
    private let repository: Repository
    private let registry: RegistryOptions
    private let jobs: Int?
    private let rewrites: Bool
    private let temporaryFolder: String

    /// Pushes images out of a repository.
    ///
    /// - Parameters:
    ///   - repository: where they are.
    ///   - registry: how skopeo reaches registries.
    ///   - jobs: blobs that are made at a time; nil for one on each processor.
    ///   - rewrites: whether a blob that cannot be made again is compressed anew, though the image was imported so that all can.
    ///   - temporaryFolder: where an image waits for skopeo. Not in the repository, which may be read-only on a running host.
    public init(
        from repository: Repository, registry: RegistryOptions = .init(), jobs: Int? = nil, rewrites: Bool = false,
        temporaryFolder: String
    ) {
        self.temporaryFolder = temporaryFolder
        self.repository = repository
        self.registry = registry
        self.jobs = jobs
        self.rewrites = rewrites
    }

    /// Pushes an image. Every layer is checked by its diff ID and every blob by its digest before anything names them.
    ///
    /// - Parameters:
    ///   - image: what the repository holds.
    ///   - destination: where it goes.
    ///   - progress: called with what goes on, by any thread.
    ///   - sending: called once, when all is written and skopeo begins to send it.
    public func push(
        _ image: StoredImage, to destination: ImageReference,
        progress: @escaping @Sendable (ImageProgress) -> Void = { _ in }, sending: () -> Void = {}
    ) throws -> PushedImage {
        let plans = try BlobPlan.all(of: image, in: repository, rewrites: rewrites)
        guard !destination.hasNoFolder else {
            throw LayerStoreError(.input, "'\(destination)' names no folder")
        }
        switch destination.transport {
        case .ociLayout:
            let (folder, tag) = destination.layout(isFolder: { FileManager.default.fileExists(atPath: $0) })
            let writer = try ImageWriter(ImageFiles(folder: folder, form: .layout), tag: tag)
            return try write(image, plans, by: writer, destination, progress)
        case .directory:
            let writer = try ImageWriter(ImageFiles(folder: destination.location, form: .flat))
            return try write(image, plans, by: writer, destination, progress)
        default:
            let skopeo = try Skopeo(for: "\(destination)", registry)
            let temporary = try TemporaryFolder(in: temporaryFolder)
            let folder = temporary.path + "/image"
            let writer = try ImageWriter(ImageFiles(folder: folder, form: .flat))
            let pushed = try write(image, plans, by: writer, destination, progress)
            sending()
            try skopeo.copy(
                ImageReference(.directory, folder), to: destination,
                preservingDigests: destination.transport.keepsManifests)
            return pushed
        }
    }

    private func write(
        _ image: StoredImage, _ plans: [BlobPlan], by writer: ImageWriter, _ destination: ImageReference,
        _ progress: @escaping @Sendable (ImageProgress) -> Void
    ) throws -> PushedImage {
        // The same layer may be there twice.
        var distinct: [BlobPlan] = []
        for plan in plans where !distinct.contains(where: { $0.descriptor.digest == plan.descriptor.digest }) {
            distinct.append(plan)
        }
        let blobs = BlobWriter(files: writer.files)
        let parallel = ParallelJobs()
        let written = try parallel.run(distinct.map(\.descriptor.byteCount), threads: jobs ?? Processors.count) {
            [distinct] index in
            let plan = distinct[index]
            progress(.began(layer: index, byteCount: plan.descriptor.byteCount))
            let blob = try blobs.write(plan) { byteCount in
                try parallel.check()
                progress(.advanced(layer: index, byteCount: byteCount))
            }
            if let path = blob.newFile { writer.add(path) }
            progress(.ended(layer: index, blob.wasThere ? "was there already" : plan.rebuilder.methodName))
            return blob
        }
        let all = plans.map { plan in
            written[distinct.firstIndex { $0.descriptor.digest == plan.descriptor.digest }!]
        }
        let manifest = try RewrittenManifest(image.manifest, all)
        try writer.finish(manifest, configuration: image.configuration, digest: image.manifest.configuration.digest)
        return PushedImage(
            image: image, destination: destination, manifestDigest: manifest.digest,
            layers: zip(plans, all).map { plan, blob in
                .init(
                    diffID: plan.rebuilder.diffID, pulled: plan.descriptor.digest, pushed: blob.digest,
                    byteCount: blob.byteCount,
                    method: blob.wasThere ? "was there already" : plan.rebuilder.methodName)
            })
    }
}
