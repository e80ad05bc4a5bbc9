internal import Digests
internal import Foundation
internal import LayerStore

/// A manifest as it is pushed: the one that was pulled, byte for byte, unless layers have other blobs now.
struct RewrittenManifest: Sendable {
    let bytes: [UInt8]
    let digest: Digest
    let mediaType: String
    /// The layers' blobs.
    let blobs: [Digest]

    /// - Parameter written: the layers' blobs as they were written, the lowest first.
    init(_ manifest: ImageManifest, _ written: [BlobWriter.Written]) throws {
        blobs = written.map(\.digest)
        mediaType = manifest.mediaType
        guard blobs != manifest.layers.map(\.digest) else {
            (bytes, digest) = (manifest.bytes, manifest.digest)
            return
        }
        guard var document = try JSONSerialization.jsonObject(with: Data(manifest.bytes)) as? [String: Any],
            var layers = document["layers"] as? [[String: Any]], layers.count == written.count
        else { throw LayerStoreError(.check, "the manifest \(manifest.digest) cannot be rewritten") }
        for (index, blob) in written.enumerated() where blob.digest != manifest.layers[index].digest {
            layers[index]["digest"] = blob.digest.description
            layers[index]["size"] = blob.byteCount
            layers[index]["mediaType"] = MediaType.gzipLayer(like: manifest.layers[index].mediaType)
            // Annotations of the blob's own bytes, such as where zstd:chunked has its table, hold no more.
            let annotations = (layers[index]["annotations"] as? [String: Any])?.filter {
                !$0.key.hasPrefix("io.github.containers.zstd-chunked")
                    && !$0.key.hasPrefix("containerd.io/snapshot/stargz")
            }
            layers[index]["annotations"] = annotations?.isEmpty == false ? annotations : nil
        }
        document["layers"] = layers
        bytes = Array(
            try JSONSerialization.data(withJSONObject: document, options: [.sortedKeys, .withoutEscapingSlashes]))
        digest = SHA256Stream.digest(of: bytes)
    }
}
