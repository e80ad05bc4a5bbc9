import ArgumentParser
import Foundation
import Harness
import LayerStore
import Strategies

struct CorpusTrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Train a zstd dictionary on the recipes of layers.",
        discussion: """
            A LAYER is a file, or a layer or set of the corpus. Each one's recipe is cut into short pieces that look like \
            the recipes of small layers, and libzstd takes from them what they have in common. What the dictionary gains \
            is told for each layer, and beside it what one gains that has not seen that layer nor its relatives. \
            layerlab import --dictionary FILE uses it, and puts it into the repository once.

            EXAMPLE
              layerlab corpus train standard -o recipes.dict
              layerlab import layer.tar --repo repo --strategy raw+zstd:19 --dictionary recipes.dict
            """)

    @Argument(
        help: "Files, or layers or sets of the corpus (default: the set standard).",
        completion: .custom(Completions.layers))
    var layers: [String] = []

    @Option(
        name: .shortAndLong, help: ArgumentHelp("The dictionary's file.", valueName: "file"),
        completion: .file())
    var output: String

    @Option(help: ArgumentHelp("The dictionary's size at most.", valueName: "bytes"))
    var size = 112_640

    @Option(
        help: ArgumentHelp("What zstd goes around.", valueName: "name"),
        completion: .custom(Completions.encodings))
    var encoding = Raw.name

    @Option(help: "zstd's level, for measuring.")
    var level = 19

    @Option(
        help: ArgumentHelp(
            "A file, layer or set that is only measured, and not trained on; may be given several times.",
            valueName: "layer"), completion: .custom(Completions.layers))
    var holdOut: [String] = []

    @Flag(
        inversion: .prefixedNo,
        help:
            "Train another dictionary for each layer, without it and its relatives, to tell what one gains that has not seen it."
    )
    var leaveOneOut = true

    @Option(help: "How paths map, for layers given as files.")
    var policy: PathPolicy = .standard

    @Option(
        help: ArgumentHelp("Where to make temporary repositories.", valueName: "dir"),
        completion: .directory)
    var workDir = NSTemporaryDirectory()

    @OptionGroup var corpus: CorpusOptions

    @Flag(help: "Print the result as JSON.")
    var json = false

    @Flag(name: .shortAndLong, help: "No progress and no notes on standard error.")
    var quiet = false

    func validate() throws {
        guard (ZstdDictionary.minimumTrainedBytes...ZstdDictionary.maximumBytes).contains(size) else {
            throw ValidationError(
                "--size takes \(ZstdDictionary.minimumTrainedBytes) to \(ZstdDictionary.maximumBytes) bytes")
        }
        guard (1...22).contains(level) else { throw ValidationError("--level takes a number from 1 to 22") }
    }

    func run() throws {
        let console = Console(isQuiet: quiet)
        let encoding = try Strategy.encoding(encoding)
        let training = DictionaryTraining(encoding: encoding, byteCount: size, level: level, workFolder: workDir)
        let corpus = try corpus.load()
        let chosen = try DictionaryTraining.layers(
            layers.isEmpty ? ["standard"] : layers, heldOut: holdOut, of: corpus, policy: policy,
            progress: console.note)
        // What cannot be written is told before the work.
        let sink = try FileSink(output)
        let (dictionary, report) = try training.run(chosen, holdsOut: leaveOneOut, progress: console.status)
        console.status("")
        try sink.write(dictionary.bytes[...])
        try sink.finish()
        if json { try Console.printJSON(report) } else { try Console.print(String(report.text)) }
    }
}
