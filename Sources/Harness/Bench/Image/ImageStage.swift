internal import Blobs
internal import Digests
internal import Foundation
internal import Images
internal import LayerStore
internal import OSTree
internal import Processes
internal import Strategies

/// The stage `image`: what the blobs of an image cost, and whole processes, interleaved.
struct ImageStage {
    let image: BenchImage
    let strategy: Strategy
    let policy: PathPolicy
    let options: [String]
    let tool: String
    let folder: URL
    let rounds: Int
    let includesPeers: Bool

    /// Seconds that one process may take.
    private static let limit = 3_600.0

    func run(status: (String) -> Void, save: (ImageRecord) throws -> Void) throws {
        var record = ImageRecord(
            image: image.name, manifestDigest: image.manifestDigest.description, layers: [],
            processes: processes(inRound: 0).map { .init(name: $0.name, note: $0.note) })
        for layer in image.layers {
            status("\(layer.name): looking for the compressor of its blob")
            record.layers.append(try costs(of: layer))
        }
        try save(record)
        // The first round finds files that nobody has read, and is not counted.
        for round in 0...rounds {
            for (index, process) in processes(inRound: round).enumerated() where record.processes[index].error == nil {
                try Interruption.check()
                status("\(image.name): \(process.name), round \(round) of \(rounds)")
                let result = try process.child.run()
                try Interruption.check()
                if let failure = result.failure {
                    record.processes[index].error = "\(failure)"
                } else if round > 0 {
                    record.processes[index].seconds.append(result.wallSeconds)
                }
            }
            try save(record)
        }
    }

    private func costs(of layer: BenchImage.Layer) throws -> ImageRecord.Layer {
        let source = try LayerSource(layer.path)
        var record = ImageRecord.Layer(
            layer: layer.name, blob: layer.descriptor.digest.description, mediaType: layer.descriptor.mediaType,
            blobBytes: layer.descriptor.byteCount, searchSeconds: 0)
        guard source.compression != .none else {
            record.blobRecipeBytes = 0
            return record
        }
        let start = ContinuousClock().now
        let search = try BlobRecipe.find(forBlobAt: layer.path) { _ in try Interruption.check() }
        record.searchSeconds = start.duration(to: ContinuousClock().now) / .seconds(1)
        switch search {
        case .recipe(let recipe):
            (record.compressor, record.blobRecipeBytes) = (recipe.description, recipe.encoded.count)
        case .none(let reason):
            record.reason = reason
            var byteCount: UInt64 = 0
            let replayer = try BlobReplayer(.rewriting) { byteCount += UInt64($0.count) }
            while let chunk = try source.next() {
                try Interruption.check()
                try replayer.write(chunk)
            }
            try replayer.finish()
            record.rewrittenBytes = byteCount
        }
        return record
    }

    // MARK: Processes

    private struct Process {
        var name: String
        var note: String
        var child: ChildProcess
    }

    /// What each round runs, in this order: what a later one reads is there by then.
    private func processes(inRound round: Int) -> [Process] {
        let place = folder.appending(component: "round-\(round)").path
        try? FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        let repository = place + "/repo"
        func ours(_ arguments: [String]) -> ChildProcess {
            ChildProcess(
                tool, arguments + ["--repo", repository, "--quiet", "--json"], timeoutSeconds: ImageStage.limit)
        }
        let load =
            ["import", image.layout.description, "--strategy", strategy.description, "--policy", policy.rawValue]
            + options
        var all = [
            Process(
                name: "layerlab import", note: "into a new bare-user repository, synced; blobs: keep",
                child: ours(load + ["--init", "bare-user"])),
            Process(name: "layerlab import, again", note: "all layers are held", child: ours(load)),
            Process(
                name: "layerlab push oci:", note: "all layers rebuilt and verified, all blobs made again, not synced",
                child: ours(["push", image.layout.description, "oci:\(place)/pushed:image"])),
        ]
        guard includesPeers else { return all }
        if Program.find("skopeo") != nil {
            all.append(
                Process(
                    name: "skopeo copy oci: → oci:", note: "copies the blobs as they are, each verified",
                    child: ChildProcess(
                        "skopeo",
                        ["copy", "--quiet", image.layout.description, "oci:\(place)/copied:image"],
                        timeoutSeconds: ImageStage.limit)))
        }
        if Program.find("umoci") != nil, image.layout.hasTag {
            all.append(
                Process(
                    name: "umoci unpack", note: "inflates and extracts into plain files, not synced; keeps no metadata",
                    child: ChildProcess(
                        "umoci", ["unpack", "--image", image.layout.location, "\(place)/unpacked"],
                        timeoutSeconds: ImageStage.limit)))
        }
        return all
    }
}
