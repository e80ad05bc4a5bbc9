import ArgumentParser
import Foundation
import Harness
import LayerStore
import OSTree
import Strategies

struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract:
            "Import files into temporary repositories, rebuild them and compare; or check the layers of a repository.",
        discussion: """
            Any regular file will do: what is no tar is kept as it is. What is odd about a file is told once, as findings; the \
            layer is exact all the same. Exit code 1 where an outcome is inexact or error; a format \
            that cannot carry a layer says so and is no failure.

            With --repo it is the layers of a repository that are checked, all of them or those that are named by ref or \
            digest: each is rebuilt and compared with its diff ID, and the first damage is told. With --deep all of the \
            damage is: the layer's commit, each object of its tree with every path that uses it, orphans, what belongs to \
            the recipe, and the stream; where no layer is named, also the commits of images, blobs and dictionaries. \
            Exit code 1 where there is damage. Nothing is changed.

            EXAMPLE
              layerlab verify layer.tar --all-strategies --all-modes --json
              layerlab verify --repo repo
              layerlab verify --repo repo --deep sha256:DIGEST --json

            \(StrategyHelp.text)
            """)

    @Argument(
        help: "The layers' files; with --repo, refs or digests of layers (default: all).",
        completion: .custom(Completions.filesOrRefs))
    var files: [String] = []

    @Option(
        help: ArgumentHelp("Check what this repository holds.", valueName: "dir"),
        completion: .directory)
    var repo: String?

    @Flag(help: "With --repo: name all the damage, and not the first of each layer only.")
    var deep = false

    @Option(
        help: ArgumentHelp(
            "A strategy to check; may be given several times (default: \(Strategy.standard)).",
            valueName: "name"), completion: .custom(Completions.strategies))
    var strategy: [String] = []

    @Flag(help: "Check every strategy of the catalogue, floors left out.")
    var allStrategies = false

    @OptionGroup var dictionary: DictionaryOptions

    @Option(help: "The mode of the repository (default: bare-user).")
    var mode: RepositoryMode?

    @Flag(help: "Check every mode.")
    var allModes = false

    @Option(help: "How paths map into the commit's tree (default: \(PathPolicy.standard.rawValue)).")
    var policy: PathPolicy?

    @Option(help: "How the import proves the recipe (default: \(Importer.Proof.segments.rawValue)).")
    var prove: Importer.Proof?

    @Option(
        help: ArgumentHelp("Where to make temporary repositories.", valueName: "dir"),
        completion: .directory)
    var workDir: String?

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard repo == nil else {
            guard
                strategy.isEmpty, !allStrategies, dictionary.dictionary == nil, mode == nil, !allModes, policy == nil,
                prove == nil, workDir == nil
            else {
                throw ValidationError(
                    "--repo checks layers as they are stored; leave the options away that say how to import files")
            }
            return
        }
        guard !deep else { throw ValidationError("--deep looks at a repository; name it with --repo") }
        guard !files.isEmpty else {
            throw ValidationError("name the files to verify, or a repository with --repo")
        }
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
        if let repo { return try verifyStored(repo) }
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
            policy: policy ?? .standard, proof: prove ?? .segments, dictionaries: dictionary.list,
            in: workDir.map { URL(filePath: $0) } ?? FileManager.default.temporaryDirectory)
        let modeCount = allModes ? RepositoryMode.allCases.count : 1
        let verified = output.console.count(
            "verified", total: files.count * strategies.count * modeCount)
        var summary = VerificationSummary()
        var count = 0
        for file in files {
            verified(count, file)
            var hasFindings = false
            try verifier.verify(file, note: output.console.note) { result in
                output.console.endProgress()
                summary.add(result)
                count += 1
                defer { verified(count, file) }
                if output.json { return try Console.printJSON(result) }
                try Console.printVerdicts(result.text)
                if !hasFindings, let text = result.findingText { try Console.print(text) }
                hasFindings = hasFindings || result.findings != nil
            }
        }
        output.console.endProgress()
        output.console.note(summary.text)
        if summary.hasFailures { throw ExitCode(1) }
    }

    /// Checks layers where they are stored.
    private func verifyStored(_ path: String) throws {
        let repository = try RepositoryOptions.open(path)
        let (console, layers) = (output.console, StoredLayers(in: repository))
        let names = try files.isEmpty ? layers.names() : files.map { try layers.locate($0) }
        let compared = console.count("objects compared", total: nil)
        let verification = LayerVerification(in: repository) { count in
            if count % 64 == 0 { compared(count, "") }
        }
        var summary = DamageSummary()
        func report(_ verdict: LayerVerdict) throws {
            console.endProgress()
            let report = DamageReport(verdict)
            summary.add(report)
            if output.json {
                try Console.printJSON(report)
            } else {
                try Console.printVerdicts(report.text)
            }
        }
        for (number, name) in names.enumerated() {
            let place = names.count > 1 ? "layer \(number + 1) of \(names.count), " : ""
            let progress = console.progress("\(place)rebuild", total: nil)
            if let verdict = try deep
                ? verification.verifyDeeply(name, progress: progress) : verification.verify(name, progress: progress)
            {
                try report(verdict)
            } else if !files.isEmpty {
                throw StoredLayers.notImported(name)
            }
        }
        if deep, files.isEmpty {
            for name in try layers.otherNames() { try report(verification.verifyObjects(of: name)) }
        }
        console.note(summary.text(objects: deep ? verification.objectCount : nil))
        if summary.hasDamage { throw ExitCode(1) }
    }
}
