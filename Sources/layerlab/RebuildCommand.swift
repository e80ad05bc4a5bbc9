import ArgumentParser
import Harness
import Images
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

            With --canonical it is not the layer that is written but a tar made of the commit's tree alone: the same for \
            all layers that hold the same files, whoever wrote them and when. Two layers with the same digest here differ \
            in times, order and the writer's habits only.

            With --blob it is the blob that is written, as it was distributed: of a layer that was imported as part of an \
            image, or with --blobs. REF is the blob's digest or ref then, and the blob is compared with that digest.

            With --no-verify nobody hashes the stream. What is gained is the time of a SHA-256 over it, and big files go \
            into a pipe without a copy. What is lost: an object whose bytes have changed on the disk, and are no fewer than \
            before, goes into the tar as it is, and the exit code is 0. So does what a damaged recipe, or the damaged tree \
            that it is decoded with, makes of headers, where it can be decoded at all. Payloads that are missing or too \
            short are errors all the same.

            EXAMPLE
              layerlab rebuild sha256:DIGEST --repo repo -o layer.tar
              layerlab rebuild sha256:DIGEST --repo repo -o - | tar -t
              layerlab rebuild sha256:DIGEST --repo repo -o /dev/null --canonical
            """)

    @Argument(help: "The layer's ref or digest.", completion: .custom(Completions.refs))
    var ref: String

    @OptionGroup var repository: RepositoryOptions

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Where to write the tar; - is standard output.", valueName: "file"),
        completion: .file())
    var output: String

    @Flag(
        help:
            "Do not hash the stream: faster, but it is not proved to be the layer. Changed bytes go unseen."
    )
    var noVerify = false

    @Flag(help: "Write the tree's canonical tar instead of the layer, and tell its digest.")
    var canonical = false

    @Flag(help: "Write the blob, compressed as it was distributed, instead of the layer.")
    var blob = false

    @Flag(name: .shortAndLong, help: "No progress and no notes on standard error.")
    var quiet = false

    @Flag(help: "Print what was rebuilt as JSON (on standard error, where the tar goes to standard output).")
    var json = false

    func validate() throws {
        guard !blob || !(canonical || noVerify) else {
            throw ValidationError("--blob is always verified, and goes with neither --canonical nor --no-verify")
        }
    }

    func run() throws {
        let console = Console(isQuiet: quiet)
        let report =
            try blob ? rebuildBlob(console) : canonical ? rebuildCanonical(console) : rebuildLayer(console)
        console.endProgress()
        if json {
            let line = try report.jsonLine()
            if output == "-" { Console.writeError(line) } else { try Console.printData(line) }
        } else {
            console.note(report.text)
        }
    }

    private func rebuildLayer(_ console: Console) throws -> RebuildReport {
        let rebuilder = try Rebuilder(ref, in: repository.open())
        let progress = console.progress("rebuild", total: rebuilder.streamLength)
        try write { try rebuilder.rebuild(into: $0, verify: !noVerify, progress: progress) }
        return RebuildReport(rebuilder, isVerified: !noVerify)
    }

    private func rebuildCanonical(_ console: Console) throws -> RebuildReport {
        let rebuilder = try CanonicalRebuilder(ref, in: repository.open())
        let progress = console.progress("rebuild", total: rebuilder.streamLength)
        let digest = try write { try rebuilder.rebuild(into: $0, progress: progress) }
        return RebuildReport(canonical: digest, byteCount: rebuilder.streamLength)
    }

    private func rebuildBlob(_ console: Console) throws -> RebuildReport {
        let rebuilder = try BlobRebuilder(ref, in: repository.open())
        let progress = console.progress("rebuild", total: nil)
        let made = try write { try rebuilder.rebuild(into: $0, progress: progress) }
        return RebuildReport(blob: made.digest, byteCount: made.byteCount, diffID: rebuilder.diffID)
    }

    /// Has something written to where the user wants it.
    private func write<Result>(_ body: (any ByteSink) throws -> Result) throws -> Result {
        guard output != "-" else { return try body(StandardOutputSink()) }
        let sink = try FileSink(output)
        let result = try body(sink)
        try sink.finish()
        return result
    }
}
