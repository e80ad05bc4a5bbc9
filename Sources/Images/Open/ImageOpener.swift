public import Digests
internal import Foundation
internal import LayerStore

/// Finds an image, checks its documents, and sees to that its layers' blobs are files: an image layout and a `dir:` are read
/// where they are, everything else is fetched by skopeo.
public struct ImageOpener {
    private let platform: Platform
    private let temporaryFolder: String
    private let registry: RegistryOptions
    private let isHeld: (Descriptor, _ diffID: Digest) -> Bool
    private let fetched: (UInt64, UInt64?) -> Void

    /// - Parameters:
    ///   - platform: which image of an index.
    ///   - temporaryFolder: where fetched blobs wait, in a folder of their own.
    ///   - registry: how skopeo reaches registries.
    ///   - isHeld: whether a layer is there already, so that it need not be fetched.
    ///   - fetched: told, while something is fetched, the bytes so far and, where known, in all.
    public init(
        platform: Platform = .host, temporaryFolder: String, registry: RegistryOptions = .init(),
        isHeld: @escaping (Descriptor, Digest) -> Bool = { _, _ in false },
        fetched: @escaping (UInt64, UInt64?) -> Void = { _, _ in }
    ) {
        self.platform = platform
        self.temporaryFolder = temporaryFolder
        self.registry = registry
        self.isHeld = isHeld
        self.fetched = fetched
    }

    /// Copies an image of one platform by skopeo, with its digests where source and destination have such.
    public func copy(_ source: ImageReference, to destination: ImageReference) throws {
        let skopeo = try Skopeo(for: "\(source)", registry)
        try skopeo.copy(source, to: destination, preservingDigests: false, platform: platform)
    }

    /// Opens an image; `mustMatch` says whether one for another platform is an error. An index's is in any case.
    public func open(_ reference: ImageReference, mustMatch: Bool = false) throws -> OpenedImage {
        let image = try find(reference)
        if mustMatch, let other = image.configuration.platform, !platform.accepts(other) {
            throw failure(reference, "it is an image for \(other), not for \(platform)")
        }
        return image
    }

    private func find(_ reference: ImageReference) throws -> OpenedImage {
        guard !reference.hasNoFolder else { throw failure(reference, "it names no image") }
        return switch reference.transport {
        case .ociLayout: try openLayout(reference)
        case .directory: try openFlat(reference, in: reference.location)
        case .docker: try fetchMissing(reference)
        default: try fetch(reference)
        }
    }

    // MARK: Files

    private func openLayout(_ reference: ImageReference) throws -> OpenedImage {
        let (folder, tag) = reference.layout(isFolder: ImageOpener.isFolder)
        guard ImageOpener.isFolder(folder) else { throw failure(reference, "there is no folder \(folder)") }
        let files = ImageFiles(folder: folder, form: .layout)
        let document = try files.document(file: "index.json")
        guard let index = try ImageIndex(document) else { throw document.failure("it is no index") }
        return try image(reference, chosen(tag, of: index, reference), from: files)
    }

    /// The image that a layout's index calls by a tag.
    private func chosen(_ tag: String?, of index: ImageIndex, _ reference: ImageReference) throws -> Descriptor {
        let nameKey = "org.opencontainers.image.ref.name"
        let names = index.manifests.compactMap { $0.annotations[nameKey] }
        if let tag {
            let named = index.manifests.filter { $0.annotations[nameKey] == tag }
            let found = named.first { $0.platform.map(platform.accepts) ?? true } ?? named.first
            if let found { return found }
            throw failure(
                reference,
                "it has no image '\(tag)', but: \(names.isEmpty ? "none that is named" : names.joined(separator: ", "))"
            )
        }
        guard index.manifests.count == 1, let only = index.manifests.first else {
            throw failure(
                reference,
                "it has \(index.manifests.count) images; name one as \(reference):TAG"
                    + (names.isEmpty ? "" : ", TAG being one of: \(names.joined(separator: ", "))"))
        }
        return only
    }

    /// The image of a descriptor, which may be one of an index, whose own indexes are followed a few steps.
    private func image(
        _ reference: ImageReference, _ descriptor: Descriptor, from files: ImageFiles
    ) throws -> OpenedImage {
        var descriptor = descriptor
        for _ in 0..<4 {
            let document = try files.document("\(reference): manifest \(descriptor.digest)", descriptor)
            guard let index = try ImageIndex(document) else {
                let manifest = try ImageManifest(document, mediaType: descriptor.mediaType)
                return try image(reference, manifest, from: files)
            }
            descriptor = try index.manifest(for: platform, in: document)
        }
        throw failure(reference, "its indexes name each other without end")
    }

    private func image(
        _ reference: ImageReference, _ manifest: ImageManifest, from files: ImageFiles,
        temporary: TemporaryFolder? = nil
    ) throws -> OpenedImage {
        let name = "\(reference): configuration \(manifest.configuration.digest)"
        let configuration = try ImageConfiguration(files.document(name, manifest.configuration), of: manifest)
        return OpenedImage(reference, manifest, configuration, files, temporary: temporary)
    }

