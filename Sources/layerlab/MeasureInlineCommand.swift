import ArgumentParser
import Foundation
import Harness
import LayerStore
import OSTree
import Strategies

extension MeasureCommand {
    struct Inline: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "inline",
            abstract: "Sweep the size up to which payloads go into the recipe.",
            discussion: """
                A LAYER is a file, or a layer or set of the corpus. For each limit: the recipe's bytes, and what the payloads' \
                objects take in the repository. Files of the commit's tree need their objects in any case, so that only \
                orphans' can be saved; a store in which inlined files need none is computed beside.

                EXAMPLE
                  layerlab measure inline stack-copy layer.tar --encoding raw+zstd:19 --limits 0,64,1024
                """)

        @Argument(
            help: "Files, or layers or sets of the corpus.", completion: .custom(Completions.layers))
        var layers: [String]

        @Option(
            help: ArgumentHelp("An encoding, without inline.", valueName: "name"),
            completion: .custom(Completions.encodings))
        var encoding = "raw+zstd:19"

        @Option(help: ArgumentHelp("Limits in bytes, from 0 to 65536, with commas between.", valueName: "list"))
        var limits = "0,16,64,256,1024,4096"

        @OptionGroup var dictionary: DictionaryOptions

        @Option(help: "A repository mode; may be given several times (default: bare-user and archive).")
        var mode: [RepositoryMode] = []

        @Option(help: "What an inode takes; ext4's is usually 256 bytes.")
        var inodeBytes = InlineSweep.usualInodeBytes

        @Option(help: "How paths map, for layers given as files.")
        var policy: PathPolicy = .standard

        @Option(
            help: ArgumentHelp("Where to make temporary repositories.", valueName: "dir"),
            completion: .directory)
        var workDir = NSTemporaryDirectory()

        @OptionGroup var corpus: CorpusOptions
        @OptionGroup var output: OutputOptions

        func validate() throws {
            guard inodeBytes >= 0 else { throw ValidationError("--inode-bytes takes a number from 0 up") }
            _ = try parsedLimits()
        }

        func run() throws {
            let console = output.console
            let dictionary = try dictionary.load()
            let sweep = try InlineSweep(
                encoding: dictionary.naming([encoding])[0], limits: parsedLimits(),
                modes: mode.isEmpty ? [.bareUser, .archive] : mode, dictionaries: dictionary.list,
                inodeBytes: inodeBytes, workFolder: workDir)
            let selection = try BenchSelection(layers, of: corpus.load(), policy: policy, progress: console.note)
            var records: [InlineRecord] = []
            let progress = console.count("layers measured", total: selection.layers.count)
            for (number, layer) in selection.layers.enumerated() {
                progress(number, layer.name)
                let rows = try sweep.run(layer)
                console.status("")
                records += rows
                if output.json { try rows.forEach { try Console.printJSON($0) } }
            }
            if !output.json { try Console.print(String(InlineReport(records).text.dropLast())) }
            if records.contains(where: { $0.error != nil }) { throw ExitCode(1) }
        }

        private func parsedLimits() throws -> [UInt64] {
            try limits.split(separator: ",", omittingEmptySubsequences: false).map { text in
                guard let limit = UInt64(text), limit <= 65_536 else {
                    throw ValidationError(
                        "--limits takes numbers from 0 to 65536 with commas between, and not '\(text)'")
                }
                return limit
            }
        }
    }
}
