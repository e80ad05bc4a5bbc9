import ArgumentParser
import Harness

struct CorpusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "corpus",
        abstract: "List and fetch the layers that benchmarks run on.",
        discussion: """
            EXAMPLE
              layerlab corpus fetch quick
            """,
        subcommands: [List.self, Fetch.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the layers, and which of them are there.",
            discussion: """
                EXAMPLE
                  layerlab corpus list
                """)

        @OptionGroup var output: OutputOptions

        func run() throws {
            let report = CorpusReport(try Corpus.load())
            if output.json {
                try report.rows.forEach { try Console.printJSON($0) }
            } else {
                try Console.print(String(report.text.dropLast()))
            }
        }
    }

    struct Fetch: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Obtain layers by their recipes, into a cache that git ignores.",
            discussion: """
                What is there and unchanged is kept. Pinned archives are compared with their SHA-256.

                EXAMPLE
                  layerlab corpus fetch quick
                """)

        @Argument(help: "Layers or sets.")
        var names: [String]

        @Flag(help: "Fetch again what is there.")
        var force = false

        @OptionGroup var output: OutputOptions

        func run() throws {
            let corpus = try Corpus.load()
            for entry in try corpus.entries(named: names) {
                let report = FetchReport(try corpus.fetch(entry, force: force, progress: output.console.note))
                if output.json { try Console.printJSON(report) } else { try Console.print(report.text) }
            }
        }
    }
}
