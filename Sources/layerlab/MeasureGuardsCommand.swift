import ArgumentParser
import Foundation
import Harness
import Processes

extension MeasureCommand {
    struct Guards: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "guards",
            abstract: "Count what an import and a rebuild cost for each entry, and compare with limits.",
            discussion: """
                System calls by strace, heap allocations and instructions by valgrind, on two generated layers, whose \
                difference is what an entry costs: no time, and no corpus. Exit code 1 where a limit is exceeded.

                EXAMPLE
                  layerlab measure guards --check Benchmarks/guards.json
                  layerlab measure guards --write Benchmarks/guards.json
                """)

        @Option(
            help: ArgumentHelp("The limits to compare with.", valueName: "file"), completion: .file())
        var check: String?

        @Option(
            help: ArgumentHelp(
                "Where to write new limits, 15 % above what is measured.", valueName: "file"),
            completion: .file())
        var write: String?

        @Option(
            help: ArgumentHelp("Where to make temporary repositories.", valueName: "dir"),
            completion: .directory)
        var workDir = NSTemporaryDirectory()

        @OptionGroup var output: OutputOptions

        func validate() throws {
            guard check == nil || write == nil else { throw ValidationError("--check or --write, and not both") }
        }

        func run() throws {
            let console = output.console
            let known = try check.map { try GuardLimits(contentsOf: $0) }
            let costs = try GuardMeasurement(
                tool: try Program.current(), workFolder: workDir, status: console.status
            ).run()
            let report = GuardReport(costs, known ?? GuardLimits(for: costs))
            if output.json { try Console.printJSON(costs) } else { try Console.print(String(report.text.dropLast())) }
            if let write { try GuardLimits(for: costs).write(to: write) }
            if report.hasFailures { throw ExitCode(1) }
        }
    }
}
