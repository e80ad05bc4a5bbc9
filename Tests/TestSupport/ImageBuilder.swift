public import Digests
private import Foundation

/// Builds container images out of layers, sound ones and broken ones, as an image layout or a `dir:`.
///
///     var image = ImageBuilder(.docker)
///     try image.add(TarBuilder.stream { $0.file("usr/a") }, .gzip)
///     let written = try image.write(.layout, to: folder.path("layout"))
///
/// What descriptors say of a layer can be changed in `layers`, documents by the closures, and files when they are written.
public struct ImageBuilder: Sendable {
    /// The media types of documents and layers.
    public enum Family: String, CaseIterable, Sendable { case oci, docker }

    public enum Form: String, CaseIterable, Sendable {
        case layout = "oci"
        case flat = "dir"
    }

    /// Programs that compress a layer.
    public enum Compression: String, CaseIterable, Sendable {
        case none
        /// GNU gzip, level 6.
        case gzip
        /// zlib, level 9, by Python.
        case zlib
        /// zlib, with flushes at places that nothing tells: no known compressor writes this.
        case flushed
        case zstd

        var suffix: String {
            switch self {
            case .none: ""
            case .gzip, .zlib, .flushed: "gzip"
            case .zstd: "zstd"
            }
        }

        /// The blob that a program makes of a stream.
        public func blob(of stream: [UInt8]) throws -> [UInt8] {
            func python(_ script: String) throws -> ProgramResult {
                try run(
                    "python3", ["-c", "import sys, zlib; data = sys.stdin.buffer.read()\n" + script], input: stream)
            }
            let result: ProgramResult
            switch self {
            case .none: return stream
            case .gzip: result = try run("gzip", ["-n", "-c"], input: stream)
            case .zstd: result = try run("zstd", ["-q", "-c"], input: stream)
            case .zlib:
                result = try python(
                    "c = zlib.compressobj(9, zlib.DEFLATED, 31); sys.stdout.buffer.write(c.compress(data) + c.flush())")
            case .flushed:
                result = try python(
                    """
                    c = zlib.compressobj(6, zlib.DEFLATED, 31); out = b''
                    for a, b in [(0, 3), (3, 700), (700, 701), (701, len(data))]:
                        out += c.compress(data[a:b]) + c.flush(zlib.Z_FULL_FLUSH if b % 2 else zlib.Z_SYNC_FLUSH)
                    sys.stdout.buffer.write(out + c.flush())
                    """)
            }
            guard result.exitCode == 0 else { throw ProgramError(description: "\(self): \(result.errors)") }
            return result.outputBytes
        }
    }

    /// A layer, and what the documents say of it.
    public struct Layer: Sendable {
        public var stream: [UInt8]
        /// The file's bytes; nil for a blob that is missing.
        public var blob: [UInt8]?
        public var mediaType: String
        public var digest: String
        public var byteCount: Int
        public var diffID: String
        public var annotations: [String: String] = [:]
        /// The name of the blob's file.
        let fileDigest: Digest
    }

    /// An image that was written.
    public struct Written: Sendable {
        public let form: Form
        public let folder: String
        public let manifest: [UInt8]
        public let configuration: [UInt8]
        /// The files of the layers.
        public let blobs: [String]
        /// How `layerlab` and skopeo name it.
        public var reference: String { form == .layout ? "oci:\(folder):latest" : "dir:\(folder)" }
        public var manifestDigest: Digest { SHA256Stream.digest(of: manifest) }
        public var manifestFile: String {
            form == .layout ? path(of: manifestDigest) : folder + "/manifest.json"
        }
        public var configurationFile: String { path(of: SHA256Stream.digest(of: configuration)) }

        public func path(of digest: Digest) -> String {
            form == .layout ? "\(folder)/blobs/sha256/\(digest.hex)" : "\(folder)/\(digest.hex)"
        }
    }

    public let family: Family
    public var layers: [Layer] = []
    /// Edit documents before they are written.
    public var editConfiguration: @Sendable (inout [String: Any]) -> Void = { _ in }
    public var editManifest: @Sendable (inout [String: Any]) -> Void = { _ in }
    public var editIndex: @Sendable (inout [String: Any]) -> Void = { _ in }
    /// Edits the image's entry in the layout's index.
    public var editEntry: @Sendable (inout [String: Any]) -> Void = { _ in }

    public init(_ family: Family = .oci) { self.family = family }

    public init(_ family: Family = .oci, _ streams: [[UInt8]], _ compression: Compression = .none) throws {
        self.init(family)
        for stream in streams { try add(stream, compression) }
    }

    /// Puts a layer over those so far.
    public mutating func add(_ stream: [UInt8], _ compression: Compression = .none) throws {
        add(stream, blob: try compression.blob(of: stream), suffix: compression.suffix)
    }

