internal import Blobs
public import Digests
public import LayerStore
public import OSTree

/// The blob of a layer that is imported by itself, from a file.
public struct LayerBlob {
    private let path: String
    private let policy: BlobPolicy
    private let search: BlobSearch?

    /// Finds out, before the layer is imported, how its blob is made again. One that is not compressed needs nothing.
    ///
    /// An error where the policy wants a compressor that makes it, and there is none.
    ///
    /// - Parameter progress: called now and then with the bytes of the file that are done.
    public init(
        of source: LayerSource, at path: String, policy: BlobPolicy, progress: (UInt64) -> Void = { _ in }
    ) throws {
        try LayerSource.requireFile(path)
        (self.path, self.policy) = (path, policy)
        guard source.compression != .none else {
            search = nil
            return
        }
        do {
            let found = try BlobRecipe.find(forBlobAt: path) { byteCount in
                try Interruption.check()
                progress(byteCount)
            }
            if policy == .replay, case .none(let reason) = found {
                throw LayerStoreError(
                    .input, "\(path) cannot be compressed again as it was: \(reason); --blobs keep stores it")
            }
            search = found
        } catch let error as BlobError {
            throw LayerStoreError(.input, "\(error)")
        }
    }

    /// Keeps it, when the layer has been imported, and the blob's digest is known.
    public func keep(as digest: Digest, byteCount: UInt64, in repository: Repository) throws -> ImportedImage.BlobForm {
        guard let search else { return .stream }
        let blobs = StoredBlobs(repository: repository)
        let reason: String? = if case .none(let reason) = search { reason } else { nil }
        if try blobs.form(of: digest) == nil {
            _ = try blobs.keep(search, of: digest, at: path, byteCount: byteCount, by: policy)
        }
        return try blobs.outcome(of: digest, because: reason)
    }
}
