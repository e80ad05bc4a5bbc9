import ArgumentParser
import Foundation
import Harness
import Images
import LayerStore
import OSTree

struct PushCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "push",
        abstract: "Push an image out of a repository, digest for digest as it was pulled.",
        discussion: """
            IMAGE is an image as it was named when it was imported, its ref (ostree/container/image/…), the digest of its \
            manifest, or the checksum of its commit, or of a commit that a host has made of it with its metadata: that of \
            the running system, for instance. DEST is \(ImageReference.list), as skopeo takes them. oci: and dir: are \
            written directly; everything else needs skopeo.

            Nothing but the repository is needed: every layer's tar is rebuilt and compared with its diff ID, and every \
            blob is made again, by the compressor that made it or out of what was kept of it, and compared with its \
            digest. Manifest and configuration are the very ones that were pulled, so that signatures hold. Where the \
            import kept no blobs (--blobs rewrite), those that cannot be made again are compressed anew, and the report says \
            which digests are lost.

            EXAMPLE
              layerlab push docker://HOST/os:latest docker://OTHER/os:latest --repo /sysroot/ostree/repo
              layerlab push sha256:DIGEST oci:layout:latest --repo repo
            """)

    @Argument(help: "The image.", completion: .custom(Completions.images))
    var image: String

    @Argument(
        help: ArgumentHelp("Where to push it.", valueName: "dest"),
        completion: .custom(Completions.destinations))
    var destination: String

    @OptionGroup var repository: RepositoryOptions
    @OptionGroup var registry: RegistryArguments

    @Option(help: ArgumentHelp("Layers to make at a time (default: one on each processor).", valueName: "count"))
    var jobs: Int?

    @Flag(help: "Compress a blob anew where it cannot be made again, instead of giving up.")
    var rewrite = false

    @Option(
        help: ArgumentHelp(
            "Where the image waits for skopeo: room for all of its blobs.", valueName: "dir"),
        completion: .directory)
    var workDir = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/var/tmp"

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard jobs.map({ $0 > 0 }) ?? true else { throw ValidationError("--jobs takes a number from 1 up") }
    }

    func run() throws {
        guard let destination = ImageReference(destination) else {
            throw LayerStoreError(
                .input, "'\(destination)' is no destination: it begins with none of \(ImageReference.list)")
        }
        let repository = try repository.open()
        let image = try StoredImages(in: repository).find(image)
        let console = output.console
        let meters = LayerMeters("push", Set(image.manifest.layers), console)
        let pusher = ImagePusher(
            from: repository, registry: registry.options, jobs: jobs, rewrites: rewrite,
            temporaryFolder: workDir)
        let pushed = try pusher.push(image, to: destination, progress: meters.take) {
            console.status("skopeo sends the image to \(destination)")
        }
        console.endProgress()
        let report = PushReport(pushed)
        if output.json { try Console.printJSON(report) } else { try Console.print(report.text) }
        if !report.keepsDigests {
            console.note("note: signatures of \(report.pulledManifestDigest) do not hold for what is there now")
        }
    }
}
