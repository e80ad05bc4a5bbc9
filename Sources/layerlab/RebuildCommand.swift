import ArgumentParser
import Harness
import LayerStore
import OSTree

struct RebuildCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebuild",
        abstract: "Rebuild a layer's tar, bit for bit.",
        discussion: """
            REF is the ref that import printed, or the digest of the blob or the stream. The stream's SHA-256 is checked \
            while it is written: a file appears under its name only when it is the layer. What went to standard output \
            before a mismatch showed cannot be taken back, so mind the exit code. A file that is replaced keeps its \
            permissions, and a symbolic link stays one.

            EXAMPLE
              layerlab rebuild sha256:DIGEST --repo repo -o layer.tar
              layerlab rebuild sha256:DIGEST --repo repo -o - | tar -t
            """)

    @Argument(help: "The layer's ref or digest.")
    var ref: String

    @OptionGroup var repository: RepositoryOptions

    @Option(name: .shortAndLong, help: ArgumentHelp("Where to write the tar; - is standard output.", valueName: "file"))
    var output: String

    @Flag(help: "Do not hash the stream. Faster, and damaged objects go unseen.")
    var noVerify = false

    @Flag(name: .shortAndLong, help: "No progress and no notes on standard error.")
    var quiet = false

    @Flag(help: "Print what was rebuilt as JSON (on standard error, where the tar goes to standard output).")
    var json = false

    func run() throws {
        let console = Console(isQuiet: quiet)
        let rebuilder = try Rebuilder(ref, in: repository.open())
        let progress = console.progress("rebuild", total: rebuilder.streamLength)
        if output == "-" {
            try rebuilder.rebuild(into: StandardOutputSink(), verify: !noVerify, progress: progress)
        } else {
            let sink = try FileSink(output)
            try rebuilder.rebuild(into: sink, verify: !noVerify, progress: progress)
            try sink.finish()
        }
        console.endProgress()
        let report = RebuildReport(rebuilder, isVerified: !noVerify)
        if json {
            let line = try report.jsonLine()
            if output == "-" { Console.writeError(line) } else { try Console.print(line) }
        } else {
            console.note(report.text)
        }
    }
}
