public import Digests
internal import LayerStore
public import OSTree
internal import Strategies

/// An image in a repository.
public struct StoredImage: Sendable {
    /// The name by which it was imported.
    public let name: String
    /// The ref by which it was found; nil where it was found by its commit.
    public let ref: String?
    public let commit: Digest
    public let manifest: ImageManifest
    public let configuration: ImageConfiguration
    /// What becomes of blobs that no compressor makes again.
    public let blobPolicy: BlobPolicy
}

/// The images that a repository holds.
public struct StoredImages {
    private let repository: Repository

    public init(in repository: Repository) { self.repository = repository }

    /// All images that layerlab imported, by ref, those under remotes' names too. A ref whose commit cannot be read is nobody's image.
    public func all() throws -> [StoredImage] {
        try repository.refsEverywhere(below: LayerRefs.images).sorted { $0.key < $1.key }
            .compactMap { try? image($0.value, ref: $0.key) }
    }

    /// All images that any ref shows, under one that is not below `ostree/container/image` too: a host's own commits, for instance.
    func everywhere() throws -> [StoredImage] {
        try repository.refsEverywhere(below: nil).sorted { $0.key < $1.key }.compactMap { ref, commit in
            let name = ref.split(separator: ":", maxSplits: 1).last ?? ""
            guard !name.hasPrefix(LayerRefs.blobs + "/"), !name.hasPrefix("layerlab/") else { return nil }
            return try? image(commit, ref: ref)
        }
    }

    /// What an image needs, whoever imported it.
    struct Need {
        var ref: String
        var name: String
        var blobs: Set<Digest>
    }

    /// What all images need that any ref shows. One below `ostree/container/image` that cannot be read is an error: nobody knows
    /// which layers it needs.
    func needs() throws -> [Need] {
        try repository.refsEverywhere(below: nil).sorted { $0.key < $1.key }.compactMap { ref, commit in
            let name = ref.split(separator: ":", maxSplits: 1).last ?? ""
            guard !name.hasPrefix(LayerRefs.blobs + "/"), !name.hasPrefix("layerlab/") else { return nil }
            do {
                try repository.requireSound(commit: commit)
                let metadata = try repository.commit(commit)
                guard let text = metadata.metadataText(ImageCommit.manifestKey) else { return nil }
                let manifest = try ImageManifest(ImageDocument("the manifest of \(ref)", Array(text.utf8)))
                return Need(
                    ref: ref, name: metadata.metadataText(ImageCommit.nameKey) ?? ref,
                    blobs: Set(manifest.layers.map(\.digest)))
            } catch {
                guard name.hasPrefix(LayerRefs.images + "/") else { return nil }
                throw LayerStoreError(.check, "cannot tell which layers \(ref) needs, so none is removed: \(error)")
            }
        }
    }

    /// The image that a user names: as it was named when it was imported, by its ref, by its manifest's digest, or by the
    /// checksum of its commit, or of one that was made of it with its metadata.
    public func find(_ name: String) throws -> StoredImage {
        let ref = LayerRefs.image(name)
        if let commit = try? repository.resolveAnywhere(ref: ref) { return try image(commit, ref: ref) }
        if let digest = Digest(hex: name) {
            if try repository.has(.commit, digest) { return try image(digest, ref: nil) }
        } else if let digest = Digest(oci: name) {
            if let image = try all().first(where: { $0.manifest.digest == digest }) { return image }
        } else if let commit = try? repository.resolveAnywhere(ref: name) {
            return try image(commit, ref: name)
        }
        let known = try all()
        let hint =
            known.isEmpty
            ? "it holds no images yet; layerlab import adds one"
            : (nearest(to: name, among: known.map(\.name)).map { "did you mean '\($0)'? " } ?? "")
                + "it holds \(known.count): \(known.prefix(3).map(\.name).joined(separator: ", "))\(known.count > 3 ? " …" : "")"
        throw LayerStoreError(.input, "\(repository.path) has no image '\(name)'; \(hint)")
    }

    private func image(_ checksum: Digest, ref: String?) throws -> StoredImage {
        let name = ref ?? "commit \(checksum.hex)"
        // Another image's commit would be believed: it has a manifest with its digest, too.
        do throws(OSTreeError) { try repository.requireSound(commit: checksum) } catch {
            throw LayerStoreError(.check, "the image \(name) is damaged: \(error)", object: checksum)
        }
        let commit = try repository.commit(checksum)
        guard let manifestText = commit.metadataText(ImageCommit.manifestKey),
            let configurationText = commit.metadataText(ImageCommit.configurationKey),
            let digest = commit.metadataText(ImageCommit.manifestDigestKey).flatMap({ Digest(oci: $0) })
        else {
            throw LayerStoreError(.input, "\(name) is no image: its commit has no manifest and no configuration")
        }
        guard let policy = commit.metadataText(ImageCommit.blobPolicyKey).flatMap(BlobPolicy.init(rawValue:)) else {
            throw LayerStoreError(
                .input, "\(name) was not imported by layerlab, so that its layers cannot be made again; import it anew")
        }
        let document = try ImageDocument("the manifest of \(name)", Array(manifestText.utf8))
        guard document.digest == digest else {
            throw document.failure(
                "its digest is \(document.digest) instead of \(digest): the repository is damaged", .check)
        }
        let manifest = try ImageManifest(document)
        let configuration = try ImageConfiguration(
            ImageDocument(
                "the configuration of \(name)", Array(configurationText.utf8), expecting: manifest.configuration),
            of: manifest)
        return StoredImage(
            name: commit.metadataText(ImageCommit.nameKey) ?? name, ref: ref, commit: checksum, manifest: manifest,
            configuration: configuration, blobPolicy: policy)
    }
}
