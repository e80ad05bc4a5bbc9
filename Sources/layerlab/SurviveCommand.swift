import ArgumentParser
import Foundation
import Harness
import LayerStore
import OSTree
import Processes
import Strategies

struct SurviveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "survive",
        abstract: "Say which recipes still rebuild after what a repository lives through.",
        discussion: """
            A LAYER is a file, or a layer or set of the corpus; without any it is a small generated one that has some of \
            everything. Each strategy imports it in each mode; then each operation is done by the real ostree to a copy of that \
            repository, and the layer is rebuilt. Results: exact; refuses (the rebuild ends with an error that says why); \
            ostree refuses (the operation itself, with its message); silently wrong, which would be a defect. Exit code 1 \
            where something is silently wrong or has no result.

            EXAMPLE
              layerlab survive
              layerlab survive layer.tar --strategy tree --strategy raw@sidecar --mode archive
              layerlab survive busybox --operation relabel --operation http-pull --json
              layerlab survive --all-strategies -o Reports/survival

            OPERATIONS
            \(SurvivalOperation.all.map { "  \($0.name)  \($0.summary)" }.joined(separator: "\n"))
            """)

    @Argument(
        help: "Files, or layers or sets of the corpus.", completion: .custom(Completions.layers))
    var layers: [String] = []

    @Option(
        help: ArgumentHelp(
            "A strategy; may be given several times (default: every encoding without a wrapper in commit-metadata, and two in each other storage).",
            valueName: "name"), completion: .custom(Completions.strategies))
    var strategy: [String] = []

    @Flag(help: "Every strategy of the catalogue, floors left out.")
    var allStrategies = false

    @OptionGroup var dictionary: DictionaryOptions

    @Option(help: "A repository mode; may be given several times (default: all).")
    var mode: [RepositoryMode] = []

    @Option(
        help: ArgumentHelp(
            "An operation; may be given several times (default: all).", valueName: "name"),
        completion: .custom(Completions.operations))
    var operation: [String] = []

    @Option(help: "How paths map, for layers given as files.")
    var policy: PathPolicy = .standard

    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp(
            "A folder for the report, survival.json and survival.md (default: none).", valueName: "dir"),
        completion: .directory)
    var folder: String?

    @Option(
        help: ArgumentHelp("Where to make temporary repositories.", valueName: "dir"),
        completion: .directory)
    var workDir = NSTemporaryDirectory()

    @Option(help: "How many repositories are worked on at the same time.")
    var jobs = SurvivalMeasurement.usualJobs

    @OptionGroup var corpus: CorpusOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard jobs > 0 else { throw ValidationError("--jobs takes a number from 1 up") }
        guard strategy.isEmpty || !allStrategies else {
            throw ValidationError("--all-strategies measures every strategy; leave --strategy out")
        }
    }

    func run() throws {
        let console = output.console
        let date = Date().formatted(.iso8601)
        let dictionary = try dictionary.load()
        let strategies =
            try strategy.isEmpty && !allStrategies
            ? SurvivalMeasurement.usualStrategies : strategies(strategy, all: allStrategies, dictionary)
        let measurement = try SurvivalMeasurement(
            strategies: strategies, modes: mode.isEmpty ? RepositoryMode.allCases : mode,
            operations: operation.isEmpty
                ? SurvivalOperation.all : operation.map { try SurvivalOperation.named($0) },
            dictionaries: dictionary.list, workFolder: workDir, jobs: jobs)
        let report = try folder.map { try ReportFolder($0) }
        let chosen = try SurvivalLayers(
            layers, of: corpus.load(), policy: policy, workFolder: workDir, progress: console.note)
        defer { extendLifetime(chosen) }
        var records: [SurvivalRecord] = []
        for layer in chosen.layers {
            var count = 0
            let progress = console.count(layer.name, total: measurement.recordCount)
            records += try measurement.run(layer) { record in
                count += 1
                progress(count, "\(record.mode), \(record.strategy)")
                if output.json { try Console.printJSON(record) }
            }
            console.status("")
        }
        let tables = SurvivalReport(records)
        if !output.json { try Console.print(String(tables.text.dropLast())) }
        if let report {
            let results = SurvivalResults(
                date: date, command: ShellWords.thisCommand,
                machine: MachineDescription.current(directory: workDir), survival: records)
            try report.write(try results.files())
            console.note("report: \(report.path)/survival.md")
        }
        if tables.hasFailures { throw ExitCode(1) }
    }
}
