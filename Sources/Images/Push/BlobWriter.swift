internal import Digests
internal import LayerStore

/// Writes blobs of layers into files: one has its name only when its bytes have its digest.
struct BlobWriter: Sendable {
    let files: ImageFiles

    struct Written: Sendable {
        var digest: Digest
        var byteCount: UInt64
        /// The path, where the file was not there before.
        var newFile: String?
        /// Whether the very same file was there before.
        var wasThere = false
    }

    /// Writes a blob, unless the very same is there.
    ///
    /// - Parameter progress: called now and then with the bytes of the layer's stream, or of the kept blob, so far.
    func write(_ plan: BlobPlan, progress: @escaping (UInt64) throws -> Void) throws -> Written {
        let descriptor = plan.descriptor
        guard let digest = plan.rebuilder.digest else { return try writeAnew(plan, progress) }
        let path = files.path(of: digest)
        if try Files.byteCount(of: path) == descriptor.byteCount && Files.digest(of: path) == digest {
            return Written(digest: digest, byteCount: descriptor.byteCount, wasThere: true)
        }
        let file = try FileSink(path)
        let made = try plan.rebuilder.rebuild(into: file, progress: progress)
        try file.finish()
        return Written(digest: digest, byteCount: made.byteCount, newFile: path)
    }

    /// Writes a blob whose name is known when it is there.
    private func writeAnew(_ plan: BlobPlan, _ progress: @escaping (UInt64) throws -> Void) throws -> Written {
        // Another blob of the image may be of the same stream, and be written at the same time.
        let temporary = "\(files.folder)/layerlab-\(plan.descriptor.digest.hex)"
        let file = try FileSink(temporary)
        let made = try plan.rebuilder.rebuild(into: file, progress: progress)
        try file.finish()
        let path = files.path(of: made.digest)
        let isNew = Files.byteCount(of: path) == nil
        try Files.move(temporary, to: path)
        return Written(digest: made.digest, byteCount: made.byteCount, newFile: isNew ? path : nil)
    }
}
