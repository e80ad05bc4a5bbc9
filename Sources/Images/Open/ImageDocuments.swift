public import Digests
internal import Foundation
internal import LayerStore

/// What a manifest says of a blob (OCI image specification, "Content Descriptors").
public struct Descriptor: Hashable, Sendable {
    public var mediaType: String
    public var digest: Digest
    public var byteCount: UInt64
    /// Of a manifest in an index.
    var platform: Platform?
    var annotations: [String: String]
}

extension Descriptor: Decodable {
    private enum CodingKeys: String, CodingKey { case mediaType, digest, size, platform, annotations }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        mediaType = try values.decodeIfPresent(String.self, forKey: .mediaType) ?? ""
        let text = try values.decode(String.self, forKey: .digest)
        guard let digest = Digest(oci: text) else {
            throw DecodingError.dataCorruptedError(
                forKey: .digest, in: values, debugDescription: "'\(text.prefix(80))' is no SHA-256 digest")
        }
        self.digest = digest
        guard !values.contains(.size) || (try? values.decode(UInt64.self, forKey: .size)) != nil else {
            throw DecodingError.dataCorruptedError(
                forKey: .size, in: values, debugDescription: "there is no number of bytes")
        }
        byteCount = try values.decode(UInt64.self, forKey: .size)
        platform = try? values.decodeIfPresent(Platform.self, forKey: .platform)
        annotations = try values.decodeIfPresent([String: String].self, forKey: .annotations) ?? [:]
    }
}

/// A JSON document of an image, with the very bytes that its digest is of.
struct ImageDocument {
    /// Longer ones are refused, as by the field's other tools.
    static let maximumBytes = 4 << 20

    /// What errors call it.
    let name: String
    let bytes: [UInt8]

    /// - Parameter descriptor: what names the document; its size and digest are compared.
    init(_ name: String, _ bytes: [UInt8], expecting descriptor: Descriptor? = nil) throws(LayerStoreError) {
        self.name = name
        self.bytes = bytes
        guard bytes.count <= ImageDocument.maximumBytes else {
            throw failure("it has \(bytes.count) bytes, more than the 4 MiB that documents may have")
        }
        if let descriptor {
            guard UInt64(bytes.count) == descriptor.byteCount else {
                throw failure("it has \(bytes.count) bytes instead of \(descriptor.byteCount)", .check)
            }
            guard digest == descriptor.digest else {
                throw failure("its digest is \(digest) instead of \(descriptor.digest)", .check)
            }
        }
        // Commits keep documents as texts.
        guard String(validating: bytes, as: UTF8.self) != nil, !bytes.contains(0) else {
            throw failure("it is not UTF-8")
        }
    }

    var digest: Digest { SHA256Stream.digest(of: bytes) }

    func decoded<Value: Decodable>(_ type: Value.Type) throws(LayerStoreError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch let error as DecodingError {
            throw failure(ImageDocument.reason(error))
        } catch {
            throw failure(error.localizedDescription)
        }
    }

    func failure(_ reason: String, _ kind: LayerStoreError.Kind = .input) -> LayerStoreError {
        LayerStoreError(kind, "\(name): \(reason)")
    }

    private static func reason(_ error: DecodingError) -> String {
        func place(_ context: DecodingError.Context, _ last: (any CodingKey)? = nil) -> String {
            let keys = (context.codingPath + (last.map { [$0] } ?? [])).map {
                $0.intValue.map { "[\($0)]" } ?? $0.stringValue
            }
            return keys.isEmpty ? "" : " at '\(keys.joined(separator: "."))'"
        }
        switch error {
        case .keyNotFound(let key, let context): return "there is nothing\(place(context, key))"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            return "what is\(place(context)) is of another type"
        case .dataCorrupted(let context): return "\(context.debugDescription)\(place(context))"
        @unknown default: return "it cannot be read"
        }
    }
}

/// The manifest of an image for one platform.
public struct ImageManifest: Sendable {
    /// The document as it is, byte for byte.
    public let bytes: [UInt8]
    public let digest: Digest
    public let mediaType: String
    public let configuration: Descriptor
    /// The lowest layer first.
    public let layers: [Descriptor]

    /// Bytes of all blobs together are no more: sums of them stay within 64 bits, whatever is multiplied with them.
    private static let maximumBytes: UInt64 = 1 << 50

    private struct Document: Decodable {
        var schemaVersion: Int
        var mediaType: String?
        var config: Descriptor?
        var layers: [Descriptor]?
        var manifests: [Descriptor]?
    }

