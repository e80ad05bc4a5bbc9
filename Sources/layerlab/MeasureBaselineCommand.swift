import ArgumentParser
import Foundation
import Harness
import Processes

extension MeasureCommand {
    struct Baseline: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "baseline",
            abstract: "Measure the figures that no machine's mood changes: sizes, and costs per entry by counts.",
            discussion: """
                Every encoding's recipe and every storage's footprint on generated layers; system calls by strace, heap \
                allocations and instructions by valgrind, as the difference between two generated layers, which is what an \
                entry costs. No time, and no corpus. Only the release build's counts mean something.

                EXAMPLE
                  layerlab measure baseline -o new.json
                  layerlab compare Reports/baseline.json new.json
                """)

        @Option(
            name: [.customShort("o"), .long],
            help: ArgumentHelp("Where to write them (default: standard output).", valueName: "file"),
            completion: .file())
        var output: String?

        @Flag(inversion: .prefixedNo, help: "Count system calls, allocations and instructions.")
        var counts = true

        @Option(help: ArgumentHelp("Where to make temporary repositories.", valueName: "dir"), completion: .directory)
        var workDir = NSTemporaryDirectory()

        @OptionGroup var console: OutputOptions

        func run() throws {
            let baseline = try BaselineMeasurement(
                tool: try Program.current(), countsCosts: counts, workFolder: workDir, status: console.console.status
            ).run()
            if let output {
                try baseline.write(to: output)
                console.console.note("\(baseline.figures.count) figures: \(output)")
            } else if console.json {
                for figure in baseline.figures { try Console.printJSON(figure) }
            } else {
                try Console.printData(String(String(decoding: baseline.json(), as: UTF8.self).dropLast()))
            }
        }
    }
}
