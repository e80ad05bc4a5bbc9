import ArgumentParser
import Harness
import Images
import LayerStore
import OSTree

struct RemoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Remove layers and images from a repository.",
        discussion: """
            REF is an image as push names it: its name, its ref, its manifest's digest. Its ref goes, and with it the layers \
            that no other image has, unless --keep-layers is given. Or REF is a layer as rebuild names it: a ref, the digest \
            of a blob, or the diff ID, which stands for all blobs of the layer. A layer that an image has is refused: the \
            image could not be pushed without it.

            A layer's ref goes first, then its recipe, its orphans and what makes its blob again. Wherever that is cut short, \
            each layer is there as a whole or not at all, and the next import or removal takes away what is left. Objects stay until \
            ostree prune --refs-only, or --prune here, which deletes all that no ref of the repository reaches, whoever put \
            it there. Dictionaries stay; where no layer needs one any more, the report says so.

            EXAMPLE
              layerlab remove docker://HOST/NAME:TAG --repo repo --prune
              layerlab remove sha256:DIGEST --repo repo
            """)

    @Argument(
        help: "Images, by name, ref or manifest digest, or layers, by ref or digest.",
        completion: .custom(Completions.imagesAndRefs))
    var refs: [String]

    @OptionGroup var repository: RepositoryOptions

    @Flag(help: "Leave an image's layers, as layers of their own.")
    var keepLayers = false

    @Flag(help: "Prune afterwards, as ostree prune --refs-only does, and tell how much that has freed.")
    var prune = false

    @OptionGroup var output: OutputOptions

    func run() throws {
        let repository = try repository.open()
        let remover = Remover(from: repository)
        for ref in refs {
            try Interruption.check()
            try print(RemovalReport(remover.remove(ref, keepsLayers: keepLayers)))
        }
        if prune { try print(PruningReport(repository.prune())) }
    }

    private func print(_ report: some Reportable) throws {
        if output.json { try Console.printJSON(report) } else { try Console.print(report.text) }
    }
}
