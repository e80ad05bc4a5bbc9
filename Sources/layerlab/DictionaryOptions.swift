import ArgumentParser
import Digests
import Foundation
import LayerStore
import Strategies

/// A dictionary at hand, for all commands that take strategies.
struct DictionaryOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A zstd dictionary, as corpus train makes it. Where no strategy names one, each zstd uses it; else those that say so (zstd:19,dictionary).",
            valueName: "file"), completion: .file())
    var dictionary: String?

    /// The dictionary, read and checked.
    func load() throws -> ZstdDictionary? {
        guard let dictionary else { return nil }
        try LayerSource.requireFile(dictionary)
        guard let file = FileHandle(forReadingAtPath: dictionary) else {
            throw LayerStoreError(.input, "\(dictionary): cannot be read")
        }
        let bytes = [UInt8](try file.read(upToCount: ZstdDictionary.maximumBytes + 1) ?? Data())
        do {
            return try ZstdDictionary(bytes)
        } catch {
            throw LayerStoreError(.input, "\(dictionary): \(error); layerlab corpus train makes one")
        }
    }
}

extension ZstdDictionary? {
    /// What a person wrote, with this dictionary's digest filled in.
    func naming(_ texts: [String]) throws(StrategyError) -> [String] {
        guard let self else { return texts }
        return try Strategy.naming(self.digest, in: texts)
    }

    var list: [ZstdDictionary] { map { [$0] } ?? [] }
}
