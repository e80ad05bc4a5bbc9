import ArgumentParser
import Harness

struct CorpusRemoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Take layers out of your own manifest; the files stay.",
        discussion: """
            Of a set, such as an image that was added, all layers go that are in no other set. What the cache has of them goes, too. \
            Where one of several names is unknown, nothing is changed.

            EXAMPLE
              layerlab corpus remove mine
            """)

    private struct Removal: Encodable {
        var name: String
        var manifest: String
    }

    @Argument(help: "Entries or sets of your manifest.", completion: .custom(Completions.ownEntries))
    var names: [String]

    @OptionGroup var output: OutputOptions

    func run() throws {
        let manifest = try UserManifest.current()
        for name in try manifest.remove(names) {
            // Another manifest's entry of this name keeps what the cache has.
            if let corpus = try? Corpus.load(), !corpus.entries.contains(where: { $0.name == name }) {
                corpus.forget(name)
            }
            if output.json { try Console.printJSON(Removal(name: name, manifest: manifest.path)) }
            output.console.note("removed \(name) from \(manifest.path)")
        }
    }
}
