import ArgumentParser
import Harness
import Images
import LayerStore
import OSTree
import Strategies
import Tar

struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Import a layer or a whole image into an ostree repository, and keep what makes it again.",
        discussion: """
            SOURCE is a layer's tar, plain or in gzip or zstd; - is standard input. The layer becomes a commit under \
            ostree/container/blob/…, as ostree-ext makes it. The recipe is proved before the layer is published; on any \
            error the repository stays as it was.

            Or SOURCE is an image: \(ImageReference.list). oci: and dir: are read directly; everything else needs skopeo. \
            Every layer becomes a commit, and the image another one, under ostree/container/image/…, whose tree is the \
            layers' merged and whose metadata are the manifest and the configuration, byte for byte. Layers that are there \
            already are skipped; an import that was interrupted goes on where it was. Blob digests, sizes and diff IDs are \
            checked; where one is wrong nothing is left.

            --blobs says what becomes of compressed blobs, so that layerlab push has the same digests: where a known \
            compressor (zlib, GNU gzip, pigz, or that of buildah, podman, skopeo and umoci) makes a blob again, some tens of bytes \
            say how. For others, such as those of docker, and for zstd: keep stores the blob, rewrite compresses anew when the image is pushed, and replay \
            refuses the image. A layer by itself keeps nothing of its blob unless --blobs is given.

            EXAMPLE
              layerlab import layer.tar.gz --repo repo --init bare-user --strategy raw+zstd:19@sidecar
              layerlab import docker://HOST/NAME:TAG --repo repo
              layerlab import oci:layout:latest --repo repo --strategy tree --blobs rewrite

            \(StrategyHelp.text)
            """)

    @Argument(help: "The layer's file, -, or an image.", completion: .custom(Completions.sources))
    var source: String

    @OptionGroup var repository: RepositoryOptions

    @Option(
        name: .customLong("init"),
        help: ArgumentHelp("Make the repository first, in this mode, if it is not there.", valueName: "mode"))
    var initialMode: RepositoryMode?

    @Option(
        help: "How to keep the recipe (default: \(Strategy.standard)).",
        completion: .custom(Completions.strategies))
    var strategy: String?

    @OptionGroup var dictionary: DictionaryOptions

    @Option(help: "How paths map into the commit's tree.")
    var policy: PathPolicy = .standard

    @Option(help: "How to prove the recipe: by its segments, or by rebuilding the whole stream too.")
    var prove: Importer.Proof = .segments

    @Option(help: "What becomes of blobs that no known compressor makes again (default for images: keep).")
    var blobs: BlobPolicy?

    @Option(
        help: ArgumentHelp(
            "The system that the image has to be for, and of an index the one to take (default: \(Platform.host)).",
            valueName: "os/architecture[/variant]"))
    var platform: Platform?

    @Option(help: ArgumentHelp("The image's name in the repository (default: SOURCE).", valueName: "name"))
    var name: String?

    @Option(
        help: ArgumentHelp(
            "Layers of an image to import at a time (default: \(ImageImporter.usefulJobs) here).", valueName: "count"))
    var jobs: Int?

    @Option(
        help: ArgumentHelp(
            "Refuse an image with a layer that inflates to more than this (default: \(ImageImporter.Settings.defaultMaximumLayerBytes >> 30) GiB).",
            valueName: "bytes"))
    var maxLayerBytes: UInt64?

    @OptionGroup var registry: RegistryArguments
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard jobs.map({ $0 > 0 }) ?? true else { throw ValidationError("--jobs takes a number from 1 up") }
        if ImageReference(source) == nil {
            let given = [
                ("--name", name != nil), ("--platform", platform != nil), ("--jobs", jobs != nil),
                ("--max-layer-bytes", maxLayerBytes != nil),
            ]
            if let option = given.first(where: \.1)?.0 {
                throw ValidationError("\(option) is for images, which begin with one of \(ImageReference.list)")
            }
            guard blobs == nil || source != "-" else {
                throw ValidationError("--blobs needs a file: standard input cannot be read twice")
            }
        }
        guard name != "" else { throw ValidationError("--name takes a name") }
    }

    func run() throws {
        let dictionary = try dictionary.load()
        let strategy = try Strategy(parsing: dictionary.naming([strategy ?? Strategy.standard.description])[0])
        if let image = ImageReference(source) {
            try withRepository { try importImage(image, by: strategy, dictionary, into: $0) }
        } else {
            let source = try ImageHint.completingErrors(about: self.source) { try LayerSource(self.source) }
            if let hint = ImageHint.text(for: self.source) { output.console.note("note: \(self.source): \(hint)") }
            try withRepository { try importLayer(from: source, by: strategy, dictionary, into: $0) }
        }
    }

    private func withRepository(_ body: (Repository) throws -> Void) throws {
        if let initialMode {
            try Repository.withOpenOrCreated(at: repository.repo, mode: initialMode, body)
        } else {
            try body(repository.open())
        }
    }

    // MARK: A layer

    private func importLayer(
        from source: LayerSource, by strategy: Strategy, _ dictionary: ZstdDictionary?, into repository: Repository
    ) throws {
        let console = output.console
        let importer = ImageImporter(
            into: repository,
            .init(
                strategy: strategy, policy: policy, proof: prove, dictionaries: dictionary.list,
                blobs: blobs ?? .rewrite))
        let progress = console.progress("import", total: source.fileByteCount)
        let (layer, form) = try importer.importLayer(
            from: source, at: self.source, keepsBlob: blobs != nil, progress: progress)
        console.endProgress()
        try print(ImportReport(layer, mode: repository.mode, blob: form))
        if type(of: strategy.storage).isFloor {
            console.note("note: \(strategy) keeps no recipe, so this layer cannot be rebuilt")
        }
        note(layer.findings.first, of: layer.findings.count)
    }

    // MARK: An image

    private func importImage(
        _ reference: ImageReference, by strategy: Strategy, _ dictionary: ZstdDictionary?, into repository: Repository
    ) throws {
        let console = output.console
        let importer = ImageImporter(
            into: repository,
            .init(
                strategy: strategy, policy: policy, proof: prove, dictionaries: dictionary.list, blobs: blobs ?? .keep,
                jobs: jobs, maximumLayerBytes: maxLayerBytes ?? ImageImporter.Settings.defaultMaximumLayerBytes))
        let name = name ?? reference.description
        try importer.checkName(name)
        let fetched = console.fetching(reference.description)
        let opener = ImageOpener(
            platform: platform ?? .host, temporaryFolder: repository.path + "/tmp", registry: registry.options,
            isHeld: importer.holds
        ) { fetched($0, $1) }
        let image = try opener.open(reference, mustMatch: platform != nil)
        if let other = image.configuration.platform, platform == nil, !Platform.host.accepts(other) {
            console.note("note: the image is for \(other), and this is \(Platform.host)")
        }
        console.endProgress()
        let meters = LayerMeters("import", Set(image.manifest.layers), console)
        let imported = try importer.importImage(image, named: name, progress: meters.take)
        console.endProgress()
        try print(ImageReport(imported, mode: repository.mode))
        if !imported.isOriginal {
            console.note(
                "note: \(reference.transport.rawValue): makes a manifest of its own, so the digest is not that of the image as it was published"
            )
        }
        for finding in imported.findings.prefix(10) { console.note("merge: \(finding)") }
        if imported.findings.count > 10 { console.note("… and \(imported.findings.count - 10) more; --json has all") }
        for (number, layer) in imported.layers.enumerated() {
            guard let findings = layer.imported?.findings, findings.count > 0 else { continue }
            console.note("layer \(number + 1):")
            note(findings.first, of: findings.count)
        }
    }

    // MARK: Saying it

    private func print(_ report: some Reportable) throws {
        if output.json { try Console.printJSON(report) } else { try Console.print(report.text) }
    }

    private func note(_ findings: [Finding], of count: Int) {
        for finding in findings.prefix(10) { output.console.note(FindingReport(finding).text) }
        if count > 10 { output.console.note("… and \(count - 10) more; layerlab inspect lists them") }
    }
}
