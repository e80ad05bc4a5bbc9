import Digests
import Foundation
import Images
import Processes
import Strategies

/// The layers of an image as entries of the corpus.
struct ImageEntries {
    /// The lowest layer first, each diff ID once.
    let entries: [CorpusEntry]

    /// Reads an image's documents, and of one that is not in a registry or a folder all of it.
    ///
    /// Layers of image layouts and of `dir:` are files, and are used where they are; others are fetched into the cache.
    ///
    /// - Parameters:
    ///   - name: what the entries' names begin with, and what the set is called.
    ///   - sets: the entries' sets; by default one with that name.
    init(
        _ reference: ImageReference, name: String?, sets: [String], policy: CorpusPolicy,
        opening: ImageOpening
    ) throws(LocatedError) {
        let reference = ImageEntries.absolute(reference)
        let name = name ?? ImageEntries.name(of: reference)
        do {
            let opener = ImageOpener(
                platform: opening.platform, temporaryFolder: opening.folder, registry: opening.registry,
                isHeld: { _, _ in true })
            let image = try opener.open(reference)
            let layers = Array(zip(image.manifest.layers, image.configuration.diffIDs))
            let isFile = reference.transport == .ociLayout || reference.transport == .directory
            if isFile { try image.checkFiles(of: image.manifest.layers) }
            let pulled = isFile ? nil : try ImageEntries.pulled(reference, image, opening)
            var seen: Set<Digest> = []
            entries = layers.enumerated().compactMap { index, layer in
                let (descriptor, diffID) = layer
                guard seen.insert(diffID).inserted else { return nil }
                var recipe = CorpusRecipe.file(
                    LocalFile(path: image.path(of: descriptor), diffID: diffID))
                if var pulled {
                    pulled.diffID = diffID
                    recipe = .pulledLayer(pulled)
                }
                return CorpusEntry(
                    name: "\(name)-\(index + 1)", sets: sets.isEmpty ? [name] : sets,
                    title: "Layer \(index + 1) of \(layers.count) of \(name)",
                    source: "The image \(reference), manifest \(image.manifest.digest).",
                    licence: "Not recorded.",
                    policy: policy, expectedBytes: descriptor.byteCount, expectedEntries: nil,
                    pin: descriptor.digest,
                    needsNetwork: reference.transport == .docker, recipe: recipe)
            }
        } catch let error as LocatedError {
            throw error
        } catch {
            throw LocatedError(ImageEntries.reason(error, of: reference), in: reference.description)
        }
        guard !entries.isEmpty else {
            throw LocatedError("the image has no layers", in: reference.description)
        }
    }

    /// How the layers come again: in a registry by the digest of the manifest that the name stands for now.
    private static func pulled(
        _ reference: ImageReference, _ image: OpenedImage, _ opening: ImageOpening
    ) throws(LocatedError) -> PulledLayer {
        let pinned = reference.at(image.manifest.digest.description) ?? reference
        return PulledLayer(
            image: pinned.description, diffID: image.configuration.diffIDs.first ?? image.manifest.digest,
            platform: reference.transport == .docker ? nil : image.configuration.platform,
            verifiesTLS: opening.registry.verifiesTLS)
    }

    private static func reason(_ error: any Error, of reference: ImageReference) -> String {
        let text = "\(error)"
        let prefix = "\(reference): "
        return text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : text
    }

    /// With the path of a file or folder as it is from anywhere.
    static func absolute(_ reference: ImageReference) -> ImageReference {
        switch reference.transport {
        case .ociLayout, .directory, .ociArchive, .dockerArchive:
            guard !reference.location.isEmpty, !reference.location.hasPrefix("/") else {
                return reference
            }
            let folder = FileManager.default.currentDirectoryPath
            return ImageReference(
                reference.transport, "\(folder == "/" ? "" : folder)/\(reference.location)")
        case .docker, .containersStorage, .dockerDaemon: return reference
        }
    }

    /// A name made of an image's: `docker://HOST/os/Base:12` is `base-12`, and `:latest` is left away.
    static func name(of reference: ImageReference) -> String {
        var text = reference.location[...]
        // [DRIVER@ROOT+RUN]NAME
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            text = text[text.index(after: end)...]
        }
        switch reference.transport {
        case .docker, .dockerDaemon, .containersStorage:
            // NAME@DIGEST; in a path an @ is a letter.
            if let digest = text.firstIndex(of: "@") { text = text[..<digest] }
            text = text.split(separator: "/").last ?? text
        case .dockerArchive, .ociArchive, .ociLayout:
            // PATH[:NAME[:TAG]] or PATH:@INDEX
            let parts = text.split(separator: ":", maxSplits: 1)
            let path = parts.first.map(String.init) ?? ""
            let name = (parts.count > 1 ? parts[1] : "").drop { $0 == "@" }.split(separator: "/").joined(separator: "-")
            text = (LayerFiles.name(of: path) + (name.isEmpty ? "" : ":" + name))[...]
        case .directory: text = text.split(separator: "/").last ?? text
        }
        if text.hasSuffix(":latest") { text = text.dropLast(":latest".count) }
        return LayerFiles.name(of: String(text))
    }
}
