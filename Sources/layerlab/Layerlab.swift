import ArgumentParser
import Harness
import LayerStore
import Strategies

/// The program: one subcommand per file, and no logic of its own.
@main
struct Layerlab: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "layerlab",
        abstract:
            "Keeps what an ostree import forgets of a container image, and rebuilds the very same tars and blobs.",
        discussion: """
            A layer's tar cannot be made again from an ostree commit: order, times, owners' names and the writer's \
            quirks are gone. layerlab keeps them as a recipe, by a strategy (ENCODING[+WRAPPER:LEVEL]@STORAGE), and \
            measures what each strategy costs.

            EXAMPLE
              layerlab import layer.tar --repo repo --init bare-user
              layerlab rebuild sha256:DIGEST --repo repo -o same-layer.tar

            Exit codes: 0 all is well, 1 a check failed, 2 wrong usage or input, or an output that cannot be written, \
            128 + n ended by signal n.
            """,
        version: Release.version,
        subcommands: [
            ImportCommand.self, PushCommand.self, RebuildCommand.self, RemoveCommand.self, VerifyCommand.self,
            InspectCommand.self, BenchCommand.self, ReportCommand.self, CompareCommand.self, SurviveCommand.self,
            AdviseCommand.self, CorpusCommand.self, DoctorCommand.self, CompletionCommand.self, MeasureCommand.self,
            ManualCommand.self,
        ])

    static func main() {
        StandardText.reserve()
        StatusLine.begin()
        Interruption.install()
        ProcessMemory.returnLargeBuffersAtOnce()
        do {
            try checkCommand(in: CommandLine.arguments.dropFirst(), of: Layerlab.self)
            var command = try parseAsRoot()
            try command.run()
        } catch {
            Console.exit(for: error)
        }
    }

    /// Refuses a command that there is not, with the nearest that there is.
    private static func checkCommand(
        in arguments: ArraySlice<String>, of parent: any ParsableCommand.Type
    ) throws(LayerStoreError) {
        let commands = parent.configuration.subcommands
        guard !commands.isEmpty, let name = arguments.first, !name.hasPrefix("-"), name != "help" else { return }
        if let command = commands.first(where: { $0._commandName == name }) {
            return try checkCommand(in: arguments.dropFirst(), of: command)
        }
        let names = commands.filter { $0.configuration.shouldDisplay }.map { $0._commandName }
        let hint = nearest(to: name, among: names).map { "did you mean '\($0)'? " } ?? ""
        throw LayerStoreError(.input, "there is no command '\(name)'; \(hint)known: \(names.joined(separator: ", "))")
    }
}
