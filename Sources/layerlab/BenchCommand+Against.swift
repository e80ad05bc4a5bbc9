import ArgumentParser
import Foundation
import Harness
import LayerStore
import OSTree
import Processes
import Strategies

extension BenchCommand {
    /// What is measured against another layerlab where nobody chose: the standard strategy, and the smallest.
    private static let usualStrategies = [
        Strategy.standard, Strategy(encoding: Tree(), storage: Strategy.standard.storage),
    ]

    /// Measures this program and another one in turn.
    func runAgainst(_ text: String, _ strategies: [Strategy]) throws {
        let console = console.console
        // A layer is worth fetching only where there is somebody to measure.
        let base = try OtherTool.find(text, note: console.note)
        let new = try OtherTool(program: try Program.current(), named: "this layerlab")
        guard base.revision == nil || !MachineDescription.isDebugBuild else {
            throw LocatedError(
                "is a debug build, and a revision is built for release", in: new.name,
                remedy: "make build, and use .build/release/layerlab")
        }
        let selection = try BenchSelection(
            layers.isEmpty ? ["quick"] : layers, of: corpus.load(), policy: policy, progress: console.note)
        if base.needsSwiftLibraries != new.needsSwiftLibraries {
            let dynamic = base.needsSwiftLibraries ? base : new
            console.note(
                "\(dynamic.name) loads Swift's libraries at its start and the other one has them built in: short times differ by "
                    + "that alone. make build makes what a revision is built as")
        }
        let cases = (mode.isEmpty ? [.bareUser] : mode).flatMap { mode in
            (strategies.isEmpty ? BenchCommand.usualStrategies : strategies).map {
                BenchPlan.Case(strategy: $0, mode: mode)
            }
        }
        var settings = AgainstSettings()
        if !stage.isEmpty { settings.stages = AgainstSettings().stages.filter(stage.contains) }
        settings.minimumSamples = samples ?? settings.minimumSamples
        settings.maximumSamples = maxSamples ?? max(settings.maximumSamples, settings.minimumSamples)
        settings.precision = precision.map { $0 / 100 } ?? settings.precision
        settings.budgetSeconds = budget.map { $0 * 60 }
        var results = AgainstResults(
            date: Date().formatted(.iso8601),
            command: ShellWords.thisCommand, settings: settings, base: base, new: new, directory: workDir)
        results.leftOut = selection.leftOut
        let folder =
            try output.map { try ReportFolder($0) }
            ?? ReportFolder(below: "Reports", date: results.date, machine: results.machine)
        console.note(
            Figure.count(selection.layers.count, "layer") + " by "
                + Figure.count(cases.count, "strategy", many: "strategies")
                + ", this layerlab and \(base.name) in turn, \(settings.minimumSamples) to \(settings.maximumSamples) rounds each"
        )
        let run = AgainstRun(
            selection.layers, by: cases, base: base, new: new, settings: settings,
            options: dictionary.dictionary.map { ["--dictionary", URL(filePath: $0).path] } ?? [],
            workFolder: workDir, output: .init(note: console.note, status: console.status))
        do {
            try run.run(into: &results) { try folder.write([try $0.file]) }
        } catch {
            // What was measured until then is worth something.
            guard !results.entries.isEmpty else { throw error }
            _ = try report(results, in: folder, console)
            guard Interruption.pending != nil else { throw error }
            throw LayerStoreError(.interrupted, "interrupted; what was measured until then is reported")
        }
        let comparison = try report(results, in: folder, console)
        if comparison.hasRegressions { throw ExitCode(1) }
        guard comparison.hasTimes else {
            throw LocatedError(
                "no time was measured by both, so that nothing is said about speed", in: base.name,
                remedy: "see the errors above")
        }
    }

    private func report(
        _ results: AgainstResults, in folder: ReportFolder, _ console: Console
    ) throws -> Comparison {
        let comparison = results.comparison(rules.rules)
        try folder.write([try results.file, results.page(of: comparison)])
        if self.console.json {
            for row in comparison.rows { try Console.printJSON(row) }
            for warning in comparison.warnings { console.note(warning) }
        } else {
            try Console.print(String(ComparisonReport(comparison, showsAll: true).terminalText.dropLast()))
        }
        for entry in results.entries {
            for (side, error) in [(results.base, entry.base.error), (results.new, entry.new.error)] {
                if let error { console.note("\(entry.metric.text), \(side.name): \(error)") }
            }
        }
        console.note("report: \(folder.path)/comparison.md, raw samples: \(folder.path)/comparison.json")
        return comparison
    }
}
