import ArgumentParser
import Foundation
import Harness
import Images

struct CorpusAddCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Add layers and images of your own to your own manifest.",
        discussion: """
            Files stay where they are, and are pinned by their SHA-256. Of a directory all layers directly in it are added \
            (tar, plain or in gzip or zstd), and all images: OCI image layouts, dir: folders, archives of docker save and of \
            layouts, not compressed. --all looks into the directories below, too.

            Of an image (\(ImageReference.list)) each distinct layer becomes an entry, NAME-1, NAME-2 …, in a set NAME, which is \
            made of the image's name: layerlab bench NAME measures it. Layers are pinned by the blob's digest and the diff \
            ID, and a registry's image by its manifest, so that corpus fetch brings the same again. Those of oci: and dir: are \
            files, and stay where they are. Logins are skopeo's own.

            The manifest is $LAYERLAB_USER_CORPUS, or layerlab/corpus.yaml among your configuration.

            EXAMPLE
              layerlab corpus add layer.tar.gz --name mine --set own
              layerlab corpus add docker://HOST/NAME:TAG
              layerlab corpus add --all DIRECTORY --set own
            """)

    @Argument(help: "Files, images, or directories of both.", completion: .file())
    var sources: [String]

    @Option(
        help:
            "The entry's name, for one file, or what those of one image begin with (default: made of its name)."
    )
    var name: String?

    @Option(
        name: .customLong("set"),
        help:
            "A set that the layers belong to; may be given several times (default for images: their names)."
    )
    var sets: [String] = []

    @Flag(help: "Look into the directories below those that are given, too.")
    var all = false

    @Option(
        help: "How paths map: ostree-ext:allow-nonusr for image layers, identity for source archives.")
    var policy: CorpusPolicy = .imageLayer

    @Option(
        help:
            "How many layers or images are fetched at the same time (default: 2, or 1 on one processor).")
    var jobs = min(ProcessInfo.processInfo.activeProcessorCount, 2)

    @Option(
        help: ArgumentHelp(
            "Of an image's index, the image for this system.", valueName: "os/architecture[/variant]"))
    var platform: Platform = .host

    @Flag(
        inversion: .prefixedNo,
        help: "Whether registries must have certificates that the system trusts.")
    var tlsVerify = true

    @Option(
        help: ArgumentHelp(
            "Where images are unpacked that are neither in a registry nor in a folder.", valueName: "dir"),
        completion: .directory)
    var workDir = NSTemporaryDirectory()

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard jobs > 0 else { throw ValidationError("--jobs takes a number from 1 up") }
    }

    func run() throws {
        let console = output.console
        let manifest = try UserManifest.current()
        let corpus = try Corpus.load()
        var registry = RegistryOptions()
        registry.verifiesTLS = tlsVerify
        let found = try LayerFiles(
            sources, name: name, sets: sets, policy: policy, isDeep: all,
            images: .init(platform: platform, registry: registry, folder: workDir), progress: console.note
        )
        for file in found.passedOver { console.note("passed over, no layer: \(file)") }
        for entry in found.entries where entry.expectedEntries == 0 {
            console.note(
                "\(entry.name): warning: \(entry.title) has no tar entries; it is taken as it is")
        }
        if try corpus.checkAddition(found.entries, defaultSets: found.defaultSets) {
            try manifest.add(found.entries)
            console.note("added to \(manifest.path)")
        } else {
            console.note("all of it is in the corpus already; what is missing is fetched")
        }
        let outcome = try corpus.fetch(found.entries, jobs: jobs, progress: console.note)
        // Those that are fetched side by side are done in any order.
        for entry in found.entries {
            if let layer = outcome.layers.first(where: { $0.entry.name == entry.name }) { try output.show(layer) }
        }
        for set in found.newSets { console.note("`layerlab bench \(set)` measures the set \(set)") }
        try output.tellFailures(of: outcome, remedy: "`layerlab corpus fetch` tries them again")
    }
}
