import Digests
import Foundation

/// The fetched layers: `NAME-DIGEST.tar` with a sidecar `NAME.json` that says which file is the current one.
///
/// Layers are made in a directory of their own inside the cache and renamed when complete, and the sidecar is replaced
/// atomically after that; so an interrupted fetch leaves the cache as it was.
struct Cache: Sendable {
    /// What is recorded of a fetched layer.
    struct Sidecar: Codable, Equatable {
        /// The layer's file name in the cache.
        var file: String
        /// The observed digest, 64 hexadecimal digits.
        var sha256: String
        var bytes: UInt64
        /// When it was fetched.
        var fetchedAt: Date
        /// The recipe that made it. Another recipe needs another fetch.
        var recipe: CorpusRecipe
    }

    /// The cache's directory, which need not exist yet.
    let directory: String

    /// The entry's layer, or nil where there is none that was made by this recipe, matches the pin and has the recorded
    /// size and digest. Reads the whole file.
    func layer(of entry: CorpusEntry) -> FetchedLayer? {
        guard let sidecar = sidecar(of: entry), sidecar.recipe == entry.recipe,
            let recorded = Digest(hex: sidecar.sha256), entry.pin == nil || entry.pin == recorded
        else { return nil }
        let path = directory + "/" + sidecar.file
        guard let observed = try? FileDigest(path: path), observed.bytes == sidecar.bytes, observed.digest == recorded
        else { return nil }
        return FetchedLayer(entry: entry, path: path, bytes: observed.bytes, digest: recorded, isFresh: false)
    }

    /// What was recorded at the entry's last fetch, or nil.
    func sidecar(of entry: CorpusEntry) -> Sidecar? {
        guard let data = FileManager.default.contents(atPath: sidecarPath(of: entry)) else { return nil }
        return try? Cache.decoder.decode(Sidecar.self, from: data)
    }

    /// Makes the entry's layer with `make`, which gets an empty work directory and returns the file it made in there.
    func store(
        _ entry: CorpusEntry, now: Date = Date(), make: (_ workDirectory: String) throws(HarnessError) -> String
    ) throws(HarnessError) -> FetchedLayer {
        let work = "\(directory)/.\(entry.name)-\(UUID().uuidString)"
        try attempt(at: work) {
            try FileManager.default.createDirectory(atPath: work, withIntermediateDirectories: true)
        }
        defer { try? FileManager.default.removeItem(atPath: work) }
        let made = try make(work)
        let observed = try FileDigest(path: made)
        try check(observed, of: entry)

        let previous = sidecar(of: entry)
        let file = "\(entry.name)-\(observed.digest.hex.prefix(12)).\(entry.fileExtension)"
        let path = "\(directory)/\(file)"
        try attempt(at: path) {
            // Content under this name is either the same or damaged.
            try? FileManager.default.removeItem(atPath: path)
            try FileManager.default.moveItem(atPath: made, toPath: path)
        }
        let sidecar = Sidecar(
            file: file, sha256: observed.digest.hex, bytes: observed.bytes, fetchedAt: now, recipe: entry.recipe)
        try attempt(at: sidecarPath(of: entry)) {
            try Cache.encoder.encode(sidecar).write(
                to: URL(fileURLWithPath: sidecarPath(of: entry)), options: .atomic)
        }
        if let previous, previous.file != file, !previous.file.contains("/") {
            try? FileManager.default.removeItem(atPath: "\(directory)/\(previous.file)")
        }
        return FetchedLayer(entry: entry, path: path, bytes: observed.bytes, digest: observed.digest, isFresh: true)
    }

    private func check(_ observed: FileDigest, of entry: CorpusEntry) throws(HarnessError) {
        guard let pin = entry.pin, pin != observed.digest else { return }
        throw HarnessError(
            "the fetched file (\(Figure.count(observed.bytes)) bytes, sha256 \(observed.digest.hex)) does not "
                + "match the pin \(pin.hex)",
            in: entry.name,
            remedy: "do not use it: find out who changed it before you change the manifest's sha256")
    }

    private func sidecarPath(of entry: CorpusEntry) -> String { "\(directory)/\(entry.name).json" }

    private func attempt(at path: String, _ work: () throws -> Void) throws(HarnessError) {
        do {
            try work()
        } catch {
            throw HarnessError("the corpus cache cannot be written: \(error.localizedDescription)", in: path)
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
