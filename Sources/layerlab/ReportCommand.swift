import ArgumentParser
import Foundation
import Harness

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Make a report of a benchmark's results: for the terminal, a browser, a page or a spreadsheet.",
        discussion: """
            RESULTS is a folder that bench wrote, or its results.json; a survival.json of survive may stand beside it, and its \
            records are part of the report then. The page is one file that needs no network. Without -o, or with -o -, the report goes \
            to standard output; a folder gets report.html, report.md and a CSV file for each table, a file what its name ends in.

            EXAMPLE
              layerlab report Reports/2026-11-24-encodings
              layerlab report Reports/2026-11-24-encodings Reports/2026-11-26-survival/survival.json -o report.html
              layerlab report results.json -o folder
              layerlab report results.json --format csv --table encodings > encodings.csv
            """)

    @Argument(help: "A benchmark's folder or results.json, and perhaps a survival.json.", completion: .file())
    var results: [String]

    @Option(help: "terminal, markdown, csv or html (default: terminal, or what -o says).")
    var format: ReportFormat?

    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp(
            "A folder for all forms, a file .html, .md, .csv or .txt, or - for standard output.", valueName: "path"),
        completion: .file())
    var output: String?

    @Option(help: ArgumentHelp("With CSV: the table to print.", valueName: "name"))
    var table: String?

    @OptionGroup var console: OutputOptions

    func validate() throws {
        guard !console.json || (format == nil && output == nil && table == nil) else {
            throw ValidationError("--json prints the records, and takes neither --format, -o nor --table")
        }
        guard table == nil || format == .csv || (format == nil && output?.hasSuffix(".csv") == true) else {
            throw ValidationError("--table needs --format csv")
        }
    }

    func run() throws {
        let forms = ReportForms(BenchReport(try BenchResults.load(results)))
        if console.json {
            for line in try forms.jsonLines { try Console.printData(line) }
        } else if let output, output != "-" {
            for file in try forms.write(to: output, format, table: table) { console.console.note("wrote \(file)") }
        } else {
            let text = try forms.text(format ?? .terminal, table: table)
            try Console.printData(String(text.hasSuffix("\n") ? text.dropLast() : text[...]))
        }
    }
}
