import Digests
import Foundation
import Processes

/// The fetched layers: `NAME-DIGEST.tar` with a sidecar `NAME.json` that says which file is the current one.
///
/// A layer is renamed into its place when it is complete, and the sidecar is replaced atomically after that; so an
/// interrupted fetch leaves the cache as it was.
struct Cache: Sendable {
    /// What is recorded of a fetched layer.
    struct Sidecar: Codable, Equatable {
        /// The layer's file name in the cache, or the path of a file that is used where it is.
        var file: String
        /// The observed digest, 64 hexadecimal digits.
        var sha256: String
        var bytes: UInt64
        /// The tar stream's digest, 64 hexadecimal digits; that of the file where it is not compressed.
        var diffID: String
        /// The tar stream's size.
        var streamBytes: UInt64
        /// The tar stream's entries.
        var entries: Int
        /// The file's modification time in seconds since 1970, by which lists tell that it is still the same.
        var modified: Double
        /// When it was fetched.
        var fetchedAt: Date
        /// The recipe that made it. Another recipe needs another fetch.
        var recipe: CorpusRecipe
        /// Of an image's layer: the digest of the base that the image was built on, 64 hexadecimal digits. Nil where that
        /// was not recorded, as it once was not.
        var base: String?
    }

    /// A finished file that is to be an entry's layer.
    struct Made {
        var file: String
        var entry: CorpusEntry
        /// What the file's stream must have as its digest, where somebody else has said so.
        var diffID: Digest?
    }

    /// The cache's directory, without links. It need not exist yet.
    let directory: String

    init(directory: String) {
        // What does not exist yet has no links: those above are resolved.
        var existing = URL(filePath: directory).standardizedFileURL
        var rest: [String] = []
        while existing.path != "/", !FileManager.default.fileExists(atPath: existing.path) {
            rest.insert(existing.lastPathComponent, at: 0)
            existing = existing.deletingLastPathComponent()
        }
        self.directory = rest.reduce(existing.resolvingSymlinksInPath()) { $0.appending(component: $1) }.path
    }

    /// The entry's layer, or nil where there is none that was made by this recipe, on the base that the cache has, matches
    /// the pin and has the recorded size and digest. Reads the whole file.
    func layer(of entry: CorpusEntry) -> FetchedLayer? {
        guard let (sidecar, layer) = recorded(entry), let observed = try? FileDigest(path: layer.path),
            observed.bytes == sidecar.bytes, observed.digest == layer.digest
        else { return nil }
        return layer
    }

    /// As `layer(of:)`, but looks only at the file's size and modification time: for lists.
    func listedLayer(of entry: CorpusEntry) -> FetchedLayer? {
        guard let (sidecar, layer) = recorded(entry), let facts = FileFacts(path: layer.path),
            facts.bytes == sidecar.bytes, facts.modified == sidecar.modified
        else { return nil }
        return layer
    }

    /// What was recorded at the entry's last fetch, or nil.
    func sidecar(of entry: CorpusEntry) -> Sidecar? { sidecar(named: entry.name) }

    private func sidecar(named name: String) -> Sidecar? {
        guard let data = FileManager.default.contents(atPath: "\(directory)/\(name).json") else { return nil }
        return try? Cache.decoder.decode(Sidecar.self, from: data)
    }

    /// Takes finished files over as their entries' layers, all of them or, where one is not what it must be, none. They are
    /// moved into the cache, but for files of the user's own.
    ///
    /// - Parameters:
    ///   - base: What they build on, where they are an image's.
    ///   - copying: Whether their files stay where they are, too, for others.
    func keep(_ made: [Made], base: Digest? = nil, copying: Bool = false) throws(LocatedError) -> [FetchedLayer] {
        var checked: [(made: Made, observed: ObservedLayer, previous: Sidecar?)] = []
        for made in made {
            let observed = try ObservedLayer(path: made.file)
            try check(observed, of: made.entry, diffID: made.diffID)
            checked.append((made, observed, sidecar(of: made.entry)))
        }
        // Layers of one build: who is interrupted here finds some of them missing, and none of another build among them.
        if made.count > 1 {
            for made in made { forget(made.entry.name) }
        }
        var layers: [FetchedLayer] = []
        for (index, item) in checked.enumerated() {
            let isNeededAgain = copying || made[(index + 1)...].contains { $0.file == item.made.file }
            layers.append(
                try place(item.made, item.observed, replacing: item.previous, base: base, copying: isNeededAgain))
        }
        return layers
    }

