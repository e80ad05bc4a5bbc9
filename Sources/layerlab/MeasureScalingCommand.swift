import ArgumentParser
import Foundation
import Harness
import OSTree
import Strategies
import Processes

extension MeasureCommand {
    struct Scaling: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "scaling",
            abstract: "Measure how time and memory grow with a layer.",
            discussion: """
                Imports and rebuilds generated layers, of many small files and of one large one, as whole processes, \
                interleaved; fits the power with which time grows and the bytes that each entry takes. Exit code 1 where \
                something grows faster than n log n, has a cliff or takes more than 64 MiB + 512 B per entry. The report, \
                with a plot, goes to Reports/DATE-MACHINE/.

                EXAMPLE
                  layerlab measure scaling
                  layerlab measure scaling --files 1000,100000 --bytes 1000000,8000000000 --strategy tree
                """)

        @Option(help: ArgumentHelp("Layers of so many files of 0 to 4 KiB, with commas between.", valueName: "list"))
        var files = "1000,10000,100000"

        @Option(help: ArgumentHelp("Layers of one file of so many bytes, with commas between.", valueName: "list"))
        var bytes = "1000000,10000000,100000000,1000000000"

        @Option(help: "How often each is measured.")
        var samples = 3

        @Option(
            help: "How to keep the recipe (default: \(Strategy.standard)).",
            completion: .custom(Completions.strategies))
        var strategy: String?

        @Option(help: "The mode of the repositories.")
        var mode: RepositoryMode = .bareUser

        @Option(
            name: [.customShort("o"), .long],
            help: ArgumentHelp(
                "The report's folder (default: a new one below Reports).", valueName: "dir"),
            completion: .directory)
        var folder: String?

        @Option(
            help: ArgumentHelp("Where to make temporary repositories.", valueName: "dir"),
            completion: .directory)
        var workDir = NSTemporaryDirectory()

        @OptionGroup var output: OutputOptions

        func validate() throws {
            guard samples > 0 else { throw ValidationError("--samples takes a number from 1 up") }
            _ = try settings()
        }

        func run() throws {
            let console = output.console
            let settings = try settings()
            let date = Date().formatted(.iso8601)
            let machine = MachineDescription.current(directory: workDir)
            let report =
                try folder.map { try ReportFolder($0) } ?? ReportFolder(below: "Reports", date: date, machine: machine)
            let load = ScalingResults.loadAverage
            let measurement = ScalingMeasurement(
                settings, tool: try Program.current(), workFolder: workDir, status: console.status)
            let results = ScalingResults(
                date: date, command: ShellWords.thisCommand,
                machine: machine, settings: settings, loadAverageAtStart: load, records: try measurement.run())
            try report.write(try results.files())
            if output.json {
                try Console.printJSON(results)
            } else {
                try Console.print(String(ScalingReport(results).text.dropLast()))
            }
            console.note("report: \(report.path)/scaling.md, plot: \(report.path)/scaling.svg")
            if results.hasComplaints { throw ExitCode(1) }
        }

        private func settings() throws -> ScalingSettings {
            var settings = ScalingSettings()
            settings.fileCounts = try numbers(files, "--files").map(Int.init)
            settings.byteCounts = try numbers(bytes, "--bytes")
            settings.samples = samples
            settings.strategy = try Strategy(parsing: strategy ?? Strategy.standard.description).description
            settings.mode = mode.rawValue
            return settings
        }

        private func numbers(_ text: String, _ option: String) throws -> [UInt64] {
            let numbers = try text.split(separator: ",", omittingEmptySubsequences: true).map { part in
                guard let number = UInt64(part), (1...8_000_000_000).contains(number) else {
                    throw ValidationError(
                        "\(option) takes numbers from 1 to 8000000000 with commas between, and not '\(part)'")
                }
                return number
            }
            guard numbers == numbers.sorted(), Set(numbers).count == numbers.count else {
                throw ValidationError("\(option) takes growing numbers")
            }
            return numbers
        }
    }
}
