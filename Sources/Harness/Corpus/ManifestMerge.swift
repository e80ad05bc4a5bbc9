import Processes

/// The entries of several manifests as one list.
struct ManifestMerge {
    private(set) var entries: [CorpusEntry] = []

    /// Reads the manifests in this order. Names of entries and images are taken once among all of them, and the base of an
    /// image is an entry of any.
    init(_ paths: [String]) throws(LocatedError) {
        var places: [String: String] = [:]
        var imagePlaces: [String: String] = [:]
        var images: [(name: String, base: String, location: String)] = []
        for path in paths {
            let manifest = try Manifest(contentsOf: path)
            for entry in manifest.layers {
                let place = manifest.locations[entry.name] ?? path
                if let other = places.updateValue(place, forKey: entry.name) {
                    throw LocatedError(
                        "name: `\(entry.name)` is taken by \(other)", in: place,
                        remedy: "rename one of them, or take yours away with `layerlab corpus remove \(entry.name)`")
                }
            }
            for image in manifest.images {
                if let other = imagePlaces.updateValue(image.location, forKey: image.name) {
                    throw LocatedError("the image `\(image.name)` is there already, at \(other)", in: image.location)
                }
            }
            entries += manifest.layers
            images += manifest.images
        }
        try checkSets(places)
        for image in images {
            try check(image)
            try checkName(of: image, places)
        }
        deriveNetworkNeeds()
    }

    /// An image needs a network where its base does.
    private mutating func deriveNetworkNeeds() {
        let online = Set((Corpus.builtIn + entries).filter(\.needsNetwork).map(\.name))
        for index in entries.indices {
            guard case .imageLayer(let layer) = entries[index].recipe, online.contains(layer.build.base) else {
                continue
            }
            entries[index].needsNetwork = true
        }
    }

    /// Messages and directories of the cache go by names, and do not tell an image from an entry.
    private func checkName(
        of image: (name: String, base: String, location: String), _ places: [String: String]
    ) throws(LocatedError) {
        guard let place = places[image.name] else { return }
        throw LocatedError(
            "the image `\(image.name)` has the name of the entry at \(place)", in: image.location,
            remedy: "choose another name")
    }

    /// A set of one manifest may not have the name of an entry in another.
    private func checkSets(_ places: [String: String]) throws(LocatedError) {
        for entry in entries {
            for set in entry.sets {
                guard let place = places[set] else { continue }
                throw LocatedError(
                    "name: `\(set)` is a set's name already, that of `\(entry.name)`", in: place,
                    remedy: "choose another name")
            }
        }
    }

    private func check(_ image: (name: String, base: String, location: String)) throws(LocatedError) {
        guard let base = (Corpus.builtIn + entries).first(where: { $0.name == image.base }) else {
            throw LocatedError("base: the corpus has no entry `\(image.base)`", in: image.location)
        }
        if case .imageLayer = base.recipe {
            throw LocatedError(
                "base: `\(image.base)` is a layer of an image, and no whole file system", in: image.location)
        }
    }
}
