import Digests
import Foundation
import Processes

/// Builds an image and takes its layers into the cache.
///
/// What the builder needs to go on after an interruption lies in `.build-IMAGE` in the cache until the image is done.
struct ImageJob {
    let build: ImageBuild
    /// All layers of the image that are entries, so that the cache never has some of one build and some of another.
    let entries: [CorpusEntry]
    let cache: Cache

    func run(
        base: FetchedLayer?, force: Bool, _ context: RecipeContext
    ) throws(LocatedError) -> [FetchedLayer] {
        guard let base else { throw LocatedError("its base \(build.base) is not there", in: context.entryName) }
        let store = WorkDirectory.store(ofImage: context.entryName, in: cache)
        if force { WorkDirectory.removeTree(store, progress: context.progress) }
        let built = try build.run(base: base, store: store, context)
        var made: [Cache.Made] = []
        for entry in entries {
            guard case .imageLayer(let recipe) = entry.recipe, built.indices.contains(recipe.index) else {
                throw LocatedError("the image has no layer of this index", in: entry.name)
            }
            let layer = built[recipe.index]
            let file = try ImageJob.plain(layer, below: context.workDirectory)
            made.append(Cache.Made(file: file, entry: entry, diffID: layer.diffID))
        }
        let layers = try cache.keep(made, base: base.digest)
        WorkDirectory.removeTree(store, progress: context.progress)
        return layers
    }

    /// The layer's uncompressed file.
    private static func plain(_ layer: BuiltLayer, below directory: String) throws(LocatedError) -> String {
        guard layer.isCompressed else { return layer.path }
        let path = "\(directory)/\(layer.diffID.hex).tar"
        var child = ChildProcess("gzip", ["-dc"], timeoutSeconds: 1_800)
        child.input = .file(path: layer.path)
        child.output = .file(path: path)
        try child.runChecked()
        return path
    }
}
