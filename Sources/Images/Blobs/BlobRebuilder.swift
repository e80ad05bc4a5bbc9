internal import Blobs
public import Digests
public import LayerStore
public import OSTree
internal import Strategies

/// Makes a layer's blob again, as it was distributed: of its stream, or of what was kept of it.
public struct BlobRebuilder: Sendable {
    enum Method: Sendable {
        /// It is the stream.
        case stream
        case recipe(BlobRecipe)
        case kept(object: Digest)
        /// Compressed anew: it will be another blob.
        case anew
    }

    /// The layer's diff ID.
    public let diffID: Digest
    /// The blob's digest; nil where it is not known before it is made.
    public let digest: Digest?
    let method: Method
    private let layer: StoredLayers.Entry
    private let repository: Repository

    init(of layer: StoredLayers.Entry, digest: Digest?, by method: Method, in repository: Repository) {
        diffID = layer.layer.diffID
        (self.digest, self.method, self.layer, self.repository) = (digest, method, layer, repository)
    }

    /// The blob of a layer that a user names by the blob's digest, or by the ref as import printed it.
    public init(_ name: String, in repository: Repository) throws {
        let layer = try StoredLayers(in: repository).find(name)
        guard let digest = Digest(oci: name) ?? Digest(hex: name) ?? LayerRefs.digest(ofBlob: name) else {
            throw LayerStoreError(
                .input, "'\(name)' names no blob; name it by its digest, or by its ref below \(LayerRefs.blobs)")
        }
        let method: Method
        switch digest == layer.layer.diffID ? nil : try StoredBlobs(repository: repository).form(of: digest) {
        case .recipe(let recipe): method = .recipe(recipe)
        case .kept(let object): method = .kept(object: object)
        case nil where digest == layer.layer.diffID: method = .stream
        case nil:
            throw LayerStoreError(
                .input,
                "\(repository.path) does not say how the blob \(digest) is made again; import it with --blobs, or leave --blob out for the layer's tar"
            )
        }
        self.init(of: layer, digest: digest, by: method, in: repository)
    }

    /// How the blob is made, in a few words.
    public var methodName: String {
        switch method {
        case .stream: "not compressed"
        case .recipe(let recipe): "made again by \(recipe)"
        case .kept: "kept"
        case .anew: "compressed anew"
        }
    }

    /// Makes the blob, checked by the layer's diff ID where it is made of the stream, and by its own digest where that is
    /// known; the digest, and how many bytes there were. Where it throws the sink has bytes, and they are not the blob.
    ///
    /// - Parameters:
    ///   - sink: takes the blob's bytes, in order.
    ///   - progress: called now and then with the bytes of the stream, or of the kept blob, so far.
    @discardableResult
    public func rebuild(
        into sink: any ByteSink, progress: @escaping (UInt64) throws -> Void = { _ in }
    ) throws -> (digest: Digest, byteCount: UInt64) {
        let output = HashedSink(sink)
        switch method {
        case .stream: try rebuildStream(into: CountedSink(output, progress))
        case .recipe(let recipe): try compress(by: recipe, into: output, progress)
        case .anew: try compress(by: .rewriting, into: output, progress)
        case .kept(let object): try copy(object, into: CountedSink(output, progress))
        }
        if let digest, output.digest != digest {
            throw LayerStoreError(
                .check,
                "the blob of the layer \(diffID) came out as \(output.digest) instead of \(digest): \(suspicion)")
        }
        return (output.digest, output.byteCount)
    }

    private func rebuildStream(into sink: some ByteSink) throws {
        try Rebuilder(layer.layer, keptBy: layer.strategy.storage, in: repository).rebuild(into: sink)
    }

    private func compress(
        by recipe: BlobRecipe, into output: HashedSink, _ progress: @escaping (UInt64) throws -> Void
    ) throws {
        do {
            let replayer = try BlobReplayer(recipe) { try output.write($0) }
            try rebuildStream(into: CountedSink(ReplaySink(replayer), progress))
            try replayer.finish()
        } catch let error as BlobError {
            throw LayerStoreError(.check, "the blob of the layer \(diffID) cannot be made again: \(error)")
        }
    }

    private func copy(_ object: Digest, into sink: some ByteSink) throws {
        let stream = try PayloadStream(object, in: repository)
        var chunk = [UInt8](repeating: 0, count: 1 << 20)
        while case let count = try stream.read(into: &chunk, at: 0, upTo: chunk.count), count > 0 {
            try Interruption.check()
            try sink.write(chunk.prefix(count))
        }
    }

    /// What is most likely at fault where a blob comes out wrong.
    private var suspicion: String {
        switch method {
        case .recipe(let recipe):
            "the stream is right, so \(recipe) does not write what it did when the blob was imported; another version of zlib may be the cause"
        case .kept: "what was kept of it is damaged"
        case .stream, .anew: "the repository is damaged"
        }
    }
}

/// Hashes what goes through it.
private final class HashedSink: ByteSink {
    private let sink: any ByteSink
    private var hash = SHA256Stream()

    init(_ sink: any ByteSink) { self.sink = sink }

    var digest: Digest { hash.digest }
    var byteCount: UInt64 { hash.byteCount }

    func write(_ bytes: ArraySlice<UInt8>) throws {
        hash.update(bytes)
        try sink.write(bytes)
    }
}

/// Compresses what it is given.
private final class ReplaySink: ByteSink {
    private let replayer: BlobReplayer
    init(_ replayer: BlobReplayer) { self.replayer = replayer }
    func write(_ bytes: ArraySlice<UInt8>) throws { try replayer.write(bytes) }
}

/// Counts what goes through it; who is told may end it.
private final class CountedSink: ByteSink {
    private let sink: any ByteSink
    private let progress: (UInt64) throws -> Void
    private var byteCount: UInt64 = 0

    init(_ sink: any ByteSink, _ progress: @escaping (UInt64) throws -> Void) {
        (self.sink, self.progress) = (sink, progress)
    }

    func write(_ bytes: ArraySlice<UInt8>) throws {
        try sink.write(bytes)
        byteCount += UInt64(bytes.count)
        try progress(byteCount)
    }
}
