import ArgumentParser
import Foundation
import Harness
import LayerStore
import OSTree
import Strategies

struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Import files into temporary repositories, rebuild them and compare.",
        discussion: """
            Any regular file will do: what is no tar is kept as it is. What is odd about a file is told once, as findings; the \
            layer is exact all the same. Exit code 1 where an outcome is inexact or error; a format \
            that cannot carry a layer says so and is no failure.

            EXAMPLE
              layerlab verify layer.tar --all-strategies --all-modes --json

            \(StrategyHelp.text)
            """)

    @Argument(help: "The layers' files.")
    var files: [String]

    @Option(
        help: ArgumentHelp(
            "A strategy to check; may be given several times (default: \(Strategy.standard)).", valueName: "name"))
    var strategy: [String] = []

    @Flag(help: "Check every strategy of the catalogue, floors left out.")
    var allStrategies = false

    @OptionGroup var dictionary: DictionaryOptions

    @Option(help: "The mode of the repository (default: bare-user).")
    var mode: RepositoryMode?

    @Flag(help: "Check every mode.")
    var allModes = false

    @Option(help: "How paths map into the commit's tree.")
    var policy: PathPolicy = .standard

    @Option(help: "How the import proves the recipe.")
    var prove: Importer.Proof = .segments

    @Option(help: ArgumentHelp("Where to make temporary repositories.", valueName: "dir"))
    var workDir: String?

    @OptionGroup var output: OutputOptions

    func validate() throws {
        if files.contains("-") {
            throw ValidationError("verify reads its files several times, so it cannot take standard input")
        }
        guard strategy.isEmpty || !allStrategies else {
            throw ValidationError("--all-strategies checks every strategy; leave --strategy out")
        }
        guard dictionary.dictionary == nil || !allStrategies else {
            throw ValidationError("--all-strategies knows no dictionary; name the strategies that use it")
        }
        guard mode == nil || !allModes else {
            throw ValidationError("--all-modes checks every mode; leave --mode out")
        }
    }

    func run() throws {
        let dictionary = try dictionary.load()
        let strategies = try strategies(strategy, all: allStrategies, dictionary)
        if let floor = strategies.first(where: { type(of: $0.storage).isFloor }) {
            throw LayerStoreError(
                .input, "cannot verify \(floor): it keeps no recipe to rebuild from; layerlab bench measures it")
        }
        // All are looked at before the first is read.
        for file in files { try LayerSource.requireFile(file) }
        let verifier = Verifier(
            strategies: strategies, modes: allModes ? RepositoryMode.allCases : [mode ?? .bareUser],
            policy: policy, proof: prove, dictionaries: dictionary.list,
            in: workDir.map { URL(filePath: $0) } ?? FileManager.default.temporaryDirectory)
        var summary = VerificationSummary()
        for file in files {
            var hasFindings = false
            try verifier.verify(file, note: output.console.note) { result in
                summary.add(result)
                if output.json { return try Console.printJSON(result) }
                try Console.print(result.text)
                if !hasFindings, let text = result.findingText { try Console.print(text) }
                hasFindings = hasFindings || result.findings != nil
            }
        }
        output.console.note(summary.text)
        if summary.hasFailures { throw ExitCode(1) }
    }
}
