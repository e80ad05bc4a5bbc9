internal import Digests
internal import LayerStore
internal import OSTree
internal import Strategies

/// How one layer's blob is going to be written.
struct BlobPlan: Sendable {
    let descriptor: Descriptor
    let rebuilder: BlobRebuilder

    /// Plans for all layers of an image; what is missing is told all at once, before anything is written.
    ///
    /// - Parameter rewrites: whether blobs may get other digests though the image was imported so that they need not.
    static func all(
        of image: StoredImage, in repository: Repository, rewrites: Bool
    ) throws -> [BlobPlan] {
        let (layers, blobs) = (StoredLayers(in: repository), StoredBlobs(repository: repository))
        var plans: [BlobPlan] = []
        var missing: [String] = []
        var others: [StoredLayers.Entry]?
        for (descriptor, diffID) in zip(image.manifest.layers, image.configuration.diffIDs) {
            var layer = try layers.layer(ofBlob: descriptor.digest)
            if layer?.layer.diffID != diffID {
                // The same stream may be there as another blob.
                if others == nil { others = try layers.everywhere() }
                layer = others?.first { $0.layer.diffID == diffID }
            }
            guard let layer else {
                missing.append("the layer \(LayerRefs.blob(descriptor.digest))")
                continue
            }
            let isStream = descriptor.digest == diffID
            let method: BlobRebuilder.Method
            switch isStream ? nil : try blobs.form(of: descriptor.digest) {
            case .recipe(let recipe): method = .recipe(recipe)
            case .kept(let object): method = .kept(object: object)
            case nil where isStream: method = .stream
            case nil where rewrites || image.blobPolicy == .rewrite: method = .anew
            case nil:
                missing.append("\(LayerRefs.blobForm(descriptor.digest)), which makes its blob again")
                continue
            }
            let digest: Digest? = if case .anew = method { nil } else { descriptor.digest }
            plans.append(
                BlobPlan(
                    descriptor: descriptor,
                    rebuilder: BlobRebuilder(of: layer, digest: digest, by: method, in: repository)))
        }
        guard missing.isEmpty else {
            throw LayerStoreError(
                .check,
                "\(image.name) cannot be pushed: \(repository.path) lacks \(missing.joined(separator: ", and ")); pull these refs too, or import the image again"
            )
        }
        return plans
    }
}
