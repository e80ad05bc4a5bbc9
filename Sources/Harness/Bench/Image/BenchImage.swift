internal import Digests
internal import Foundation
internal import Images
internal import LayerStore
internal import Processes
internal import Strategies

/// An image to measure: its blobs are files, and each of its layers is a layer of the benchmark, too.
public struct BenchImage: Sendable {
    /// What reports call it.
    public var name: String
    /// The image as an OCI image layout, `oci:FOLDER:TAG`.
    var layout: ImageReference
    var manifestDigest: Digest
    var layers: [Layer]

    struct Layer: Sendable {
        /// What reports call it; the layer of the benchmark has the same name.
        var name: String
        var descriptor: Descriptor
        var path: String
    }

    /// Opens an image. Where it is no image layout, skopeo makes one of it in the work folder.
    init(_ reference: ImageReference, platform: Platform, registry: RegistryOptions, workFolder: String) throws {
        var layout = reference
        if reference.transport != .ociLayout {
            layout = ImageReference(.ociLayout, "\(workFolder)/image:source")
            let opener = ImageOpener(platform: platform, temporaryFolder: workFolder, registry: registry)
            try opener.copy(reference, to: layout)
        }
        let opened = try ImageOpener(platform: platform, temporaryFolder: workFolder).open(layout)
        try opened.checkFiles(of: opened.manifest.layers)
        name = reference.description
        self.layout = layout
        manifestDigest = opened.manifest.digest
        let short = URL(filePath: reference.location).lastPathComponent
        var seen: Set<Digest> = []
        layers = opened.manifest.layers.filter { seen.insert($0.digest).inserted }.enumerated().map { index, layer in
            Layer(name: "\(short)/\(index + 1)", descriptor: layer, path: opened.path(of: layer))
        }
    }
}

extension BenchImage {
    /// The image's layers as the benchmark measures them.
    func plannedLayers(policy: PathPolicy) -> [BenchPlan.Layer] {
        layers.map { layer in
            let isPlain = layer.descriptor.mediaType.hasSuffix(".tar")
            // What is compressed has some three times as much to unpack.
            return BenchPlan.Layer(
                name: layer.name, path: layer.path, policy: policy,
                expectedBytes: layer.descriptor.byteCount * (isPlain ? 1 : 3))
        }
    }
}
