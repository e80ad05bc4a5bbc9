import ArgumentParser
import Foundation
import Harness
import Images
import LayerStore
import OSTree
import Strategies
import Processes

struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure strategies on layers: bytes, import and rebuild speed, beside tar-split and ostree.",
        discussion: """
            A LAYER is a file, or a layer or set of the corpus (see layerlab corpus list); without any it is the set quick. \
            An image (\(ImageReference.list)) is measured layer by layer, and as a whole: what its blobs cost by each policy, \
            what each strategy costs next to its own size, and importing and pushing it beside skopeo and umoci. \
            Four stages, each varying what matters to it: every encoding in memory, and where its bytes go; whole processes, \
            interleaved, of the encodings that no other one beats, with peers and floors; every storage in every mode, by its \
            footprint; survival, what still rebuilds after prunes, pulls, relabelling and more, on a small layer of its own. Another \
            one, speed, runs only where it is named: one strategy, each of its processes beside a program that does the same \
            work, against a target. \
            With --against, this program and another one are measured in turn, pair by pair, and the verdict is exit code 0 or 1 \
            (see layerlab compare): import without syncing, rebuild, encoding and decoding, and sizes. \
            The plan is printed first; a budget is looked at between rounds and between layers. Results go to Reports/DATE-MACHINE-SET/ \
            (or without -SET, where it is not one set or layer of the corpus) and are saved as they come: stop it whenever you \
            like, and what is there is reported: report.html for a browser, report.md, results.json; layerlab report makes other \
            forms of it.

            EXAMPLE
              layerlab bench quick
              layerlab bench standard --budget 30
              layerlab bench layer.tar --strategy raw+zstd:19@sidecar --mode archive --samples 7 --cache cold
              layerlab bench standard --stage end-to-end --strategy raw --strategy raw+zstd:19
              layerlab bench standard --stage speed --budget 25
              layerlab bench oci:layout:latest --stage encodings --stage image
              layerlab bench redis --against HEAD~1

            \(StrategyHelp.text)
            """)

    @Argument(
        help: "Files, images, or layers or sets of the corpus.", completion: .custom(Completions.layers)
    )
    var layers: [String] = []

    @Option(
        help: ArgumentHelp(
            "A strategy to measure; may be given several times (default: the encodings that no other one beats, or all, where the stage encodings is left out).",
            valueName: "name"), completion: .custom(Completions.strategies))
    var strategy: [String] = []

    @OptionGroup var dictionary: DictionaryOptions

    @Option(help: "A repository mode; may be given several times (default: bare-user).")
    var mode: [RepositoryMode] = []

    @Option(help: "A stage; may be given several times (default: all but speed).")
    var stage: [BenchSettings.Stage] = []

    @Flag(help: "Measure every strategy in every mode.")
    var full = false

    @Flag(inversion: .prefixedNo, help: "Measure tar-split, ostree and tar too, where they are installed.")
    var peers = true

    @Option(
        help: ArgumentHelp(
            "Another layerlab to measure in turn with this one: a program's path, or a git revision, which is built.",
            valueName: "program|revision"), completion: .file())
    var against: String?

    @OptionGroup var rules: ComparisonOptions

    @Option(help: "How often each is measured at least (default: 5; 20 with --against).")
    var samples: Int?

    @Option(help: "How often at most, where intervals stay wide (default: twice --samples; 40 with --against).")
    var maxSamples: Int?

    @Option(
        help:
            "How close to the median the 95 % intervals of ratios have to end before a layer is done, in per cent (default: 5; 2.5 with --against)."
    )
    var precision: Double?

    @Option(help: ArgumentHelp("Time for all of it; fetching layers is not part of it.", valueName: "minutes"))
    var budget: Double?

    @Option(
        help: "warm or cold; may be given twice. Cold drops files from memory before each measurement (default: warm).")
    var cache: [CacheState] = []

    @Option(help: "How paths map, for layers given as files.")
    var policy: PathPolicy = .standard

    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp("The report's folder (default: a new one below Reports).", valueName: "dir"),
        completion: .directory)
    var output: String?

    @Option(
        help: ArgumentHelp("Where to make temporary repositories.", valueName: "dir"),
        completion: .directory)
    var workDir = NSTemporaryDirectory()

    @Option(
        help: ArgumentHelp("Of an image's index, the image for this system.", valueName: "os/architecture[/variant]"))
    var platform: Platform = .host

    @OptionGroup var registry: RegistryArguments
    @OptionGroup var corpus: CorpusOptions
    @OptionGroup var console: OutputOptions

    func validate() throws {
        guard samples ?? 1 > 0 else { throw ValidationError("--samples takes a number from 1 up") }
        let least = samples ?? (against == nil ? BenchSettings().minimumSamples : AgainstSettings().minimumSamples)
        guard maxSamples.map({ $0 >= least }) ?? true else {
            throw ValidationError("--max-samples takes a number from --samples (\(least)) up")
        }
        guard precision ?? 1 > 0 else { throw ValidationError("--precision takes a number above 0") }
        guard budget.map({ $0 > 0 }) ?? true else {
            throw ValidationError("--budget takes a number of minutes above 0")
        }
        guard !stage.contains(.speed) || (strategy.count <= 1 && mode.isEmpty && cache.isEmpty && peers && !full) else {
            throw ValidationError(
                "--stage speed has modes, caches and peers of its own, and takes one --strategy at most")
        }
        guard dictionary.dictionary == nil || !strategy.isEmpty else {
            throw ValidationError("--dictionary needs strategies that use it; such as --strategy raw+zstd:19")
        }
        guard against != nil || !rules.areGiven else {
            throw ValidationError("--minimum-effect and --significance are for --against, and for layerlab compare")
        }
        guard against == nil || peers else {
            throw ValidationError("--against measures no peers; leave --no-peers out")
        }
        guard against == nil || layers.allSatisfy({ ImageReference($0) == nil }) else {
            throw ValidationError("--against measures layers: files, and layers and sets of the corpus; not images")
        }
        guard against == nil || (stage.allSatisfy(AgainstSettings().stages.contains) && cache.isEmpty && !full) else {
            throw ValidationError(
                "--against measures the stages encodings and end-to-end, with warm caches; not --full")
        }
        guard !full || (strategy.isEmpty && mode.isEmpty) else {
            throw ValidationError("--full measures every strategy in every mode; leave --strategy and --mode out")
        }
    }

    func run() throws {
        let console = console.console
        // Before anything is fetched: a misspelt strategy is told at once.
        let strategies = try dictionary.load().naming(strategy).map { try Strategy(parsing: $0) }
        if let against { return try runAgainst(against, strategies) }
        let fetched = URL(filePath: workDir).appending(component: "layerlab-images-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: fetched, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: fetched) }
        let names = layers.isEmpty ? ["quick"] : layers
        let selection = try BenchSelection(
            names, of: corpus.load(), policy: policy,
            images: .init(platform: platform, registry: registry.options, folder: fetched.path),
            progress: console.note)
        var plan = BenchPlan(
            layers: selection.layers, strategies: strategies.isEmpty ? nil : strategies,
            modes: mode.isEmpty ? [.bareUser] : mode, settings: settings)
        plan.images = selection.images
        plan.dictionary = dictionary.dictionary.map { URL(filePath: $0).path }
        console.notes(BenchAnnouncement(plan).text)

        let machine = MachineDescription.current(directory: workDir)
        var results = BenchResults(
            date: Date().formatted(.iso8601),
            command: ShellWords.thisCommand,
            machine: machine, settings: settings, leftOut: selection.leftOut)
        let folder =
            try output.map { try ReportFolder($0) }
            ?? ReportFolder(
                below: "Reports", date: results.date, machine: machine,
                subject: BenchSelection.subject(of: names))
        let runner = BenchRunner(
            plan, tool: try Program.current(), workFolder: workDir,
            output: .init(note: console.note, status: console.status))
        do {
            try runner.run(into: &results) { try folder.save($0, withTables: $1) }
        } catch {
            // What was measured until then is worth something.
            guard !results.isEmpty else { throw error }
            try report(results, in: folder, console)
            guard Interruption.pending != nil else { throw error }
            throw LayerStoreError(.interrupted, "interrupted; what was measured until then is reported")
        }
        try report(results, in: folder, console)
        if results.hasFailures { throw ExitCode(1) }
    }

    private var settings: BenchSettings {
        var settings = BenchSettings()
        if !stage.isEmpty { settings.stages = BenchSettings.Stage.allCases.filter(stage.contains) }
        settings.minimumSamples = samples ?? settings.minimumSamples
        settings.maximumSamples = maxSamples ?? 2 * settings.minimumSamples
        settings.precision = precision.map { $0 / 100 } ?? settings.precision
        settings.budgetSeconds = budget.map { $0 * 60 }
        if !cache.isEmpty { settings.caches = CacheState.allCases.filter(cache.contains) }
        settings.includesPeers = peers
        settings.isFull = full
        return settings
    }

    private func report(_ results: BenchResults, in folder: ReportFolder, _ console: Console) throws {
        if self.console.json {
            for line in try results.jsonLines { try Console.printData(line) }
        } else {
            try Console.print(BenchReport(results).terminalText)
        }
        // Once, at the end: making it would be work between rounds.
        try folder.write([.init(name: "report.html", data: Data(BenchReport(results).html.utf8))])
        console.note("report: \(folder.path)/report.md, raw samples: \(folder.path)/results.json")
        console.note("open it: \(URL(filePath: folder.path).standardizedFileURL.path)/report.html")
    }
}
