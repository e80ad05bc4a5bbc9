internal import Blobs
public import LayerStore
internal import OSTree

extension ImageImporter {
    /// Imports a layer by itself, and keeps what makes its blob again where that is asked for. On an error nothing has
    /// changed.
    ///
    /// - Parameters:
    ///   - source: the layer; it is read to its end.
    ///   - path: the layer's file.
    ///   - keepsBlob: whether to look for the blob's compressor, and to do by the settings' policy what is to be done.
    ///   - progress: called now and then with the bytes of the file read so far.
    public func importLayer(
        from source: LayerSource, at path: String, keepsBlob: Bool, progress: @escaping (UInt64) -> Void = { _ in }
    ) throws -> (layer: ImportedLayer, blob: ImportedImage.BlobForm?) {
        try Remover(from: repository).finishInterrupted()
        let importer = Importer(
            into: repository, strategy: settings.strategy, policy: settings.policy, proof: settings.proof,
            dictionaries: settings.dictionaries)
        guard keepsBlob else { return (try importer.importLayer(from: source, progress: progress), nil) }
        try LayerSource.requireFile(path)
        guard source.compression != .none else {
            return (try importer.importLayer(from: source, progress: progress), .stream)
        }
        let search = BlobSearchJob(path, ParallelJobs())
        let brought = BroughtObjects()
        do {
            let layer = try importer.importLayer(from: source, progress: progress)
            brought.add(layer)
            let found = try search.result()
            let blobs = StoredBlobs(repository: repository)
            let byteCount = source.fileOffset
            if blobs.wholeForm(of: layer.blob, byteCount: byteCount) == nil {
                let commit = try blobs.keep(found, of: layer.blob, at: path, byteCount: byteCount, by: settings.blobs)
                if let commit { brought.add(commit, ofBlob: layer.blob) }
            }
            let reason: String? = if case .none(let reason) = found { reason } else { nil }
            return (layer, try blobs.outcome(of: layer.blob, because: reason))
        } catch {
            search.cancel()
            throw ImageImporter.error(error, leaving: brought.withdraw(by: settings.strategy, in: repository))
        }
    }
}