    /// The same, by a blob that somebody has made.
    public mutating func add(_ stream: [UInt8], blob: [UInt8], suffix: String) {
        let digest = SHA256Stream.digest(of: blob)
        layers.append(
            Layer(
                stream: stream, blob: blob, mediaType: layerType(suffix), digest: digest.description,
                byteCount: blob.count, diffID: SHA256Stream.digest(of: stream).description, fileDigest: digest))
    }

    private func layerType(_ suffix: String) -> String {
        switch family {
        case .oci: "application/vnd.oci.image.layer.v1.tar" + (suffix.isEmpty ? "" : "+" + suffix)
        case .docker: "application/vnd.docker.image.rootfs.diff.tar" + (suffix.isEmpty ? "" : "." + suffix)
        }
    }

    public var manifestType: String {
        family == .oci
            ? "application/vnd.oci.image.manifest.v1+json" : "application/vnd.docker.distribution.manifest.v2+json"
    }

    // MARK: Documents

    public func configuration() throws -> [UInt8] {
        var document: [String: Any] = [
            "architecture": ImageBuilder.architecture, "os": "linux", "config": ["Env": ["PATH=/usr/bin"]],
            "history": layers.map { _ in ["created_by": "a test"] },
            "rootfs": ["type": "layers", "diff_ids": layers.map(\.diffID)],
        ]
        editConfiguration(&document)
        return try ImageBuilder.json(document)
    }

    public func manifest(_ configuration: [UInt8]) throws -> [UInt8] {
        var document: [String: Any] = [
            "schemaVersion": 2, "mediaType": manifestType,
            "config": [
                "mediaType": family == .oci
                    ? "application/vnd.oci.image.config.v1+json" : "application/vnd.docker.container.image.v1+json",
                "digest": SHA256Stream.digest(of: configuration).description, "size": configuration.count,
            ],
            "layers": layers.map { layer in
                var descriptor: [String: Any] = [
                    "mediaType": layer.mediaType, "digest": layer.digest, "size": layer.byteCount,
                ]
                if !layer.annotations.isEmpty { descriptor["annotations"] = layer.annotations }
                return descriptor
            },
        ]
        editManifest(&document)
        return try ImageBuilder.json(document)
    }

    /// With blanks and a line's end, as no program of ours would write it.
    public static func json(_ document: [String: Any]) throws -> [UInt8] {
        let options: JSONSerialization.WritingOptions = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        return Array(try JSONSerialization.data(withJSONObject: document, options: options)) + [10]
    }

    /// This machine's, as images name it.
    public static let architecture: String = {
        #if arch(arm64)
            "arm64"
        #else
            "amd64"
        #endif
    }()

    // MARK: Writing

    /// Writes the image: into a new folder, or, under another tag, into a layout that is there.
    @discardableResult
    public func write(_ form: Form, to folder: String, tag: String = "latest") throws -> Written {
        let configuration = try configuration()
        let manifest = try manifest(configuration)
        let written = Written(
            form: form, folder: folder, manifest: manifest, configuration: configuration,
            blobs: layers.map {
                form == .layout ? "\(folder)/blobs/sha256/\($0.fileDigest.hex)" : "\(folder)/\($0.fileDigest.hex)"
            })
        try FileManager.default.createDirectory(
            atPath: form == .layout ? folder + "/blobs/sha256" : folder, withIntermediateDirectories: true)
        for (layer, path) in zip(layers, written.blobs) {
            if let blob = layer.blob { try Data(blob).write(to: URL(filePath: path)) }
        }
        try Data(configuration).write(to: URL(filePath: written.configurationFile))
        try Data(manifest).write(to: URL(filePath: written.manifestFile))
        switch form {
        case .flat:
            try Data("Directory Transport Version: 1.1\n".utf8).write(to: URL(filePath: folder + "/version"))
        case .layout:
            try Data(#"{"imageLayoutVersion": "1.0.0"}"#.utf8).write(to: URL(filePath: folder + "/oci-layout"))
            try writeIndex(written, tag)
        }
        return written
    }

    private func writeIndex(_ written: Written, _ tag: String) throws {
        let path = URL(filePath: written.folder + "/index.json")
        var entry: [String: Any] = [
            "mediaType": manifestType, "digest": written.manifestDigest.description, "size": written.manifest.count,
            "annotations": ["org.opencontainers.image.ref.name": tag],
        ]
        editEntry(&entry)
        let there = (try? JSONSerialization.jsonObject(with: Data(contentsOf: path))) as? [String: Any]
        var index: [String: Any] = [
            "schemaVersion": 2, "manifests": (there?["manifests"] as? [[String: Any]] ?? []) + [entry],
        ]
        editIndex(&index)
        try Data(ImageBuilder.json(index)).write(to: path)
    }
}
