internal import Digests
internal import LayerStore
internal import OSTree
internal import Strategies

/// The commit of an image: its tree is the merged tree of the layers, and its metadata hold the documents. ostree-ext's keys
/// are used for what it keeps too; here the documents are byte for byte what was pulled.
enum ImageCommit {
    /// `s`: the manifest's digest.
    static let manifestDigestKey = "ostree.manifest-digest"
    /// `s`: the manifest.
    static let manifestKey = "ostree.manifest"
    /// `s`: the configuration.
    static let configurationKey = "ostree.container.image-config"
    /// `s`: the name by which the image was imported.
    static let nameKey = "layerlab.image"
    /// `s`: what becomes of blobs that no compressor makes again.
    static let blobPolicyKey = "layerlab.blob-policy"
    /// `s`: how paths map.
    static let pathPolicyKey = "layerlab.policy"

    /// The draft of an image's commit. Nothing in it depends on when or where it was made.
    static func draft(
        named name: String, _ manifest: ImageManifest, _ configuration: ImageConfiguration, blobs: BlobPolicy,
        paths: PathPolicy
    ) -> CommitDraft {
        CommitDraft(
            subject: "image \(manifest.digest)",
            metadata: [
                (manifestDigestKey, .text(manifest.digest.description)),
                (manifestKey, .text(String(decoding: manifest.bytes, as: UTF8.self))),
                (configurationKey, .text(String(decoding: configuration.bytes, as: UTF8.self))),
                (nameKey, .text(name)),
                (blobPolicyKey, .text(blobs.rawValue)),
                (pathPolicyKey, .text(paths.rawValue)),
            ])
    }
}
