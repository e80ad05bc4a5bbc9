import ArgumentParser
import Harness
import LayerStore
import OSTree
import Strategies

struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Import a layer into an ostree repository and keep its recipe.",
        discussion: """
            SOURCE is a tar, plain or in gzip or zstd; - is standard input. The layer becomes a commit under \
            ostree/container/blob/…, as ostree-ext makes it. The recipe is proved before the layer is published; on any \
            error the repository stays as it was.

            EXAMPLE
              layerlab import layer.tar.gz --repo repo --init bare-user --strategy raw+zstd:19@sidecar

            \(StrategyHelp.text)
            """)

    @Argument(help: "The layer's file, or -.")
    var source: String

    @OptionGroup var repository: RepositoryOptions

    @Option(
        name: .customLong("init"),
        help: ArgumentHelp("Make the repository first, in this mode, if it is not there.", valueName: "mode"))
    var initialMode: RepositoryMode?

    @Option(help: "How to keep the recipe (default: \(Strategy.standard)).")
    var strategy: String?

    @OptionGroup var dictionary: DictionaryOptions

    @Option(help: "How paths map into the commit's tree.")
    var policy: PathPolicy = .standard

    @Option(help: "How to prove the recipe: by its segments, or by rebuilding the whole stream too.")
    var prove: Importer.Proof = .segments

    @OptionGroup var output: OutputOptions

    func run() throws {
        let dictionary = try dictionary.load()
        let strategy = try Strategy(parsing: dictionary.naming([strategy ?? Strategy.standard.description])[0])
        let source = try LayerSource(source)
        let (layer, mode) =
            if let initialMode {
                try Repository.withOpenOrCreated(at: repository.repo, mode: initialMode) {
                    try importLayer(from: source, by: strategy, dictionary, into: $0)
                }
            } else {
                try importLayer(from: source, by: strategy, dictionary, into: repository.open())
            }
        output.console.endProgress()
        let report = ImportReport(layer, mode: mode)
        if output.json {
            try Console.printJSON(report)
        } else {
            try Console.print(report.text)
        }
        if type(of: strategy.storage).isFloor {
            output.console.note("note: \(strategy) keeps no recipe, so this layer cannot be rebuilt")
        }
        for finding in layer.findings.first.prefix(10) { output.console.note(FindingReport(finding).text) }
        if layer.findings.count > 10 {
            output.console.note("… and \(layer.findings.count - 10) more; layerlab inspect lists them")
        }
    }

    private func importLayer(
        from source: LayerSource, by strategy: Strategy, _ dictionary: ZstdDictionary?, into repository: Repository
    ) throws -> (ImportedLayer, RepositoryMode) {
        let importer = Importer(
            into: repository, strategy: strategy, policy: policy, proof: prove, dictionaries: dictionary.list)
        let progress = output.console.progress("import", total: source.fileByteCount)
        return (try importer.importLayer(from: source, progress: progress), repository.mode)
    }
}
