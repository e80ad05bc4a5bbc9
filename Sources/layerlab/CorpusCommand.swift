import ArgumentParser

struct CorpusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "corpus",
        abstract: "List, fetch and add the layers that benchmarks run on.",
        discussion: """
            Layers come from the project's manifest, from the user's (corpus add writes it), and from those named with \
            --manifest.

            EXAMPLE
              layerlab corpus fetch quick
            """,
        subcommands: [
            CorpusListCommand.self, CorpusFetchCommand.self, CorpusAddCommand.self, CorpusRemoveCommand.self,
            CorpusTrainCommand.self,
        ])
}
