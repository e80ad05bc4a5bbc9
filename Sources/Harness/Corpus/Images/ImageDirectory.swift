import Digests
import Foundation
import Processes

/// A layer as an image builder made it.
struct BuiltLayer: Equatable, Sendable {
    /// The blob as the builder wrote it.
    var path: String
    /// Whether the blob is gzip.
    var isCompressed: Bool
    /// What the image's configuration says of the uncompressed stream.
    var diffID: Digest
}

/// A directory that holds one image with its manifest, configuration and layers.
struct ImageDirectory {
    enum Form {
        /// The OCI image layout, with the tag of the image.
        case ociLayout(tag: String)
        /// What containers' tools call `dir:`: the manifest is `manifest.json`, and blobs lie beside it.
        case flat
    }

    let directory: String
    let form: Form

    private struct Descriptor: Decodable {
        var mediaType: String
        var digest: String
        var annotations: [String: String]?
    }
    private struct Index: Decodable { var manifests: [Descriptor] }
    private struct Manifest: Decodable {
        var config: Descriptor
        var layers: [Descriptor]
    }
    private struct Configuration: Decodable {
        var rootfs: RootFileSystem

        struct RootFileSystem: Decodable { var diffIDs: [String] }
        enum CodingKeys: String, CodingKey { case rootfs }
    }

    /// The image's layers, the lowest first.
    func layers() throws(LocatedError) -> [BuiltLayer] {
        let manifest: Manifest = try read(try manifestPath())
        let configuration: Configuration = try read(try blob(manifest.config.digest))
        let diffIDs = configuration.rootfs.diffIDs
        guard diffIDs.count == manifest.layers.count else {
            throw LocatedError(
                "the image has \(manifest.layers.count) layers and \(diffIDs.count) diff IDs", in: directory)
        }
        var layers: [BuiltLayer] = []
        for (layer, diffID) in zip(manifest.layers, diffIDs) {
            guard let digest = Digest(oci: diffID) else {
                throw LocatedError("`\(diffID)` is no diff ID", in: directory)
            }
            layers.append(
                BuiltLayer(
                    path: try blob(layer.digest), isCompressed: layer.mediaType.hasSuffix("gzip"), diffID: digest))
        }
        return layers
    }

    private func manifestPath() throws(LocatedError) -> String {
        guard case .ociLayout(let tag) = form else { return directory + "/manifest.json" }
        let index: Index = try read(directory + "/index.json")
        let named = index.manifests.first { $0.annotations?["org.opencontainers.image.ref.name"] == tag }
        guard let named else { throw LocatedError("has no image tagged \(tag)", in: directory) }
        return try blob(named.digest)
    }

    private func blob(_ digest: String) throws(LocatedError) -> String {
        guard let parsed = Digest(oci: digest) else { throw LocatedError("`\(digest)` is no digest", in: directory) }
        return if case .flat = form { "\(directory)/\(parsed.hex)" } else { "\(directory)/blobs/sha256/\(parsed.hex)" }
    }

    private func read<Value: Decodable>(_ path: String) throws(LocatedError) -> Value {
        do {
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .custom { keys in
                let key = keys[keys.count - 1].stringValue
                return AnyCodingKey(stringValue: key == "diff_ids" ? "diffIDs" : key)
            }
            return try decoder.decode(Value.self, from: try Data(contentsOf: URL(filePath: path)))
        } catch {
            throw LocatedError("is not what an image has here: \(error)", in: path)
        }
    }
}
