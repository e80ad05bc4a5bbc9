internal import Blobs
internal import Digests
internal import Foundation
internal import LayerStore
internal import OSTree
internal import Strategies

/// How a repository makes compressed blobs again: one commit for each, under `layerlab/blob/…`, that holds a blob recipe or the
/// blob itself. It belongs to the blob, not to an image or to the layer's commit: several images may have it.
///
/// Format: `Documentation/formats/images.md`.
struct StoredBlobs {
    /// The metadata key (`s`) of such a commit: the blob's digest.
    static let digestKey = "layerlab.blob"
    /// The metadata key (`ay`) of the blob recipe, where there is one.
    static let recipeKey = "layerlab.blob-recipe"
    /// The metadata key (`s`) of the blob's bytes, in decimal digits.
    static let byteCountKey = "layerlab.blob-size"
    /// The name of the one file of the commit's tree, where the blob itself is kept.
    static let fileName = Array("blob".utf8)

    enum Form {
        case recipe(BlobRecipe)
        case kept(object: Digest)
    }

    let repository: Repository

    /// How a blob is made again; nil where the repository does not say.
    func form(of blob: Digest) throws -> Form? {
        guard let checksum = try repository.resolveAnywhere(ref: LayerRefs.blobForm(blob)) else { return nil }
        let commit = try repository.commit(checksum)
        guard commit.metadataText(StoredBlobs.digestKey) == blob.description else {
            throw damaged(blob, "its commit \(checksum.hex) names another one")
        }
        if let bytes = commit.metadataBytes(StoredBlobs.recipeKey) {
            do {
                return .recipe(try BlobRecipe(decoding: bytes[...]))
            } catch {
                throw damaged(blob, "\(error)")
            }
        }
        let tree = try repository.directoryTree(commit.tree.contents)
        guard let file = tree.files.first(where: { $0.name == StoredBlobs.fileName }) else {
            throw damaged(blob, "commit \(checksum.hex) holds neither a recipe nor the blob")
        }
        return .kept(object: file.object)
    }

    /// The same where it can be relied on: nothing is damaged, a kept blob is there, and the blob has so many bytes.
    func wholeForm(of blob: Digest, byteCount: UInt64) -> Form? {
        guard let form = try? form(of: blob),
            let commit = try? repository.resolveAnywhere(ref: LayerRefs.blobForm(blob)),
            (try? repository.isWhole(commit)) == true,
            (try? repository.commit(commit).metadataText(StoredBlobs.byteCountKey)) == String(byteCount)
        else { return nil }
        return form
    }

    /// What a form of a blob costs: bytes of its commit, and of the blob as the repository's mode keeps it.
    func storedByteCount(of blob: Digest) throws -> UInt64 {
        guard let checksum = try repository.resolveAnywhere(ref: LayerRefs.blobForm(blob)) else { return 0 }
        var sum = UInt64(try repository.commit(checksum).byteCount)
        if case .kept(let object) = try form(of: blob) { sum += try repository.storedByteCount(.file, object) }
        return sum
    }

    /// Keeps, by a policy, how a blob is made again. Returns the commit that holds it, and nil where the policy keeps nothing.
    ///
    /// - Parameters:
    ///   - search: what was found out about the blob.
    ///   - path: the blob's file, which somebody has compared with its digest.
    func keep(
        _ search: BlobSearch, of blob: Digest, at path: String, byteCount: UInt64, by policy: BlobPolicy
    ) throws -> Digest? {
        switch (search, policy) {
        case (.recipe(let recipe), _): return try store(recipe, of: blob, byteCount: byteCount)
        case (.none, .keep): return try keep(path, byteCount: byteCount, of: blob)
        case (.none, .rewrite): return nil
        case (.none(let reason), .replay):
            throw LayerStoreError(
                .input,
                "the blob \(blob) cannot be compressed again as it was: \(reason); --blobs keep stores such blobs, --blobs rewrite gives their digests up"
            )
        }
    }

    /// What became of a blob, as a report says it.
    ///
    /// - Parameter reason: why there is no recipe, where that was found out just now.
    func outcome(of blob: Digest, because reason: String?) throws -> ImportedImage.BlobForm {
        switch try form(of: blob) {
        case .recipe(let recipe): .recipe(compressor: recipe.description, byteCount: recipe.encoded.count)
        case .kept: .kept(reason: reason ?? "an earlier import has kept it")
        case nil: .lost(reason: reason ?? "nothing was kept of it")
        }
    }

    /// Stores a blob recipe, and shows it. Returns its commit.
    private func store(_ recipe: BlobRecipe, of blob: Digest, byteCount: UInt64) throws -> Digest {
        try publish(blob) { transaction in
            var draft = draft(blob, byteCount)
            draft.metadata.append((StoredBlobs.recipeKey, .bytes(recipe.encoded)))
            return (draft, DirectoryTree())
        }
    }

    /// Stores a blob as it is, and shows it. Returns its commit.
    private func keep(_ path: String, byteCount: UInt64, of blob: Digest) throws -> Digest {
        try publish(blob) { transaction in
            let file = try FileHandle(forReadingFrom: URL(filePath: path))
            defer { try? file.close() }
            let object = try transaction.writeFile(
                from: file.fileDescriptor, byteCount: byteCount, FileAttributes(mode: 0o644))
            try requireStored(object, is: blob)
            return (draft(blob, byteCount), DirectoryTree(files: [(StoredBlobs.fileName, object)]))
        }
    }

    /// Reads back what is going to be kept: the file may have changed since it was looked at.
    private func requireStored(_ object: Digest, is blob: Digest) throws {
        let stream = try PayloadStream(object, in: repository)
        var (hash, chunk) = (SHA256Stream(), [UInt8](repeating: 0, count: 1 << 20))
        while case let count = try stream.read(into: &chunk, at: 0, upTo: chunk.count), count > 0 {
            try Interruption.check()
            hash.update(chunk.prefix(count))
        }
        guard hash.digest == blob else {
            throw LayerStoreError(.check, "the blob to keep is \(hash.digest) instead of \(blob): its file has changed")
        }
    }

    private func draft(_ blob: Digest, _ byteCount: UInt64) -> CommitDraft {
        CommitDraft(
            subject: "blob \(blob)",
            metadata: [
                (StoredBlobs.digestKey, .text(blob.description)), (StoredBlobs.byteCountKey, .text(String(byteCount))),
            ])
    }

    private func publish(
        _ blob: Digest, _ write: (Transaction) throws -> (CommitDraft, DirectoryTree)
    ) throws -> Digest {
        let shared = try SharedLock(of: repository)
        defer { extendLifetime(shared) }
        let transaction = try Transaction(in: repository)
        let (draft, tree) = try write(transaction)
        let root = DirectoryReference(
            contents: try transaction.write(tree),
            metadata: try transaction.writeDirectoryAttributes(FileAttributes(mode: 0o755)))
        let commit = try transaction.write(draft, root: root)
        let lock = try PublishingLock.untilInterrupted(of: repository)
        defer { extendLifetime(lock) }
        try transaction.commit()
        try repository.markWhole(commit)
        try repository.show(commit, as: LayerRefs.blobForm(blob))
        return commit
    }

    private func damaged(_ blob: Digest, _ reason: String) -> LayerStoreError {
        LayerStoreError(.check, "what the repository keeps for the blob \(blob) is damaged: \(reason)")
    }
}
