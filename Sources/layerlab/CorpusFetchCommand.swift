import ArgumentParser
import Foundation
import Harness

struct CorpusFetchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fetch",
        abstract: "Obtain layers by their recipes, into a cache that git ignores.",
        discussion: """
            Says first what it will do and how much disk that takes, and refuses where there is too little. What is there \
            and unchanged is kept; pinned archives are compared with their SHA-256. A layer that fails keeps no other \
            back, and the same command goes on where the last one stopped.

            EXAMPLE
              layerlab corpus fetch standard --jobs 2
            """)

    @Argument(help: "Layers or sets.", completion: .custom(Completions.corpusNames))
    var names: [String]

    @Option(help: "How many layers are made at the same time (default: 2, or 1 on one processor).")
    var jobs = min(ProcessInfo.processInfo.activeProcessorCount, 2)

    @Flag(help: "Fetch again what is there.")
    var force = false

    @OptionGroup var corpus: CorpusOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard jobs > 0 else { throw ValidationError("--jobs takes a number from 1 up") }
    }

    func run() throws {
        let corpus = try corpus.load()
        let console = output.console
        // A line that cannot be printed is told at the end: by then all that was fetched is in the cache.
        var printing: (any Error)?
        let entries = try corpus.entries(named: names)
        let outcome = try corpus.fetch(
            entries, force: force, jobs: jobs, announce: { console.notes($0.announcement) },
            progress: console.note
        ) { layer in
            do {
                try output.show(layer)
            } catch {
                printing = printing ?? error
            }
        }
        if let printing { throw printing }
        try output.tellFailures(of: outcome, remedy: "the same command tries them again")
    }
}
