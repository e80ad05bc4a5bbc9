import ArgumentParser
import Foundation
import Harness
import OSTree
import Processes

struct AdviseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "advise",
        abstract: "Recommend a strategy, from measured sizes, times and survival.",
        discussion: """
            RESULTS are folders or files that layerlab bench (results.json, with the stage encodings) and layerlab survive \
            (survival.json) have written; without any it is the folder Reports. Strategies that do not survive what they must, or \
            cannot carry a measured layer, are out, with the reason. Of the others the one is recommended that makes the first \
            thing the smallest, and the Pareto front is shown: those that no other one beats in size, times and survival \
            together. Size is in bytes and times are in microseconds per tar entry; times within a twentieth of each other are equal, and \
            those of one machine compare with each other only. Exit code 1 where nothing fits.

            EXAMPLE
              layerlab advise --for os-host
              layerlab advise Reports --must survive:relabel,http-pull --minimise size --mode archive
              layerlab advise results.json survival.json --minimise decode --minimise size --json

            HOSTS
            \(AdvicePriorities.Host.allCases.map { "  \($0.rawValue)  \($0.priorities.options)" }.joined(separator: "\n"))
            """)

    @Argument(help: "Folders or files with results.", completion: .file())
    var results: [String] = []

    @Option(name: .customLong("for"), help: "A kind of host, for what it usually wants.")
    var host: AdvicePriorities.Host?

    @Option(
        help: ArgumentHelp(
            "What must hold: survive:OPERATION[,OPERATION…], or the most that something may be, such as size:60; may be given several times, and adds to --for. layerlab survive --help lists the operations.",
            valueName: "requirement"))
    var must: [String] = []

    @Option(
        help:
            "What is to be small: size, encode or decode; may be given several times, the most important first (default: size)."
    )
    var minimise: [AdvicePriorities.Axis] = []

    @Option(help: "The mode of the repository (default: bare-user, or that of --for).")
    var mode: RepositoryMode?

    @Flag(help: "Let strategies in that cannot carry every measured layer.")
    var allowMissing = false

    @OptionGroup var output: OutputOptions

    func run() throws {
        var priorities = host?.priorities ?? AdvicePriorities()
        if let mode { priorities.mode = mode }
        if !minimise.isEmpty { priorities.minimise = minimise }
        priorities.carriesAll = !allowMissing
        for text in must { try priorities.require(text) }
        let advice = try Advice(priorities, from: AdviceSources(results.isEmpty ? ["Reports"] : results))
        if output.json {
            try Console.printJSON(advice)
        } else {
            try Console.print(String(AdviceReport(advice).text.dropLast()))
        }
        if advice.best == nil { throw ExitCode(1) }
    }
}
