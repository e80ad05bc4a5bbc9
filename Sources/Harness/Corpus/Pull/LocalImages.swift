import Foundation
import Images
import Processes
import Tar

/// Images that lie at a path of this machine.
enum LocalImages {
    private static let nameKey = "org.opencontainers.image.ref.name"

    /// The images at an absolute path: those of an OCI image layout, of what containers' tools call `dir:`, or of an archive of
    /// `docker save` or of a layout. Empty where there is none: at a layer, or a folder of other things.
    static func references(at path: String) throws(LocatedError) -> [ImageReference] {
        let manager = FileManager.default
        guard manager.fileExists(atPath: path) else { return [] }
        guard manager.fileExists(atPath: path + "/.") else { return ImageArchive(path)?.references ?? [] }
        if manager.fileExists(atPath: path + "/index.json"), manager.fileExists(atPath: path + "/blobs/sha256") {
            guard let data = manager.contents(atPath: path + "/index.json"), let names = names(ofIndex: data) else {
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

/// A tar, not compressed, that holds images and not a layer's files.
struct ImageArchive {
    /// How each of its images is named.
    let references: [ImageReference]

    private struct Member {
        var offset: UInt64
        var byteCount: UInt64
    }

    private static let maximumDocumentBytes: UInt64 = 4 << 20
    private static let documents: Set = ["manifest.json", "index.json", "oci-layout"]

    /// Nil where the file is something else. Only its headers are read, and the documents that name images.
    init?(_ path: String) {
        guard let file = FileHandle(forReadingAtPath: path) else { return nil }
        defer { try? file.close() }
        let members = ImageArchive.members(of: file)
        func document(_ name: String) -> Data? {
            guard let member = members[name], member.byteCount <= ImageArchive.maximumDocumentBytes,
                (try? file.seek(toOffset: member.offset)) != nil
            else { return nil }
            return try? file.read(upToCount: Int(member.byteCount))
        }
        if let data = document("manifest.json"), let names = ImageArchive.names(ofDockerManifest: data) {
            let only = names.count == 1
            references = names.compactMap { name in
                if only { return ImageReference(.dockerArchive, path) }
                return name.map { ImageReference(.dockerArchive, "\(path):\($0)") }
            }
        } else if members["oci-layout"] != nil, let data = document("index.json"),
            let names = LocalImages.names(ofIndex: data)
        {
            references = names.map { ImageReference(.ociArchive, path + ($0.map { ":\($0)" } ?? "")) }
        } else {
            return nil
        }
        if references.isEmpty { return nil }
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

    /// Where the documents are that an archive of images has at its top.
    private static func members(of file: FileHandle) -> [String: Member] {
        var members: [String: Member] = [:]
        var offset: UInt64 = 0
        while (try? file.seek(toOffset: offset)) != nil,
            let block = try? file.read(upToCount: Header.blockSize), block.count == Header.blockSize,
            let header = Header(Array(block)[...]), let size = header.size, size >= 0
        {
            let start = offset + UInt64(Header.blockSize)
            var name = String(decoding: header.path, as: UTF8.self)
            if name.hasPrefix("./") { name.removeFirst(2) }
            if documents.contains(name), members[name] == nil {
                members[name] = Member(offset: start, byteCount: UInt64(size))
            }
            let (blocks, tooLarge) = UInt64(size).addingReportingOverflow(511)
            guard !tooLarge, blocks < 1 << 50 else { break }
            offset = start + blocks / 512 * 512
        }
        return members
    }
}