    /// - Parameter copying: Whether the file stays where it is, too.
    private func place(
        _ made: Made, _ observed: ObservedLayer, replacing previous: Sidecar?, base: Digest?, copying: Bool
    ) throws(LocatedError) -> FetchedLayer {
        let entry = made.entry
        let isInPlace = if case .file = entry.recipe { true } else { false }
        let file = isInPlace ? made.file : "\(entry.name)-\(observed.digest.hex.prefix(12)).\(entry.fileExtension)"
        let path = self.path(of: file)
        try attempt(at: path) {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            guard !isInPlace else { return }
            // Content under this name is either the same or damaged.
            try? FileManager.default.removeItem(atPath: path)
            if copying {
                try FileManager.default.linkItem(atPath: made.file, toPath: path)
            } else {
                try FileManager.default.moveItem(atPath: made.file, toPath: path)
            }
        }
        let sidecar = Sidecar(
            file: file, sha256: observed.digest.hex, bytes: observed.bytes, diffID: observed.diffID.hex,
            streamBytes: observed.streamBytes, entries: observed.entries,
            modified: FileFacts(path: path)?.modified ?? 0, fetchedAt: Date(), recipe: entry.recipe, base: base?.hex)
        try attempt(at: sidecarPath(of: entry)) {
            try Cache.encoder.encode(sidecar).write(
                to: URL(fileURLWithPath: sidecarPath(of: entry)), options: .atomic)
        }
        if let previous, previous.file != file, !previous.file.contains("/") {
            try? FileManager.default.removeItem(atPath: "\(directory)/\(previous.file)")
        }
        return FetchedLayer(
            entry: entry, path: path, bytes: observed.bytes, digest: observed.digest, diffID: observed.diffID,
            streamBytes: observed.streamBytes, entries: observed.entries, isFresh: true)
    }

    /// Takes away what was recorded of an entry, and its file where that is the cache's own.
    func forget(_ entryName: String) {
        if let sidecar = sidecar(named: entryName), !sidecar.file.contains("/") {
            try? FileManager.default.removeItem(atPath: "\(directory)/\(sidecar.file)")
        }
        try? FileManager.default.removeItem(atPath: "\(directory)/\(entryName).json")
    }

    /// Whether the entry is an image's layer, and its image was built on another state of its base than the cache has.
    func hasOtherBase(_ entry: CorpusEntry) -> Bool {
        guard case .imageLayer(let layer) = entry.recipe, let built = sidecar(of: entry)?.base,
            let base = sidecar(named: layer.build.base)
        else { return false }
        return base.sha256 != built
    }

    /// The record of this entry's recipe with the layer that it speaks of, its file not looked at.
    private func recorded(_ entry: CorpusEntry) -> (Sidecar, FetchedLayer)? {
        guard let sidecar = sidecar(of: entry), sidecar.recipe == entry.recipe,
            let digest = Digest(hex: sidecar.sha256), let diffID = Digest(hex: sidecar.diffID),
            entry.pin == nil || entry.pin == digest, !hasOtherBase(entry)
        else { return nil }
        let layer = FetchedLayer(
            entry: entry, path: path(of: sidecar.file), bytes: sidecar.bytes, digest: digest, diffID: diffID,
            streamBytes: sidecar.streamBytes, entries: sidecar.entries, isFresh: false)
        return (sidecar, layer)
    }

    private func check(_ observed: ObservedLayer, of entry: CorpusEntry, diffID: Digest?) throws(LocatedError) {
        if let diffID, diffID != observed.diffID {
            let isFile = if case .file = entry.recipe { true } else { false }
            throw LocatedError(
                "the layer's digest is \(observed.diffID), and its image says \(diffID)", in: entry.name,
                remedy: isFile
                    ? "bring the image back, or take the entry away with `layerlab corpus remove \(entry.name)`"
                    : "fetch it again with --force")
        }
        guard let pin = entry.pin, pin != observed.digest else { return }
        if case .file(let recipe) = entry.recipe {
            throw LocatedError(
                "the file \(recipe.path) has changed since it was added (sha256 \(observed.digest.hex), was \(pin.hex))",
                in: entry.name,
                remedy: "take the entry away with `layerlab corpus remove \(entry.name)`, and add the file again")
        }
        throw LocatedError(
            "the fetched file (\(Figure.count(observed.bytes)) bytes, sha256 \(observed.digest.hex)) does not "
                + "match the pin \(pin.hex)",
            in: entry.name,
            remedy: "do not use it: find out who changed it before you change the manifest's sha256")
    }

    private func path(of file: String) -> String { file.hasPrefix("/") ? file : "\(directory)/\(file)" }

    private func sidecarPath(of entry: CorpusEntry) -> String { "\(directory)/\(entry.name).json" }

    private func attempt(at path: String, _ work: () throws -> Void) throws(LocatedError) {
        do {
            try work()
        } catch {
            throw LocatedError("the corpus cache cannot be written: \(error.localizedDescription)", in: path)
        }
    }

    private static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        return encoder
    }

    private static var decoder: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return decoder
    }
}

/// What the file system says of a file.
struct FileFacts: Equatable {
    var bytes: UInt64
    /// Seconds since 1970.
    var modified: Double

    init?(path: String) {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: path),
            let size = attributes[.size] as? NSNumber, let date = attributes[.modificationDate] as? Date
        else { return nil }
        bytes = size.uint64Value
        modified = date.timeIntervalSince1970
    }
}
