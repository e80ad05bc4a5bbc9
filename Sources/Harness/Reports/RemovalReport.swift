internal import Digests
public import Images
public import OSTree

/// What a removal did, for people and for scripts.
public struct RemovalReport: Reportable, Codable, Sendable {
    public var schemaVersion = LayerResult.currentSchemaVersion
    /// The image's name, or what the layer was named by.
    public var name: String
    /// `image` or `layer`.
    public var kind: String
    /// Refs of the image.
    public var imageRefs: [String]
    public var layers: [Layer]
    /// Blobs of the image whose layers stay.
    public var keptLayers: [String]
    /// Dictionaries that stay, though no layer needs them any more.
    public var unusedDictionaries: [String]

    /// A layer that was removed, under one of its blobs.
    public struct Layer: Codable, Sendable {
        public var ref: String
        public var diffID: String
    }

    public init(_ removed: RemovedContent) {
        name = removed.name
        kind = removed.imageRefs.isEmpty ? "layer" : "image"
        imageRefs = removed.imageRefs
        layers = removed.layers.map { Layer(ref: $0.ref, diffID: $0.diffID.description) }
        keptLayers = removed.keptLayers.map(\.description)
        unusedDictionaries = removed.unusedDictionaries.map(\.hex)
    }

    public var text: String {
        var lines = imageRefs.map { "removed   \($0)" } + layers.map { "removed   \($0.ref), layer \($0.diffID)" }
        lines += keptLayers.map { "kept      the layer \($0)" }
        lines += unusedDictionaries.map { "kept      layerlab/dictionary/\($0), which no layer needs any more" }
        return lines.joined(separator: "\n")
    }
}

/// What a prune did after removals.
public struct PruningReport: Reportable, Codable, Sendable {
    public var schemaVersion = LayerResult.currentSchemaVersion
    public var kind = "prune"
    /// Objects that there were.
    public var objects: Int
    public var deletedObjects: Int
    public var freedBytes: UInt64

    public init(_ pruning: Pruning) {
        (objects, deletedObjects, freedBytes) = (pruning.objects, pruning.deleted, pruning.freedBytes)
    }

    public var text: String {
        "pruned    \(Figure.count(deletedObjects)) of \(Figure.count(objects)) objects, \(Figure.count(freedBytes)) bytes"
    }
}
