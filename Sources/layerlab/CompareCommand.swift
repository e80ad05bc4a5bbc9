import ArgumentParser
import Harness
import Processes

struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Say what regressed between two benchmarks, and end with 1 where something did.",
        discussion: """
            BASE and NEW are folders or results.json files of layerlab bench, or baselines of layerlab measure baseline. \
            Sizes are compared exactly. Times are compared as shares of a floor that was measured in the same run, by rank \
            tests and bootstrap intervals, with a correction for how many there are: a few wild samples raise no alarm, and too \
            few samples are inconclusive. What two runs of different days say about times is less than what layerlab bench \
            --against says, which measures two programs in turn; its comparison.json, given alone, is looked at again.

            Verdicts: regressed, improved, unchanged (the whole interval is within the minimum effect), inconclusive. \
            Exit codes: 0 nothing regressed, 1 something did, or a figure of a baseline has no counterpart, 2 there is nothing to \
            compare.

            EXAMPLE
              layerlab compare Reports/baseline.json new.json
              layerlab compare Reports/2026-11-24-standard/run-1 Reports/2026-11-24-standard/run-2 --all
              layerlab compare Reports/DATE-MACHINE/comparison.json --minimum-effect 3
            """)

    @Argument(help: "What there was, or a comparison.json.", completion: .file())
    var base: String

    @Argument(help: "What there is now.", completion: .file())
    var new: String?

    @OptionGroup var rules: ComparisonOptions

    @Flag(help: "List unchanged figures too.")
    var all = false

    @OptionGroup var console: OutputOptions

    func run() throws {
        let comparison = try comparison()
        guard !comparison.isEmpty else {
            throw LocatedError(
                "has nothing in common with \(new ?? base)", in: base,
                remedy: "compare runs over the same layers and strategies")
        }
        if console.json {
            for row in comparison.rows { try Console.printJSON(row) }
            for warning in comparison.warnings { console.console.note(warning) }
        } else {
            try Console.print(String(ComparisonReport(comparison, showsAll: all).terminalText.dropLast()))
        }
        if comparison.hasRegressions { throw ExitCode(1) }
    }

    private func comparison() throws -> Comparison {
        let first = try ComparisonSource(base)
        guard let new else {
            guard case .against(let results) = first else {
                throw LocatedError("is one side only", in: base, remedy: "name what to compare it with")
            }
            return results.comparison(rules.rules)
        }
        let second = try ComparisonSource(new)
        guard let one = first.metrics, let other = second.metrics else {
            throw LocatedError(
                "has both sides already", in: first.metrics == nil ? base : new, remedy: "give it alone")
        }
        return Comparison(one, other, rules: rules.rules)
    }
}

/// What counts as a change.
struct ComparisonOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The smallest change of a time that matters (default: 5).", valueName: "per cent"))
    var minimumEffect: Double?

    @Option(
        help: ArgumentHelp(
            "How likely a single false alarm among all times may be at most (default: 0.1).", valueName: "per cent"))
    var significance: Double?

    /// Whether somebody gave one of them.
    var areGiven: Bool { minimumEffect != nil || significance != nil }

    func validate() throws {
        guard (minimumEffect ?? 1) > 0, (minimumEffect ?? 1) < 1_000 else {
            throw ValidationError("--minimum-effect takes a number of per cent above 0")
        }
        guard (significance ?? 1) > 0, (significance ?? 1) < 100 else {
            throw ValidationError("--significance takes a number of per cent between 0 and 100")
        }
    }

    var rules: Comparison.Rules {
        var rules = Comparison.Rules()
        rules.minimumEffect = minimumEffect.map { $0 / 100 } ?? rules.minimumEffect
        rules.significance = significance.map { $0 / 100 } ?? rules.significance
        return rules
    }
}
