internal import Digests
internal import Foundation
internal import LayerStore
internal import Synchronization

/// Writes an image as plain files: into an image layout, beside the images that it has, or into a folder of its own (`dir:`).
///
/// Nothing names the image before all of its blobs are there. What was written before something failed is removed again.
final class ImageWriter: Sendable {
    let files: ImageFiles
    /// The name that a layout's index gives the image.
    private let tag: String?
    /// Two pushes into one folder come one after the other: each reads the index, and adds to it.
    private let lock: FolderLock
    private let folders: [NewFolders]
    private let newFiles = Mutex<[String]>([])
    private let isFinished = Mutex(false)

    init(_ files: ImageFiles, tag: String? = nil) throws {
        self.files = files
        self.tag = tag
        let folder = try NewFolders(files.folder)
        lock = try FolderLock(files.folder)
        try ImageWriter.check(files)
        guard files.form == .layout else {
            folders = [folder]
            return
        }
        // First of all, so that a layout which a killed push has left is one.
        let layout = files.folder + "/" + ImageWriter.layoutFile
        let isNew = !FileManager.default.fileExists(atPath: layout)
        if isNew { try ImageWriter.write(Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8), to: layout) }
        folders = [try NewFolders(files.folder + "/blobs/sha256"), folder]
        if isNew { add(layout) }
    }

    deinit {
        guard !isFinished.withLock({ $0 }) else { return }
        for file in newFiles.withLock({ $0 }) { try? FileManager.default.removeItem(atPath: file) }
        for folder in folders { folder.removeWhereEmpty() }
    }

    /// Refuses a folder that holds something else, and a layout that could not be added to.
    private static func check(_ files: ImageFiles) throws {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: files.folder), !names.isEmpty else {
            return
        }
        let mark = files.form == .layout ? ImageWriter.layoutFile : ImageWriter.versionFile
        guard names.contains(mark) else {
            throw LayerStoreError(
                .input,
                "\(files.folder) is not empty, and no \(files.form == .layout ? "image layout" : "image of dir:"); name another folder"
            )
        }
        if files.form == .layout { _ = try index(in: files.folder) }
    }

    /// The index of a layout, or a new one.
    private static func index(in folder: String) throws -> [String: Any] {
        let path = folder + "/index.json"
        guard FileManager.default.fileExists(atPath: path) else {
            return ["schemaVersion": 2, "manifests": [Any]()]
        }
        try LayerSource.requireFile(path)
        let read = try? JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: path)))
        guard let index = read as? [String: Any], index["manifests"] is [Any] else {
            throw LayerStoreError(.input, "\(path) is no index: the layout is damaged")
        }
        return index
    }

    /// Says that a file is there which was not before. Several threads may.
    func add(_ path: String) { newFiles.withLock { $0.append(path) } }

    /// Writes the image's documents, at last the one by which it is found.
    func finish(_ manifest: RewrittenManifest, configuration: ImageConfiguration, digest: Digest) throws {
        try write(configuration.bytes, to: files.path(of: digest))
        switch files.form {
        case .layout:
            try write(manifest.bytes, to: files.path(of: manifest.digest))
            try write(index(with: manifest), to: files.folder + "/index.json")
        case .flat:
            let version = files.folder + "/" + ImageWriter.versionFile
            if !FileManager.default.fileExists(atPath: version) {
                try write(Array("Directory Transport Version: 1.1\n".utf8), to: version)
            }
            try write(manifest.bytes, to: files.folder + "/manifest.json")
            removeOthers(manifest, configuration: digest)
        }
        isFinished.withLock { $0 = true }
    }

    private static let layoutFile = "oci-layout"
    private static let versionFile = "version"

    private func write(_ bytes: [UInt8], to path: String) throws {
        let isNew = !FileManager.default.fileExists(atPath: path)
        try ImageWriter.write(bytes, to: path)
        if isNew { add(path) }
    }

    private static func write(_ bytes: [UInt8], to path: String) throws {
        let file = try FileSink(path)
        try file.write(bytes[...])
        try file.finish()
    }

    /// The layout's index with the image in the place of the one of its name. What else it says stays.
    private func index(with manifest: RewrittenManifest) throws -> [UInt8] {
        var index = try ImageWriter.index(in: files.folder)
        var manifests = (index["manifests"] as? [Any] ?? []).filter { entry in
            guard let entry = entry as? [String: Any] else { return true }
            let name = (entry["annotations"] as? [String: Any])?[ImageWriter.nameKey] as? String
            return tag == nil ? name != nil || entry["digest"] as? String != manifest.digest.description : name != tag
        }
        var entry: [String: Any] = [
            "mediaType": manifest.mediaType, "digest": manifest.digest.description, "size": manifest.bytes.count,
        ]
        if let tag { entry["annotations"] = [ImageWriter.nameKey: tag] }
        manifests.append(entry)
        index["manifests"] = manifests
        return Array(
            try JSONSerialization.data(withJSONObject: index, options: [.sortedKeys, .withoutEscapingSlashes]))
    }

    private static let nameKey = "org.opencontainers.image.ref.name"

    /// A `dir:` holds one image: takes the blobs, the signatures and the other manifests of another one away.
    private func removeOthers(_ manifest: RewrittenManifest, configuration: Digest) {
        let own = Set((manifest.blobs + [configuration]).map(\.hex))
        for name in (try? FileManager.default.contentsOfDirectory(atPath: files.folder)) ?? []
        where Digest(hex: name) != nil && !own.contains(name) || name.hasPrefix("signature-")
            || name.hasSuffix(".manifest.json")
        {
            try? FileManager.default.removeItem(atPath: files.folder + "/" + name)
        }
    }
}

/// What `FileManager` makes long-winded.
enum Files {
    /// Bytes of a regular file; nil where there is none.
    static func byteCount(of path: String) -> UInt64? {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: path),
            attributes[.type] as? FileAttributeType == .typeRegular
        else { return nil }
        return (attributes[.size] as? NSNumber)?.uint64Value
    }

    /// What a file is, and when it was changed last.
    struct Identity: Equatable {
        var number: UInt64
        var byteCount: UInt64
        var changed: Date
    }

    static func identity(of path: String) -> Identity? {
        guard
            let attributes = try? FileManager.default.attributesOfItem(
                atPath: URL(filePath: path).resolvingSymlinksInPath().path),
            let number = attributes[.systemFileNumber] as? NSNumber, let size = attributes[.size] as? NSNumber,
            let changed = attributes[.modificationDate] as? Date
        else { return nil }
        return Identity(number: number.uint64Value, byteCount: size.uint64Value, changed: changed)
    }

    /// The digest of a file's bytes; nil where it cannot be read.
    static func digest(of path: String) throws -> Digest? {
        guard let file = FileHandle(forReadingAtPath: path) else { return nil }
        defer { try? file.close() }
        var hash = SHA256Stream()
        while let chunk = try? file.read(upToCount: 1 << 20), !chunk.isEmpty {
            try Interruption.check()
            hash.update(Array(chunk)[...])
        }
        return hash.digest
    }

    /// Gives a file another name, in the place of what has it.
    static func move(_ path: String, to other: String) throws {
        try? FileManager.default.removeItem(atPath: other)
        try FileManager.default.moveItem(atPath: path, toPath: other)
    }
}
