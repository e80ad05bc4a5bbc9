import ArgumentParser
import Harness
import OSTree

extension MeasureCommand {
    struct Objects: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "objects",
            abstract: "Read a stored layer's objects in the order of its stream, in one thread.",
            discussion: """
                What a rebuild has to read at least, and nothing else: each object is opened, read and closed before the \
                next. bench runs this to compare rebuilds with it where the cache is cold.

                EXAMPLE
                  layerlab measure objects sha256:DIGEST --repo repo
                """)

        @Argument(help: "The layer's ref or digest.", completion: .custom(Completions.refs))
        var ref: String

        @OptionGroup var repository: RepositoryOptions

        @Flag(help: "Print the result as JSON.")
        var json = false

        func run() throws {
            let reading = try ObjectReading(ref, in: repository.open())
            if json { try Console.printJSON(reading) } else { try Console.print(reading.text) }
        }
    }
}
