public import Digests
import Foundation
import Images
import LayerStore
import Processes

/// A layer of an image that somebody else keeps: in a registry, an archive or a container engine's storage.
public struct PulledLayer: Equatable, Sendable {
    /// The image, as `import` takes it; in a registry by its manifest's digest, so that a tag that moves changes nothing.
    public var image: String
    /// The digest of the tar stream.
    public var diffID: Digest
    /// Of several images under one name, the one to take, where the name does not say so.
    var platform: Platform?
    /// Whether a registry has to show a certificate that the system trusts.
    var verifiesTLS = true

    /// The transports that bring an image as a whole only.
    static let wholeTransports: Set<ImageReference.Transport> = [
        .ociArchive, .dockerArchive, .containersStorage, .dockerDaemon,
    ]

    /// Layers with one source come in one go.
    var source: String { image + (platform.map { " (\($0))" } ?? "") }

    func opener(
        temporaryFolder: String, isHeld: @escaping (Digest) -> Bool,
        fetched: @escaping (UInt64, UInt64?) -> Void = { _, _ in }
    ) -> ImageOpener {
        var registry = RegistryOptions()
        registry.verifiesTLS = verifiesTLS
        return ImageOpener(
            platform: platform ?? .host, temporaryFolder: temporaryFolder, registry: registry,
            isHeld: { _, diffID in isHeld(diffID) }, fetched: fetched)
    }
}

extension PulledLayer: FileRecipe {
    // What a blob is compressed with is told by its bytes.
    var fileExtension: String { "blob" }

    func cost(ofBytes bytes: UInt64) -> FetchCost {
        let isLocal = ImageReference(image).map { $0.transport != .docker } ?? false
        return FetchCost(downloadBytes: isLocal ? 0 : bytes, workBytes: 0)
    }

    func run(_ context: RecipeContext) throws(LocatedError) -> String {
        try PulledLayer.files(of: [self], context).first ?? image
    }

    /// Brings layers of one image, and returns their files in the work directory, in the same order. Layers with one diff ID, as
    /// where an image was added under two names, have one file.
    static func files(of layers: [PulledLayer], _ context: RecipeContext) throws(LocatedError) -> [String] {
        guard let first = layers.first else { return [] }
        guard let reference = ImageReference(first.image) else {
            throw LocatedError(
                "`\(first.image)` is no image: it begins with none of \(ImageReference.list)", in: context.entryName)
        }
        let wanted = Set(layers.map(\.diffID))
        context.progress("\(context.entryName): fetching \(reference)")
        do {
            let meter = PullMeter(context)
            let image = try first.opener(
                temporaryFolder: context.workDirectory, isHeld: { !wanted.contains($0) }, fetched: meter.show
            ).open(reference)
            let found = Dictionary(
                zip(image.configuration.diffIDs, image.manifest.layers), uniquingKeysWith: { first, _ in first })
            var files: [Digest: String] = [:]
            return try layers.enumerated().map { index, layer in
                if let file = files[layer.diffID] { return file }
                guard let descriptor = found[layer.diffID] else {
                    throw LocatedError(
                        "the image \(reference) has no layer with the diff ID \(layer.diffID) any more",
                        in: context.entryName,
                        remedy: "it was replaced: take its layers away with `layerlab corpus remove`, and add it again")
                }
                try image.checkFiles(of: [descriptor])
                let file = "\(context.workDirectory)/layer-\(index)"
                try FileManager.default.moveItem(atPath: image.path(of: descriptor), toPath: file)
                files[layer.diffID] = file
                return file
            }
        } catch let error as LocatedError {
            throw error
        } catch {
            throw LocatedError("the image \(reference) could not be fetched: \(error)", in: context.entryName)
        }
    }
}

/// Says how far an image has come, each few seconds: jobs beside each other have no line of their own to replace.
private final class PullMeter {
    private let context: RecipeContext
    private let start = ContinuousClock().now
    private var last = ContinuousClock().now

    init(_ context: RecipeContext) { self.context = context }

    func show(_ done: UInt64, of total: UInt64?) {
        let now = ContinuousClock().now
        guard last.duration(to: now) > .seconds(10) else { return }
        last = now
        context.progress(
            ProgressText(context.entryName, total: total).text(
                done: done, afterSeconds: start.duration(to: now) / .seconds(1)))
    }
}

extension PulledLayer: Codable {
    private enum CodingKeys: String, CodingKey {
        case image, diffID, platform, tlsVerify
    }

    public init(from decoder: any Decoder) throws {
        try StrictKeys.check(decoder, allowed: ["kind", "image", "diffID", "platform", "tlsVerify"])
        let values = try decoder.container(keyedBy: CodingKeys.self)
        image = try StrictKeys.argument(.image, in: values)
        guard let reference = ImageReference(image) else {
            throw DecodingError.dataCorruptedError(
                forKey: .image, in: values,
                debugDescription: "`\(image)` is no image: it begins with none of \(ImageReference.list)")
        }
        guard reference.transport == .docker || PulledLayer.wholeTransports.contains(reference.transport) else {
            throw DecodingError.dataCorruptedError(
                forKey: .image, in: values,
                debugDescription:
                    "the layers of \(reference.transport.rawValue): are files; use the kind `file` for each")
        }
        diffID = try StrictKeys.digest(values.decode(String.self, forKey: .diffID), forKey: .diffID, in: values)
        if let text = try values.decodeIfPresent(String.self, forKey: .platform) {
            guard let platform = Platform(text) else {
                throw DecodingError.dataCorruptedError(
                    forKey: .platform, in: values, debugDescription: "`\(text)` is no os/architecture[/variant]")
            }
            self.platform = platform
        }
        verifiesTLS = try values.decodeIfPresent(Bool.self, forKey: .tlsVerify) ?? true
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(image, forKey: .image)
        try values.encode(diffID.hex, forKey: .diffID)
        try values.encodeIfPresent(platform?.description, forKey: .platform)
        if !verifiesTLS { try values.encode(false, forKey: .tlsVerify) }
    }
}
