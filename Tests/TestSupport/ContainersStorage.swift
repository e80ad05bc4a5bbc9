private import Digests
private import Foundation

/// Podman's and buildah's storage: it keeps a tar-split file of every layer that it takes in.
public enum ContainersStorage {
    /// The file that it keeps of a layer; nil where there is no buildah to ask.
    public static func tarSplitFile(of layer: [UInt8]) throws -> [UInt8]? {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        // Others than root would need user namespaces.
        guard getuid() == 0, folders.contains(where: { FileManager.default.isExecutableFile(atPath: "\($0)/buildah") })
        else { return nil }
        let folder = try TemporaryFolder()
        let configuration = """
            [storage]
            driver = "vfs"
            graphroot = "\(folder.path("graph"))"
            runroot = "\(folder.path("run"))"
            """
        let storage = try folder.write(Array(configuration.utf8), to: "storage.conf")
        let policy = try folder.write(
            Array(#"{"default":[{"type":"insecureAcceptAnything"}]}"#.utf8), to: "policy.json")
        let image = try folder.write(dockerArchive(layer), to: "image.tar")
        let result = try run(
            "buildah", ["pull", "--quiet", "--signature-policy", policy, "docker-archive:" + image],
            environment: [
                "CONTAINERS_STORAGE_CONF": storage, "STORAGE_DRIVER": "vfs", "BUILDAH_ISOLATION": "chroot",
                "TMPDIR": folder.path,
            ])
        guard result.exitCode == 0 else { throw ProgramError(description: "buildah pull: \(result.errors)") }
        let layers = try FileManager.default.contentsOfDirectory(atPath: folder.path("graph/vfs-layers"))
        guard let name = layers.first(where: { $0.hasSuffix(".tar-split.gz") }) else {
            throw ProgramError(description: "buildah keeps no tar-split file, but \(layers)")
        }
        return try folder.read("graph/vfs-layers/" + name)
    }

    /// An image of one layer, as `docker save` writes it.
    private static func dockerArchive(_ layer: [UInt8]) -> [UInt8] {
        let diffID = SHA256Stream.digest(of: layer).description
        let configuration = """
            {"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":["\(diffID)"]}}
            """
        let manifest = #"[{"Config":"config.json","RepoTags":["layer:latest"],"Layers":["layer.tar"]}]"#
        return TarBuilder.stream { tar in
            tar.file("config.json", Array(configuration.utf8))
            tar.file("layer.tar", layer)
            tar.file("manifest.json", Array(manifest.utf8))
        }
    }
}
