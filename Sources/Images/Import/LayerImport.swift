internal import Blobs
internal import Digests
internal import LayerStore
internal import OSTree
internal import Strategies

/// One layer of an image, with its blob.
struct LayerImport: Sendable {
    let number: Int
    let descriptor: Descriptor
    let diffID: Digest
    let path: String
    /// Whether the repository holds the layer already, by the strategy and the policy that are asked for.
    let isHeld: Bool
    let settings: ImageImporter.Settings

    /// - Parameter brought: told at once of everything that the repository has got.
    func run(
        in repository: Repository, _ jobs: ParallelJobs, brought: BroughtObjects,
        progress: @escaping @Sendable (ImageProgress) -> Void
    ) throws -> ImportedImage.Layer {
        progress(.began(layer: number, byteCount: descriptor.byteCount))
        let source = isHeld ? nil : try LayerSource(path)
        let blobs = StoredBlobs(repository: repository)
        let isCompressed = source.map { $0.compression != .none } ?? (descriptor.digest != diffID)
        // What was given up stays so: the blob of a layer that is held may not even be there.
        let mayNeedForm = isCompressed && !(isHeld && settings.blobs == .rewrite)
        let form = mayNeedForm ? blobs.wholeForm(of: descriptor.digest, byteCount: descriptor.byteCount) : nil
        if settings.blobs == .replay, case .kept = form {
            throw LayerStoreError(
                .input, "the blob \(descriptor.digest) is kept by an earlier import, and no known compressor makes it")
        }
        let search = mayNeedForm && form == nil ? BlobSearchJob(path, jobs) : nil
        var imported: ImportedLayer?
        do {
            if let source {
                let importer = Importer(
                    into: repository, strategy: settings.strategy, policy: settings.policy, proof: settings.proof,
                    dictionaries: settings.dictionaries)
                let expectation = LayerExpectation(
                    blob: descriptor.digest, blobByteCount: descriptor.byteCount, diffID: diffID,
                    maximumStreamBytes: settings.maximumLayerBytes)
                let layer = try importer.importLayer(from: source, expecting: expectation) { byteCount in
                    try jobs.check()
                    progress(.advanced(layer: number, byteCount: byteCount))
                }
                brought.add(layer)
                imported = layer
            }
            if let search {
                progress(.looksForCompressor(layer: number))
                let found = try search.result()
                // Where the layer was not read just now, nobody has looked at the file.
                if isHeld { try requireDigest() }
                let commit = try blobs.keep(
                    found, of: descriptor.digest, at: path, byteCount: descriptor.byteCount, by: settings.blobs)
                if let commit {
                    brought.add(commit, ofBlob: descriptor.digest)
                }
            }
            return try report(imported, isCompressed: isCompressed, search, blobs)
        } catch {
            search?.cancel()
            throw error
        }
    }

    private func requireDigest() throws {
        let source = try LayerSource(path, unsupported: .plain)
        while let _ = try source.next() {}
        guard source.blob == descriptor.digest else {
            throw LayerStoreError(
                .check,
                "\(path) is not the layer that the image names: its digest is \(source.blob) instead of \(descriptor.digest)"
            )
        }
    }

    private func report(
        _ imported: ImportedLayer?, isCompressed: Bool, _ search: BlobSearchJob?, _ blobs: StoredBlobs
    ) throws -> ImportedImage.Layer {
        let reason: String? = if case .some(.none(let reason)) = try search?.result() { reason } else { nil }
        let form = isCompressed ? try blobs.outcome(of: descriptor.digest, because: reason) : .stream
        return ImportedImage.Layer(
            descriptor: descriptor, diffID: diffID, ref: LayerRefs.blob(descriptor.digest), imported: imported,
            blob: form, blobStoredBytes: try blobs.storedByteCount(of: descriptor.digest))
    }
}
