import Foundation
import Images
import Processes

/// Images that lie at a path of this machine.
enum LocalImages {
    private static let nameKey = "org.opencontainers.image.ref.name"

    /// The images at an absolute path: those of an OCI image layout, of what containers' tools call `dir:`, or of an archive of
    /// `docker save` or of a layout. Empty where there is none: at a layer, or a folder of other things.
    static func references(at path: String) throws(LocatedError) -> [ImageReference] {
        let manager = FileManager.default
        guard manager.fileExists(atPath: path) else { return [] }
        guard manager.fileExists(atPath: path + "/.") else {
            guard let archive = ImageArchive(path) else { return [] }
            guard let compression = archive.compression else { return archive.references }
            throw LocatedError(
                "it is an archive of images in \(compression), and archives are taken as they are", in: path,
                remedy: "undo that first: \(compression == "zstd" ? "zstd -d" : "gunzip -k") \(path)")
        }
        if manager.fileExists(atPath: path + "/index.json"), manager.fileExists(atPath: path + "/blobs/sha256") {
            guard let data = ArchiveDocuments.file(path + "/index.json"), let names = names(ofIndex: data) else {
                throw LocatedError("its index.json is no index of images", in: path)
            }
            guard names.count == 1 || !names.contains(nil) else {
                throw LocatedError(
                    "this layout has \(names.count) images, and not all of them have a name", in: path,
                    remedy: "give them names, as skopeo copy does (oci:\(path):TAG)")
            }
            return names.map { ImageReference(.ociLayout, path + ($0.map { ":\($0)" } ?? "")) }
        }
        let isFlat =
            manager.fileExists(atPath: path + "/manifest.json") && manager.fileExists(atPath: path + "/version")
        return isFlat ? [ImageReference(.directory, path)] : []
    }

    /// What an index calls its images, each name once; nil stands for one without a name. Nil where it is no index.
    static func names(ofIndex data: Data) -> [String?]? {
        struct Index: Decodable {
            struct Manifest: Decodable { var annotations: [String: String]? }
            var manifests: [Manifest]
        }
        guard let index = try? JSONDecoder().decode(Index.self, from: data), !index.manifests.isEmpty else {
            return nil
        }
        var names: [String?] = []
        for manifest in index.manifests {
            let name = manifest.annotations?[nameKey]
            // Images for several platforms may have one name.
            if name == nil || !names.contains(name) { names.append(name) }
        }
        return names
    }
}
