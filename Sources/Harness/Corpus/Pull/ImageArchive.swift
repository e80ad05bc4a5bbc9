import Foundation
import Images

/// A tar that holds images and not a layer's files: of `docker save`, or of an image layout.
struct ImageArchive {
    /// How each of its images is named.
    let references: [ImageReference]
    /// The compression that it is in, `gzip` or `zstd`; nil for none.
    let compression: String?

    /// Nil where the file is something else. Only its headers are read, and the documents that name images; of one that is
    /// compressed, no more than its first entries where they are a layer's.
    init?(_ path: String) {
        guard let archive = ArchiveDocuments(path) else { return nil }
        compression = archive.compression
        if let data = archive.documents["manifest.json"], let names = ImageArchive.names(ofDockerManifest: data) {
            references = names.enumerated().map { index, name in
                if names.count == 1 { return ImageReference(.dockerArchive, path) }
                // One without a name has its place in the list.
                return ImageReference(.dockerArchive, "\(path):\(name ?? "@\(index)")")
            }
        } else if archive.documents["oci-layout"] != nil, let data = archive.documents["index.json"],
            let names = LocalImages.names(ofIndex: data)
        {
            references = names.map { ImageReference(.ociArchive, path + ($0.map { ":\($0)" } ?? "")) }
        } else {
            return nil
        }
    }

    /// The names of the images that `docker save` lists, nil for one that has none; nil where the document is another one.
    private static func names(ofDockerManifest data: Data) -> [String?]? {
        struct Image: Decodable {
            var config: String
            var repoTags: [String]?
            var layers: [String]

            enum CodingKeys: String, CodingKey {
                case config = "Config"
                case repoTags = "RepoTags"
                case layers = "Layers"
            }
        }
        guard let images = try? JSONDecoder().decode([Image].self, from: data), !images.isEmpty else { return nil }
        return images.map { $0.repoTags?.first }
    }
}
