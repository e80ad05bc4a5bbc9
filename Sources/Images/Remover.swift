public import Digests
internal import LayerStore
public import OSTree
internal import Strategies

/// Takes layers and images out of a repository. Their objects stay until the next prune, as with all that ostree removes.
///
/// Every layer is there as a whole or not at all, wherever a removal is cut short. What goes is written down first, as a ref
/// `layerlab/removed/<blob>` to the layer's commit; then the refs go that show it, then what is kept beside it, and the
/// note last. Whoever imports or removes next takes away what is left of layers that are noted and gone; a layer that is
/// there, for whatever reason, stays, and its note goes.
public struct Remover {
    let repository: Repository

    public init(from repository: Repository) { self.repository = repository }

    /// A layer under one of its blobs.
    struct Doomed: Hashable {
        var blob: Digest
        var layer: StoredLayer
    }

    /// Removes an image as `push` names it, or a layer as `rebuild` does: by its diff ID under all of its names.
    ///
    /// - Parameters:
    ///   - name: the image's, or any of the layer's.
    ///   - keepsLayers: whether an image's layers stay, as layers of their own.
    public func remove(_ name: String, keepsLayers: Bool = false) throws -> RemovedContent {
        let shared = try SharedLock(of: repository)
        let lock = try PublishingLock.untilInterrupted(of: repository)
        defer { extendLifetime((shared, lock)) }
        try StoredLayers(in: repository).removeUnfinished()
        try finish()
        let needs = try StoredImages(in: repository).needs()
        if let layers = try layers(named: name) {
            guard !keepsLayers else {
                throw LayerStoreError(.input, "'\(name)' is a layer, and --keep-layers is for images")
            }
            return try remove(layers, named: name, needs)
        }
        return try remove(imageNamed: name, needs, keepsLayers: keepsLayers)
    }

    /// Finishes removals that were cut short. Where there are none, nobody is waited for.
    public func finishInterrupted() throws {
        guard try !repository.refs(below: LayerRefs.removals).isEmpty else { return }
        let shared = try SharedLock(of: repository)
        let lock = try PublishingLock.untilInterrupted(of: repository)
        defer { extendLifetime((shared, lock)) }
        try finish()
    }

    // MARK: Layers

    /// The layers that a name stands for; nil where it names none.
    private func layers(named name: String) throws -> [StoredLayers.Entry]? {
        let layers = StoredLayers(in: repository)
        if let digest = Digest(oci: name) ?? Digest(hex: name) {
            let named = try layers.everywhere().filter { $0.layer.diffID == digest }
            if !named.isEmpty { return named }
            return try layers.layer(ofBlob: digest).map { [$0] }
        }
        guard LayerRefs.digest(ofBlob: name) != nil || name.contains(":\(LayerRefs.blobs)/"),
            try repository.resolveAnywhere(ref: name) != nil
        else { return nil }
        return [try layers.find(name)]
    }

    private func remove(
        _ entries: [StoredLayers.Entry], named name: String, _ needs: [StoredImages.Need]
    ) throws -> RemovedContent {
        let doomed = try entries.map { entry in
            guard let blob = LayerRefs.digest(ofBlob: entry.ref), try repository.resolve(ref: entry.ref) != nil else {
                throw foreign(entry.ref)
            }
            return Doomed(blob: blob, layer: entry.layer)
        }
        for layer in doomed {
            guard let image = needs.first(where: { $0.blobs.contains(layer.blob) }) else { continue }
            throw LayerStoreError(
                .input,
                "the layer \(layer.blob) belongs to the image '\(image.name)' (\(image.ref)), which could not be pushed without it; remove the image first, and its layers go with it"
            )
        }
        return try take(doomed, RemovedContent(name: name, entries))
    }

    // MARK: Images

    private func remove(
        imageNamed name: String, _ needs: [StoredImages.Need], keepsLayers: Bool
    ) throws -> RemovedContent {
        let found = try find(image: name)
        let shown = try StoredImages(in: repository).everywhere().filter {
            $0.commit == found.commit && (found.ref == nil || $0.ref == found.ref)
        }
        let refs = try shown.compactMap(\.ref).filter {
            try $0.hasPrefix(LayerRefs.images + "/") && repository.resolve(ref: $0) == found.commit
        }
        guard !refs.isEmpty else {
            if let ref = shown.first?.ref { throw foreign(ref) }
            throw LayerStoreError(
                .input, "no ref shows the image \(found.commit.hex) any more: ostree prune --refs-only removes it")
        }
        var removed = RemovedContent(name: found.name, refs: refs)
        let others = needs.filter { !refs.contains($0.ref) }
        var doomed: [Doomed] = []
        for blob in Set(found.manifest.layers.map(\.digest)).sorted() {
            guard let commit = try repository.resolve(ref: LayerRefs.blob(blob)),
                let entry = try? StoredLayers(in: repository).layer(ofBlob: blob), entry.layer.commit == commit
            else { continue }
            if keepsLayers || others.contains(where: { $0.blobs.contains(blob) }) {
                removed.keptLayers.append(blob)
            } else {
                doomed.append(Doomed(blob: blob, layer: entry.layer))
                removed.add(entry)
            }
        }
        return try take(doomed, removed, images: refs)
    }

    /// What was meant, perhaps, and some of what is there.
    private func hint(of name: String) throws -> String {
        let images = try StoredImages(in: repository).all().map(\.name)
        let layers = try StoredLayers(in: repository).names().map(\.ref)
        guard !(images + layers).isEmpty else { return "it holds neither" }
        let close = nearest(to: name, among: images + layers).map { "did you mean '\($0)'? " } ?? ""
        let known = (images + layers).prefix(3).joined(separator: ", ")
        return "\(close)it holds \(images.count) images and \(layers.count) layers: \(known)"
            + (images.count + layers.count > 3 ? " …" : "")
    }

