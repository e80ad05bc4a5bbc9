import ArgumentParser
import Foundation
import Harness
import LayerStore
import OSTree
import Strategies

extension MeasureCommand {
    struct Relabel: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "relabel",
            abstract: "Say which recipes survive a host that relabels the layer's commit.",
            discussion: """
                A LAYER is a file, or a layer or set of the corpus. For each strategy it is imported into a temporary \
                repository, every file and directory of its commit gets another security.selinux, the old commit is pruned, \
                and the layer is rebuilt. A refusal is a result; exit code 1 where a rebuilt stream is wrong, or there is no \
                result.

                EXAMPLE
                  layerlab measure relabel stack-copy layer.tar --strategy tree --strategy raw+zstd:19@sidecar
                """)

        @Argument(
            help: "Files, or layers or sets of the corpus.", completion: .custom(Completions.layers))
        var layers: [String]

        @Option(
            help: ArgumentHelp(
                "A strategy; may be given several times (default: every encoding, in commit-metadata).",
                valueName: "name"), completion: .custom(Completions.strategies))
        var strategy: [String] = []

        @Flag(help: "Every strategy of the catalogue, floors left out.")
        var allStrategies = false

        @OptionGroup var dictionary: DictionaryOptions

        @Option(help: "The mode of the repositories.")
        var mode: RepositoryMode = .bareUser

        @Option(help: "How paths map, for layers given as files.")
        var policy: PathPolicy = .standard

        @Option(
            help: ArgumentHelp("Where to make temporary repositories.", valueName: "dir"),
            completion: .directory)
        var workDir = NSTemporaryDirectory()

        @OptionGroup var corpus: CorpusOptions
        @OptionGroup var output: OutputOptions

        func validate() throws {
            guard strategy.isEmpty || !allStrategies else {
                throw ValidationError("--all-strategies measures every strategy; leave --strategy out")
            }
        }

        func run() throws {
            let console = output.console
            let dictionary = try dictionary.load()
            let strategies =
                try strategy.isEmpty && !allStrategies
                ? RelabelMeasurement.usualStrategies : strategies(strategy, all: allStrategies, dictionary)
            let measurement = try RelabelMeasurement(
                strategies: strategies, mode: mode, dictionaries: dictionary.list, workFolder: workDir)
            let selection = try BenchSelection(layers, of: corpus.load(), policy: policy, progress: console.note)
            var records: [RelabelRecord] = []
            let progress = console.count("measured", total: selection.layers.count * strategies.count)
            for layer in selection.layers {
                progress(records.count, layer.name)
                try measurement.run(layer) { record in
                    records.append(record)
                    progress(records.count, layer.name)
                    if output.json { try Console.printJSON(record) }
                }
                console.status("")
            }
            let report = RelabelReport(records)
            if !output.json { try Console.print(String(report.text.dropLast())) }
            if report.hasFailures { throw ExitCode(1) }
        }
    }
}
