import ArgumentParser
import Foundation
import Harness
import LayerStore
import OSTree
import Strategies

struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show what a layer is made of: dialect, entries by kind, order, where its bytes are, what is odd.",
        discussion: """
            With --encoding, show instead where the bytes of its recipe go, stream by stream: the layer is imported into a \
            temporary repository, and what was stored is read back.

            EXAMPLE
              layerlab inspect layer.tar
              layerlab inspect layer.tar --encoding columns:checksums=tree --policy ostree-ext

            \(StrategyHelp.text)
            """)

    @Argument(help: "The layer's file, or -.", completion: .file())
    var file: String

    @Option(
        help: ArgumentHelp("Show the streams of this encoding's recipe.", valueName: "name"),
        completion: .custom(Completions.encodings))
    var encoding: String?

    @Option(help: "With --encoding: how paths map into the commit's tree.")
    var policy: PathPolicy = .standard

    @Option(help: "With --encoding: the mode of the temporary repository.")
    var mode: RepositoryMode = .bareUser

    @Option(
        help: ArgumentHelp(
            "With --encoding: where to make the temporary repository.", valueName: "dir"),
        completion: .directory)
    var workDir: String?

    @OptionGroup var output: OutputOptions

    func run() throws {
        if let encoding {
            let report = try RecipeReport(
                importing: file, by: try Strategy.encoding(encoding), policy: policy, mode: mode,
                in: workDir.map { URL(filePath: $0) } ?? FileManager.default.temporaryDirectory,
                progress: { output.console.progress("import", total: $0) })
            output.console.endProgress()
            return output.json ? try Console.printJSON(report) : try Console.print(report.text)
        }
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
