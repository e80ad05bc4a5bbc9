public import ArgumentParser
public import Harness

/// Which manifests the corpus is read from, for all commands that take its layers.
struct CorpusOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A manifest of further layers, beside the project's and the user's; may be given several times.",
            valueName: "file"))
    var manifest: [String] = []

    func load() throws -> Corpus { try Corpus.load(manifests: manifest) }
}

extension CorpusPolicy: ExpressibleByArgument {}
