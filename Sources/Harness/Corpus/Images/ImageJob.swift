import Digests
import Foundation

/// Builds an image and takes its layers into the cache.
///
/// What the builder needs to go on after an interruption lies in `.build-IMAGE` in the cache until the image is done.
struct ImageJob {
    let build: ImageBuild
    /// The layers to take, each an image layer.
    let entries: [CorpusEntry]
    let cache: Cache

    func run(
        base: FetchedLayer?, force: Bool, _ context: RecipeContext
    ) throws(HarnessError) -> [FetchedLayer] {
        guard let base else { throw HarnessError("its base \(build.base) is not there", in: context.entryName) }
        let store = "\(cache.directory)/.build-\(context.entryName)"
        if force { WorkDirectory.removeTree(store) }
        let built = try build.run(base: base, store: store, context)
        var layers: [FetchedLayer] = []
        for entry in entries {
            guard case .imageLayer(let recipe) = entry.recipe, built.indices.contains(recipe.index) else {
                throw HarnessError("the image has no layer of this index", in: entry.name)
            }
            let layer = built[recipe.index]
            let file = try ImageJob.plain(layer, below: context.workDirectory)
            layers.append(try cache.keep(file, as: entry, diffID: layer.diffID))
        }
        WorkDirectory.removeTree(store)
        return layers
    }

    /// The layer's uncompressed file.
    private static func plain(_ layer: BuiltLayer, below directory: String) throws(HarnessError) -> String {
        guard layer.isCompressed else { return layer.path }
        let path = "\(directory)/\(layer.diffID.hex).tar"
        var child = ChildProcess("gzip", ["-dc"], timeoutSeconds: 1_800)
        child.input = .file(path: layer.path)
        child.output = .file(path: path)
        try child.runChecked()
        return path
    }
}