    /// The image of a name. Where there is none of that name, there is no layer either.
    private func find(image name: String) throws -> StoredImage {
        do {
            return try StoredImages(in: repository).find(name)
        } catch let error as LayerStoreError where error.kind == .input {
            let isKnown =
                (Digest(oci: name) ?? Digest(hex: name)) == nil && (try? repository.resolveAnywhere(ref: name)) != nil
            throw LayerStoreError(
                .input,
                isKnown
                    ? error.message : "\(repository.path) has no layer and no image '\(name)'; \(try hint(of: name))")
        }
    }

    private func foreign(_ ref: String) -> LayerStoreError {
        LayerStoreError(
            .input,
            "\(ref) is no ref of this program's imports in \(repository.path); ostree refs --delete takes it away")
    }

    // MARK: Taking away

    /// Takes away what is decided: the images' refs, then the layers.
    private func take(_ doomed: [Doomed], _ content: RemovedContent, images refs: [String] = []) throws
        -> RemovedContent
    {
        var content = content
        do {
            for layer in doomed { try repository.set(ref: LayerRefs.removal(layer.blob), to: layer.layer.commit) }
            for ref in refs { try repository.remove(ref: ref) }
            try repository.sync(refs: refs)
            for layer in doomed { try repository.remove(ref: LayerRefs.blob(layer.blob)) }
            try cleanUp(after: doomed)
        } catch {
            // What has not gone stays, and is no removal any more.
            for layer in doomed where (try? repository.resolve(ref: LayerRefs.blob(layer.blob))) == layer.layer.commit {
                try? repository.remove(ref: LayerRefs.removal(layer.blob))
            }
            throw error
        }
        content.unusedDictionaries = try content.dictionaries.subtracting(neededDictionaries()).sorted()
            .filter { try repository.resolve(ref: LayerRefs.dictionary($0)) != nil }
        return content
    }

    /// Cleans up after all removals that are written down; to be called with both locks. No layer goes by this: one whose ref
    /// is there was not removed, or came back.
    private func finish() throws {
        let layers = StoredLayers(in: repository)
        var gone: [Doomed] = []
        for (ref, commit) in try repository.refs(below: LayerRefs.removals).sorted(by: { $0.key < $1.key }) {
            guard let blob = LayerRefs.digest(ofRemoval: ref),
                try repository.resolveAnywhere(ref: LayerRefs.blob(blob)) == nil, try repository.has(.commit, commit),
                let layer = try layers.entry(of: commit)?.layer
            else {
                try repository.remove(ref: ref)
                continue
            }
            gone.append(Doomed(blob: blob, layer: layer))
        }
        if !gone.isEmpty { try cleanUp(after: gone) }
    }

    /// Takes away what is kept beside layers whose refs are gone, and their notes.
    private func cleanUp(after doomed: [Doomed]) throws {
        // A ref that a power cut brings back must find its recipe.
        try repository.sync(refs: doomed.map { LayerRefs.blob($0.blob) })
        let layers = StoredLayers(in: repository)
        let present = try layers.all() + layers.elsewhere()
        let shown = try layers.commitsShown()
        for layer in doomed {
            // How a blob is made again belongs to the blob.
            let form = LayerRefs.blobForm(layer.blob)
            if try repository.resolveAnywhere(ref: LayerRefs.blob(layer.blob)) == nil,
                try repository.resolve(ref: form) != nil
            {
                try repository.remove(ref: form)
            }
            let others = present.map(\.layer).filter { $0.diffID == layer.layer.diffID }
            if !shown.contains(layer.layer.commit) {
                try layers.entry(of: layer.layer.commit)?.strategy.storage.erase(layer.layer, in: repository)
                try LayerRefs.Companion.removeStale(of: layer.layer.diffID, keeping: others, in: repository)
            }
            for storage in Catalogue.knownStorages {
                try storage.removeStale(of: layer.layer.diffID, shown: shown, in: repository)
            }
            try repository.remove(ref: LayerRefs.removal(layer.blob))
        }
    }

    /// The dictionaries that the layers need which are there.
    private func neededDictionaries() throws -> Set<Digest> {
        try StoredLayers(in: repository).everywhere().reduce(into: []) {
            $0.formUnion($1.strategy.encoding.requiredDictionaries)
        }
    }
}

/// What a removal took away.
public struct RemovedContent: Sendable {
    public struct Layer: Hashable, Sendable {
        public var ref: String
        public var diffID: Digest
    }

    /// The image's name, or what the layer was named by.
    public var name: String
    /// Refs of an image; none where a layer was removed.
    public var imageRefs: [String] = []
    /// The layers, each under one ref.
    public var layers: [Layer] = []
    /// Blobs of the image whose layers stay: another image has them, or they were to be kept.
    public var keptLayers: [Digest] = []
    /// Dictionaries that no layer needs any more, and that stay nevertheless.
    public var unusedDictionaries: [Digest] = []
    /// The dictionaries that the layers needed.
    var dictionaries: Set<Digest> = []

    init(name: String, refs: [String]) { (self.name, imageRefs) = (name, refs) }

    init(name: String, _ entries: [StoredLayers.Entry]) {
        self.name = name
        for entry in entries { add(entry) }
    }

    mutating func add(_ entry: StoredLayers.Entry) {
        layers.append(Layer(ref: entry.ref, diffID: entry.layer.diffID))
        dictionaries.formUnion(entry.strategy.encoding.requiredDictionaries)
    }
}
