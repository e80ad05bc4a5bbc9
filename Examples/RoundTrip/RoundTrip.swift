import Digests
import ExampleStrategies
import Foundation
import LayerStore
import OSTree
import Strategies

/// Imports a layer into a repository by several strategies, two of whose parts are our own, rebuilds it each time, and
/// compares the digests: `round-trip LAYER REPOSITORY`.
@main struct RoundTrip {
    static func main() {
        guard CommandLine.arguments.count == 3 else {
            print("usage: round-trip LAYER REPOSITORY")
            exit(2)
        }
        do {
            let isSame = try run(on: CommandLine.arguments[1], in: CommandLine.arguments[2])
            exit(isSame ? 0 : 1)
        } catch {
            print("round-trip: \(error)")
            exit(2)
        }
    }

    /// Whether every rebuild gave the layer.
    static func run(on file: String, in folder: String) throws -> Bool {
        // From here on a strategy may name them, and a repository that does is understood.
        try Catalogue.add(Once.self)
        try Catalogue.add(TextMetadata.self)
        let repository = try Repository.openOrCreate(at: folder, mode: .bareUser)
        var isSame = true
        for name in ["raw@sidecar", "tree@commit-metadata", "once@text-metadata"] {
            let importer = Importer(into: repository, strategy: try Strategy(parsing: name))
            let layer = try importer.importLayer(from: LayerSource(file))

            let sink = HashingSink()
            try Rebuilder(layer.ref, in: repository).rebuild(into: sink)
            let digest = sink.hash.digest
            isSame = isSame && digest == layer.layer.diffID

            print("\(name): \(layer.layerBytes) bytes, \(layer.entryCount) entries, a recipe of \(layer.recipeBytes)")
            print("  in   \(layer.layer.diffID)")
            print("  out  \(digest)")
        }
        return isSame
    }
}

/// Takes a rebuilt stream as it comes. The rebuilder has compared its digest already; here we do not take its word.
final class HashingSink: ByteSink {
    var hash = SHA256Stream()
    func write(_ bytes: ArraySlice<UInt8>) { hash.update(bytes) }
}
