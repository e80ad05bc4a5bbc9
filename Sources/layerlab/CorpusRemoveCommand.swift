import ArgumentParser
import Harness

struct CorpusRemoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Take layers out of your own manifest; the files stay.",
        discussion: """
            EXAMPLE
              layerlab corpus remove mine
            """)

    @Argument(help: "Entries of your manifest.")
    var names: [String]

    @Flag(name: .shortAndLong, help: "No notes on standard error.")
    var quiet = false

    func run() throws {
        let manifest = try UserManifest.current()
        for name in names {
            try manifest.remove(name)
            // Another manifest's entry of this name keeps what the cache has.
            if let corpus = try? Corpus.load(), !corpus.entries.contains(where: { $0.name == name }) {
                corpus.forget(name)
            }
            Console(isQuiet: quiet).note("removed \(name) from \(manifest.path)")
        }
    }
}
