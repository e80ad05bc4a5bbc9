import ArgumentParser
import Harness
import LayerStore
import OSTree
import Strategies

/// What `bench` runs in processes of their own, so that its own memory stays small and a crash is only a row.
struct MeasureCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "measure",
        abstract: "Take one sample in memory; bench runs this, and its results are what a script may want.",
        shouldDisplay: false,
        subcommands: [
            Floors.self, Encodings.self, Inline.self, Relabel.self, Objects.self, Scaling.self, Baseline.self,
        ])

    struct Floors: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "floors",
            abstract: "Copy, hash and split a file's bytes in memory.",
            discussion: """
                EXAMPLE
                  layerlab measure floors layer.tar --json
                """)

        @Argument(help: "The file, not compressed.", completion: .file())
        var file: String

        @Flag(help: "Print the result as JSON.")
        var json = false

        func run() throws {
            let sample = try FloorSample(of: file)
            if json { try Console.printJSON(sample) } else { try Console.print(sample.text) }
        }
    }

    struct Encodings: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "encodings",
            abstract: "Encode and decode a stored layer's recipe in memory.",
            discussion: """
                EXAMPLE
                  layerlab measure encodings sha256:DIGEST --repo repo --encoding raw+zstd:19
                """)

        @Argument(help: "The layer's ref or digest.", completion: .custom(Completions.refs))
        var ref: String

        @OptionGroup var repository: RepositoryOptions

        @Option(
            help: ArgumentHelp(
                "An encoding; may be given several times (default: all).", valueName: "name"),
            completion: .custom(Completions.encodings))
        var encoding: [String] = []

        @OptionGroup var dictionary: DictionaryOptions

        @Option(help: "How often each is measured.")
        var samples = 5

        @Option(help: "How results name the layer (default: its ref).")
        var layer: String?

        @Option(help: "How many tar entries the layer has, for the results.")
        var entries = 0

        @Flag(help: "Print results as JSON, one object a line.")
        var json = false

        func run() throws {
            let dictionary = try dictionary.load()
            let encodings =
                try encoding.isEmpty
                ? Catalogue.allEncodings : dictionary.naming(encoding).map { try Strategy.encoding($0) }
            let measurement = try EncodingMeasurement(
                ref, in: repository.open(), layer: layer ?? ref, entries: entries, dictionaries: dictionary.list)
            for record in try measurement.run(encodings, sampleCount: max(samples, 1)) {
                if json { try Console.printJSON(record) } else { try Console.print(record.text) }
            }
        }
    }
}