    /// Reads a manifest. What it is no manifest of, or what this program cannot import, is an error that says why.
    ///
    /// - Parameter mediaType: what its descriptor calls it, where there is one.
    init(_ document: ImageDocument, mediaType: String? = nil) throws(LayerStoreError) {
        let content = try document.decoded(Document.self)
        if content.schemaVersion == 1 {
            throw document.failure("Docker's manifests of schema version 1 are not supported")
        }
        guard content.schemaVersion == 2 else {
            throw document.failure("schema version \(content.schemaVersion) is not supported")
        }
        // One document must not mean different images to different readers (CVE-2021-41190).
        guard content.manifests == nil else {
            throw document.failure("it is a manifest and an index at once, or an index")
        }
        guard let configuration = content.config, let layers = content.layers else {
            throw document.failure("it names no configuration, or no layers")
        }
        if let own = content.mediaType, let mediaType, !mediaType.isEmpty, own != mediaType {
            throw document.failure("it calls itself \(own), and its descriptor \(mediaType)")
        }
        self.mediaType = content.mediaType ?? mediaType ?? MediaType.ociManifest
        guard MediaType.manifests.contains(self.mediaType) else {
            throw document.failure("manifests of type \(self.mediaType) are not supported")
        }
        guard MediaType.configurations.contains(configuration.mediaType) else {
            throw document.failure(
                "its configuration is of type '\(configuration.mediaType)': it is no container image, or one of a kind that is not supported"
            )
        }
        for (index, layer) in layers.enumerated() {
            if let reason = MediaType.refusal(ofLayer: layer.mediaType) {
                throw document.failure(
                    "layer \(index + 1), \(layer.digest), is of type '\(layer.mediaType)': \(reason)")
            }
        }
        var sum: UInt64 = 0
        for blob in layers + [configuration] {
            let (next, overflow) = sum.addingReportingOverflow(blob.byteCount)
            guard !overflow, next <= ImageManifest.maximumBytes else {
                throw document.failure("its blobs have more bytes together than any file system holds")
            }
            sum = next
        }
        bytes = document.bytes
        digest = document.digest
        self.configuration = configuration
        self.layers = layers
    }
}

/// An image's configuration, as far as layers need it.
public struct ImageConfiguration: Sendable {
    /// The document as it is, byte for byte.
    public let bytes: [UInt8]
    /// The digests of the layers' streams, the lowest layer's first.
    public let diffIDs: [Digest]
    /// The system that the image is for; nil where it does not say.
    public let platform: Platform?

    private struct Document: Decodable {
        struct RootFileSystem: Decodable {
            var type: String
            var diffIDs: [String]

            enum CodingKeys: String, CodingKey {
                case type
                case diffIDs = "diff_ids"
            }
        }
        var rootfs: RootFileSystem
        var os: String?
        var architecture: String?
        var variant: String?
    }

    init(_ document: ImageDocument, of manifest: ImageManifest) throws(LayerStoreError) {
        let content = try document.decoded(Document.self)
        let files = content.rootfs
        guard files.type == "layers" else {
            throw document.failure("its rootfs is of type '\(files.type)', not 'layers'")
        }
        guard files.diffIDs.count == manifest.layers.count else {
            throw document.failure(
                "it has \(files.diffIDs.count) diff IDs, and the manifest \(manifest.layers.count) layers")
        }
        var diffIDs: [Digest] = []
        for text in files.diffIDs {
            guard let digest = Digest(oci: text) else {
                throw document.failure("the diff ID '\(text.prefix(80))' is no SHA-256 digest")
            }
            diffIDs.append(digest)
        }
        bytes = document.bytes
        self.diffIDs = diffIDs
        platform = content.os.flatMap { os in
            content.architecture.flatMap { name in
                Platform("\(os)/\(name)" + (content.variant.map { $0.isEmpty ? "" : "/\($0)" } ?? ""))
            }
        }
    }
}

/// An index: manifests for several platforms, or of several images.
struct ImageIndex {
    let manifests: [Descriptor]

    private struct Document: Decodable {
        var manifests: [Descriptor]?
        var layers: [Descriptor]?
        var config: Descriptor?
    }

    /// Nil where the document is no index.
    init?(_ document: ImageDocument) throws(LayerStoreError) {
        let content = try document.decoded(Document.self)
        guard let manifests = content.manifests else { return nil }
        guard content.layers == nil, content.config == nil else {
            throw document.failure("it is a manifest and an index at once")
        }
        self.manifests = manifests
    }

    /// The manifest for a platform. A single one without a platform is for all.
    func manifest(for platform: Platform, in document: ImageDocument) throws(LayerStoreError) -> Descriptor {
        if let match = manifests.first(where: { $0.platform.map(platform.accepts) ?? false }) { return match }
        if manifests.count == 1, let only = manifests.first, only.platform == nil { return only }
        let known = manifests.compactMap(\.platform?.description).filter { $0 != "unknown/unknown" }
        throw document.failure(
            "it has no image for \(platform), but for: \(known.isEmpty ? "none" : known.joined(separator: ", ")); --platform chooses"
        )
    }
}