    private func openFlat(
        _ reference: ImageReference, in folder: String, temporary: TemporaryFolder? = nil
    ) throws -> OpenedImage {
        guard ImageOpener.isFolder(folder) else { throw failure(reference, "there is no folder \(folder)") }
        let files = ImageFiles(folder: folder, form: .flat)
        var document = try files.document(file: "manifest.json")
        if let index = try ImageIndex(document) {
            let chosen = try index.manifest(for: platform, in: document)
            // skopeo copy --all puts the manifests of an index beside it.
            let file = "\(chosen.digest.hex).manifest.json"
            document = try ImageDocument(
                "\(reference): manifest \(chosen.digest)", files.document(file: file).bytes, expecting: chosen)
        }
        return try image(reference, ImageManifest(document), from: files, temporary: temporary)
    }

    // MARK: Fetching

    /// Fetches the documents first, and then the blobs of those layers that are not there already.
    private func fetchMissing(_ reference: ImageReference) throws -> OpenedImage {
        let skopeo = try Skopeo(for: "\(reference)", registry)
        var (source, document) = (
            reference, try ImageDocument("\(reference): manifest", try skopeo.manifest(of: reference))
        )
        var mediaType: String?
        if let index = try ImageIndex(document) {
            let chosen = try index.manifest(for: platform, in: document)
            mediaType = chosen.mediaType
            source = try at(chosen.digest, reference)
            document = try ImageDocument(
                "\(reference): manifest \(chosen.digest)", try skopeo.manifest(of: source), expecting: chosen)
        }
        let manifest = try ImageManifest(document, mediaType: mediaType)
        // A tag may be moved to another image meanwhile.
        source = try at(manifest.digest, reference)
        let name = "\(reference): configuration \(manifest.configuration.digest)"
        let bytes = try skopeo.configuration(of: source)
        let configuration = try ImageConfiguration(
            ImageDocument(name, bytes, expecting: manifest.configuration), of: manifest)

        let temporary = try TemporaryFolder(in: temporaryFolder)
        let files = ImageFiles(folder: temporary.path, form: .layout)
        let image = OpenedImage(reference, manifest, configuration, files, temporary: temporary)
        let layers = zip(manifest.layers, configuration.diffIDs)
        let missing = layers.filter { !isHeld($0, $1) }.map(\.0)
        guard !missing.isEmpty else { return image }
        // skopeo takes a blob that is in an image layout for fetched; what is held is a hole of the same size.
        let held = Set(manifest.layers).subtracting(missing)
        try FileManager.default.createDirectory(
            atPath: temporary.path + "/blobs/sha256", withIntermediateDirectories: true)
        for layer in held { try ImageOpener.makeHole(files.path(of: layer.digest), layer.byteCount) }
        let heldBytes = held.reduce(0) { $0 + $1.byteCount }
        let total = Set(missing).reduce(0) { $0 + $1.byteCount }
        // The layout may get another manifest than this one, where it cannot hold its type: it is there for its blobs.
        try skopeo.copy(
            source, to: ImageReference(.ociLayout, temporary.path + ":image"), preservingDigests: false
        ) { [fetched] in
            let byteCount = temporary.byteCount
            fetched(byteCount > heldBytes ? byteCount - heldBytes : 0, total)
        }
        return image
    }

    private func at(_ digest: Digest, _ reference: ImageReference) throws(LayerStoreError) -> ImageReference {
        guard let image = reference.at(digest.description) else {
            throw failure(reference, "it has no manifests by digest")
        }
        return image
    }

    private static func makeHole(_ path: String, _ byteCount: UInt64) throws {
        guard FileManager.default.createFile(atPath: path, contents: nil) else {
            throw LayerStoreError(.input, "cannot write \(path)")
        }
        let handle = try FileHandle(forWritingTo: URL(filePath: path))
        try handle.truncate(atOffset: byteCount)
        try handle.close()
    }

    /// Fetches all of an image.
    private func fetch(_ reference: ImageReference) throws -> OpenedImage {
        let skopeo = try Skopeo(for: "\(reference)", registry)
        let temporary = try TemporaryFolder(in: temporaryFolder)
        let folder = temporary.path + "/image"
        try skopeo.copy(
            reference, to: ImageReference(.directory, folder),
            preservingDigests: reference.transport.keepsManifests, platform: platform
        ) { [fetched] in fetched(temporary.byteCount, nil) }
        return try openFlat(reference, in: folder, temporary: temporary)
    }

    private static func isFolder(_ path: String) -> Bool {
        let target = URL(filePath: path).resolvingSymlinksInPath().path
        return (try? FileManager.default.attributesOfItem(atPath: target))?[.type] as? FileAttributeType
            == .typeDirectory
    }

    private func failure(_ reference: ImageReference, _ reason: String) -> LayerStoreError {
        LayerStoreError(.input, "\(reference): \(reason)")
    }
}
