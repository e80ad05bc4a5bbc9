internal import Digests
internal import Foundation
public import LayerStore
internal import OSTree

/// An image whose documents are read and checked, and whose layers' blobs are files.
///
/// What had to be fetched lies in a temporary folder that goes with this object.
public final class OpenedImage {
    public let reference: ImageReference
    public let manifest: ImageManifest
    public let configuration: ImageConfiguration
    /// Whether the manifest is the one that the image was published with; some transports make their own.
    public var isOriginal: Bool { reference.transport.keepsManifests }

    private let files: ImageFiles
    private let temporary: TemporaryFolder?

    init(
        _ reference: ImageReference, _ manifest: ImageManifest, _ configuration: ImageConfiguration,
        _ files: ImageFiles,
        temporary: TemporaryFolder? = nil
    ) {
        (self.reference, self.manifest, self.configuration) = (reference, manifest, configuration)
        (self.files, self.temporary) = (files, temporary)
    }

    /// The path of a layer's blob.
    public func path(of layer: Descriptor) -> String { files.path(of: layer.digest) }

    /// Looks at the files of layers: one that is missing, is no file, or has another size is an error.
    public func checkFiles(of layers: some Sequence<Descriptor>) throws(LayerStoreError) {
        for layer in layers {
            let path = path(of: layer)
            let attributes = try? FileManager.default.attributesOfItem(
                atPath: URL(filePath: path).resolvingSymlinksInPath().path)
            guard let attributes else {
                throw LayerStoreError(.input, "\(reference): the blob \(layer.digest) of a layer is missing (\(path))")
            }
            guard attributes[.type] as? FileAttributeType == .typeRegular else {
                throw LayerStoreError(.input, "\(reference): \(path), a layer's blob, is no regular file")
            }
            let byteCount = (attributes[.size] as? NSNumber)?.uint64Value ?? 0
            guard byteCount == layer.byteCount else {
                throw LayerStoreError(
                    .check,
                    "\(reference): the blob \(layer.digest) of a layer has \(byteCount) bytes instead of \(layer.byteCount)"
                )
            }
        }
    }
}

/// Blobs and documents of an image, in one of the two forms in which they are plain files.
struct ImageFiles {
    enum Form {
        /// The OCI image layout.
        case layout
        /// What containers' tools call `dir:`: the manifest is `manifest.json`, and blobs lie beside it.
        case flat
    }

    let folder: String
    let form: Form

    func path(of digest: Digest) -> String {
        switch form {
        case .layout: "\(folder)/blobs/sha256/\(digest.hex)"
        case .flat: "\(folder)/\(digest.hex)"
        }
    }

    /// Reads a document, whose size and digest are those that its descriptor says.
    func document(_ name: String, _ descriptor: Descriptor) throws(LayerStoreError) -> ImageDocument {
        guard descriptor.byteCount <= UInt64(ImageDocument.maximumBytes) else {
            throw LayerStoreError(
                .input, "\(name): it has \(descriptor.byteCount) bytes, more than the 4 MiB that documents may have")
        }
        let path = path(of: descriptor.digest)
        return try ImageDocument(name, try ImageFiles.read(path, name), expecting: descriptor)
    }

    /// Reads a document that is found by its name.
    func document(file: String) throws(LayerStoreError) -> ImageDocument {
        let path = "\(folder)/\(file)"
        return try ImageDocument(path, try ImageFiles.read(path, path))
    }

    private static func read(_ path: String, _ name: String) throws(LayerStoreError) -> [UInt8] {
        do {
            try LayerSource.requireFile(path)
            let handle = try FileHandle(forReadingFrom: URL(filePath: path))
            defer { try? handle.close() }
            return Array(try handle.read(upToCount: ImageDocument.maximumBytes + 1) ?? Data())
        } catch let error as LayerStoreError {
            throw LayerStoreError(error.kind, name == path ? error.message : "\(name): \(error.message)")
        } catch {
            throw LayerStoreError(.input, "\(name): cannot read \(path): \(error.localizedDescription)")
        }
    }
}

/// A folder that goes with its owner.
final class TemporaryFolder {
    /// Where the other one is a repository's `tmp`, what a killed process has left is taken away.
    private let name: TemporaryName
    var path: String { name.path }

    /// Makes a folder below another one.
    init(in parent: String) throws(LayerStoreError) {
        do {
            name = try TemporaryName(in: parent, "image-\(UUID().uuidString)")
        } catch {
            throw LayerStoreError(.input, "cannot make a folder in \(parent): \(error)")
        }
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        } catch {
            throw LayerStoreError(.input, "cannot make the folder \(path): \(error.localizedDescription)")
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Bytes of the files in it so far.
    var byteCount: UInt64 {
        guard let names = FileManager.default.enumerator(atPath: path) else { return 0 }
        var sum: UInt64 = 0
        for case let name as String in names {
            let attributes = try? FileManager.default.attributesOfItem(atPath: "\(path)/\(name)")
            guard attributes?[.type] as? FileAttributeType == .typeRegular else { continue }
            sum += (attributes?[.size] as? NSNumber)?.uint64Value ?? 0
        }
        return sum
    }
}
