/// The media types that manifests name (OCI image specification 1.1, Docker image manifest version 2, schema 2).
enum MediaType {
    static let manifests: Set = [
        "application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json",
    ]
    static let indexes: Set = [
        "application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json",
    ]
    static let configurations: Set = [
        "application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json",
    ]
    static let ociManifest = "application/vnd.oci.image.manifest.v1+json"
    static let dockerManifest = "application/vnd.docker.distribution.manifest.v2+json"

    private static let plainLayers: Set = [
        "application/vnd.oci.image.layer.v1.tar", "application/vnd.docker.image.rootfs.diff.tar",
    ]
    private static let compressions: Set = ["gzip", "zstd"]

    /// Why a layer of this media type cannot be imported; nil where it can.
    static func refusal(ofLayer type: String) -> String? {
        if type.hasSuffix("+encrypted") {
            return "it is encrypted; decrypt the image first (skopeo copy --decryption-key)"
        }
        if type.contains(".nondistributable.") || type.contains(".foreign.") {
            return "it is a foreign layer, which is not part of the image and is not to be distributed"
        }
        return isLayer(type) ? nil : "layers of this type are not supported"
    }

    private static func isLayer(_ type: String) -> Bool {
        if plainLayers.contains(type) { return true }
        guard let separator = type.lastIndex(where: { $0 == "+" || $0 == "." }) else { return false }
        return plainLayers.contains(String(type[..<separator]))
            && compressions.contains(String(type[type.index(after: separator)...]))
    }

    /// The type of the same layer in gzip, after the manner of the one that it has.
    static func gzipLayer(like type: String) -> String {
        type.hasPrefix("application/vnd.docker.")
            ? "application/vnd.docker.image.rootfs.diff.tar.gzip" : "application/vnd.oci.image.layer.v1.tar+gzip"
    }
}
