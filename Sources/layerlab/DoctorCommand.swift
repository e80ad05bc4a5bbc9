import ArgumentParser
import Foundation
import Harness

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract:
            "Look at all that this program works with, and say what is missing and what would spoil a measurement.",
        discussion: """
            A line for each thing: ok; note, which is worth knowing; spoils, where times that are measured now would say little; \
            missing, where it is needed to work. Nothing is changed. Exit code 1 where something is missing that is needed; \
            programs that only some commands need are notes.

            EXAMPLE
              layerlab doctor
              layerlab doctor --work-dir /mnt/disk --repo repo --json
            """)

    @Option(
        help: ArgumentHelp("Where temporary repositories would be made.", valueName: "dir"),
        completion: .directory)
    var workDir = NSTemporaryDirectory()

    @Option(
        help: ArgumentHelp("A repository to look at, too.", valueName: "dir"), completion: .directory)
    var repo: String?

    @OptionGroup var output: OutputOptions

    func run() throws {
        let report = Doctor(workFolder: workDir, repository: repo).run()
        if output.json {
            for check in report.checks { try Console.printJSON(check) }
        } else {
            try Console.printVerdicts(report.text)
        }
        if report.isUnfit { throw ExitCode(1) }
    }
}
