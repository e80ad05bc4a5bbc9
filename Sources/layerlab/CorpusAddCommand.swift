import ArgumentParser
import Harness

struct CorpusAddCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Add layers of your own to your own manifest.",
        discussion: """
            Files stay where they are, and are pinned by their SHA-256. Of a directory all layers directly in it are added \
            (tar, plain or in gzip or zstd). The manifest is $LAYERLAB_USER_CORPUS, or layerlab/corpus.yaml among your \
            configuration.

            EXAMPLE
              layerlab corpus add layer.tar.gz --name mine --set own
            """)

    @Argument(help: "Files, or directories of files.")
    var files: [String]

    @Option(help: "The entry's name, for one file (default: made of the file's).")
    var name: String?

    @Option(name: .customLong("set"), help: "A set that the layers belong to; may be given several times.")
    var sets: [String] = []

    @Option(help: "How paths map: ostree-ext:allow-nonusr for image layers, identity for source archives.")
    var policy: CorpusPolicy = .imageLayer

    @OptionGroup var output: OutputOptions

    func run() throws {
        let manifest = try UserManifest.current()
        let corpus = try Corpus.load()
        let found = try LayerFiles(files, name: name, sets: sets, policy: policy, progress: output.console.note)
        for file in found.passedOver { output.console.note("passed over, no layer: \(file)") }
        for entry in found.entries where entry.expectedEntries == 0 {
            output.console.note("\(entry.name): warning: \(entry.title) has no tar entries; it is taken as it is")
        }
        try corpus.checkAddition(found.entries)
        try manifest.add(found.entries)
        output.console.note("added to \(manifest.path)")
        let outcome = try corpus.fetch(found.entries)
        for layer in outcome.layers { try output.show(layer) }
        try output.tellFailures(of: outcome, remedy: "`layerlab corpus fetch` tries them again")
    }
}
