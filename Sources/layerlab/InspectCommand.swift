import ArgumentParser
import Harness
import LayerStore

struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show what a layer is made of: dialect, entries by kind, order, where its bytes are, what is odd.",
        discussion: """
            EXAMPLE
              layerlab inspect layer.tar
            """)

    @Argument(help: "The layer's file, or -.")
    var file: String

    @OptionGroup var output: OutputOptions

    func run() throws {
        let source = try LayerSource(file)
        let inspection = try LayerInspection(
            of: source, progress: output.console.progress("inspect", total: source.fileByteCount))
        output.console.endProgress()
        let report = InspectionReport(inspection, layer: file)
        if output.json {
            try Console.printJSON(report)
        } else {
            try Console.print(report.text)
        }
    }
}
