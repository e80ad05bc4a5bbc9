public import ArgumentParser
public import Harness

/// Which manifests the corpus is read from, for all commands that take its layers.
struct CorpusOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A manifest of further layers, beside the project's and the user's; may be given several times.",
            valueName: "file"), completion: .file(extensions: ["yaml", "yml"]))
    var manifest: [String] = []

    func load() throws -> Corpus { try Corpus.load(manifests: manifest) }
}

extension CorpusPolicy: ExpressibleByArgument {}

extension OutputOptions {
    /// Prints what there is to say of a layer that is there.
    func show(_ layer: FetchedLayer) throws {
        let report = FetchReport(layer)
        if json { try Console.printJSON(report) } else { try Console.print(report.text) }
    }

    /// Tells what could not be had, and ends with exit code 2 where that is anything.
    func tellFailures(of outcome: FetchOutcome, remedy: String) throws {
        for failure in outcome.failures { Console.complain("layerlab: \(failure.error)") }
        guard !outcome.failures.isEmpty else { return }
        console.note("not fetched: \(outcome.failures.map(\.name).joined(separator: ", ")); \(remedy)")
        throw ExitCode(2)
    }
}
