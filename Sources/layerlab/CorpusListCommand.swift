import ArgumentParser
import Harness

struct CorpusListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the layers, and which of them are there.",
        discussion: """
            Sizes and entries are those observed at the fetch, and with a ~ those to expect. Files are told by their size \
            and time; corpus fetch reads them, too.

            EXAMPLE
              layerlab corpus list
            """)

    @OptionGroup var corpus: CorpusOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let report = CorpusReport(try corpus.load())
        if output.json {
            try report.rows.forEach { try Console.printJSON($0) }
        } else {
            try Console.print(String(report.text.dropLast()))
        }
    }
}
