import ArgumentParser
import Foundation
import Harness
import LayerStore
import OSTree
import Strategies

struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure strategies on layers: bytes, import and rebuild speed, beside tar-split and ostree.",
        discussion: """
            A LAYER is a file, or a layer or set of the corpus (see layerlab corpus list); without any it is the set quick. \
            Each sample imports into a fresh repository and rebuilds to /dev/null, all strategies in turn. The report goes \
            to Reports/DATE-MACHINE/ and is saved after each layer.

            EXAMPLE
              layerlab bench quick
              layerlab bench layer.tar --strategy raw+zstd:19@sidecar --mode archive --samples 7

            \(StrategyHelp.text)
            """)

    @Argument(help: "Files, or layers or sets of the corpus.")
    var layers: [String] = []

    @Option(
        help: ArgumentHelp(
            "A strategy to measure; may be given several times (default: each encoding in one storage, each storage with one encoding).",
            valueName: "name"))
    var strategy: [String] = []

    @Option(help: "A repository mode; may be given several times (default: bare-user).")
    var mode: [RepositoryMode] = []

    @Flag(help: "Measure every strategy in every mode.")
    var full = false

    @Flag(inversion: .prefixedNo, help: "Measure tar-split and ostree too, where they are installed.")
    var peers = true

    @Option(help: "How often each is measured.")
    var samples = 5

    @Option(help: "How paths map, for layers given as files.")
    var policy: PathPolicy = .standard

    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp("The report's folder (default: a new one below Reports).", valueName: "dir"))
    var output: String?

    @Option(help: ArgumentHelp("Where to make temporary repositories.", valueName: "dir"))
    var workDir = NSTemporaryDirectory()

    @OptionGroup var console: OutputOptions

    func validate() throws {
        guard samples > 0 else { throw ValidationError("--samples takes a number from 1 up") }
        guard !full || (strategy.isEmpty && mode.isEmpty) else {
            throw ValidationError("--full measures every strategy in every mode; leave --strategy and --mode out")
        }
    }

    func run() throws {
        let console = console.console
        // Before anything is fetched: a misspelt strategy is told at once.
        let strategies =
            full
            ? Catalogue.allStrategies
            : try strategy.isEmpty ? BenchPlan.standardStrategies : strategy.map { try Strategy(parsing: $0) }
        let selection = try BenchSelection(layers.isEmpty ? ["quick"] : layers, policy: policy, progress: console.note)
        let modes = full ? RepositoryMode.allCases : mode.isEmpty ? [.bareUser] : mode
        let plan = BenchPlan(
            layers: selection.layers,
            cases: modes.flatMap { mode in strategies.map { BenchPlan.Case(strategy: $0, mode: mode) } },
            sampleCount: samples, includesPeers: peers)
        console.note(plan.announcement)

        let machine = MachineDescription.current(directory: workDir)
        var results = BenchResults(
            date: Date().formatted(.iso8601),
            command: (["layerlab"] + CommandLine.arguments.dropFirst()).joined(separator: " "),
            machine: machine, durable: true, sampleCount: samples, leftOut: selection.leftOut)
        var folder =
            try output.map { try ReportFolder($0) }
            ?? ReportFolder(below: "Reports", date: results.date, machine: machine)
        let runner = BenchRunner(plan, tool: try Program.current(), workFolder: workDir, progress: console.note)
        results.records = try runner.run { records in
            results.records = records
            try folder.save(results)
        }
        if self.console.json {
            try results.records.forEach { try Console.printJSON($0) }
        } else {
            try Console.print(BenchReport(results).terminalText)
        }
        console.note("report: \(folder.path)/report.md, raw samples: \(folder.path)/results.json")
        if results.hasFailures { throw ExitCode(1) }
    }
}
