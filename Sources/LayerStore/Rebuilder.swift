public import Digests
public import OSTree
public import Strategies
internal import Tar

/// Streams a layer out of its recipe and the repository's objects, and checks on the way that it is the same layer.
public struct Rebuilder {
    public let diffID: Digest
    public let streamLength: UInt64
    private let recipe: Recipe
    private let repository: Repository

    init(recipe: Recipe, diffID: Digest, repository: Repository) {
        self.recipe = recipe
        self.diffID = diffID
        self.repository = repository
        streamLength = recipe.streamLength
    }

    /// Loads and decodes the recipe of a layer that a user names (see `StoredLayers.find`).
    public init(_ name: String, in repository: Repository) throws {
        let entry = try StoredLayers(in: repository).find(name)
        try self.init(entry.layer, keptBy: entry.strategy.storage, in: repository)
    }

    /// Loads and decodes a layer's recipe. Whatever is missing or damaged is an error of kind `check`.
    public init(_ layer: StoredLayer, keptBy storage: any Storage, in repository: Repository) throws {
        guard !type(of: storage).isFloor else {
            throw LayerStoreError(
                .input, "\(layer.diffID) was imported by a strategy that keeps no recipe: import it again")
        }
        do {
            let recipe = try StoredRecipe.recipe(of: layer, keptBy: storage, in: repository)
            self.init(recipe: recipe, diffID: layer.diffID, repository: repository)
        } catch let error where error is StrategyError || error is OSTreeError {
            throw LayerStoreError(.check, "cannot rebuild \(layer.diffID): \(error)")
        }
    }

    /// Rebuilds the stream. An error of kind `check` says at which segment it went wrong, as far as can be told; the
    /// sink has bytes by then, and they are not the layer.
    ///
    /// - Parameters:
    ///   - verify: whether to compare the stream's SHA-256 with the diff ID. Without it damaged objects go unseen.
    ///   - progress: called now and then with the bytes written so far.
    public func rebuild(
        into sink: some ByteSink, verify: Bool = true, progress: @escaping (UInt64) -> Void = { _ in }
    ) throws {
        var output = Output(sink: sink, verify: verify, progress: progress)
        var literals = recipe.literalReader()
        for (index, segment) in recipe.segments.enumerated() {
            switch segment {
            case .literal(let count):
                try literals.read(count) { try output.append($0) }
            case .payload(let payload):
                try append(payload, segment: index, to: &output)
            }
        }
        try output.flush()
        if verify, output.digest.digest != diffID { throw diagnosis(found: output.digest.digest) }
    }

    private func append(_ payload: Recipe.Payload, segment: Int, to output: inout Output) throws {
        do {
            let stream = try PayloadStream(payload.object, in: repository)
            var rest = payload.byteCount
            while rest > 0 {
                let count = try output.fill(upTo: rest, from: stream)
                guard count > 0 else {
                    throw OSTreeError(
                        operation: "read the object", subject: payload.object.hex,
                        reason: "it ends \(rest) bytes before its \(payload.byteCount)")
                }
                rest -= UInt64(count)
            }
        } catch let error as OSTreeError {
            throw LayerStoreError(
                .check, "cannot rebuild \(diffID): segment \(segment), at byte \(output.offset) of the stream: \(error)"
            )
        }
    }

    /// What can be told of a stream that is not the layer: the first object that is not what its checksum says.
    private func diagnosis(found: Digest) -> LayerStoreError {
        var offset: UInt64 = 0
        var sound: Set<Digest> = []
        for (index, segment) in recipe.segments.enumerated() {
            if Interruption.pending != nil { return mismatch(found, "interrupted while looking for the damage") }
            if case .payload(let payload) = segment, sound.insert(payload.object).inserted {
                do throws(OSTreeError) {
                    try repository.verify(.file, payload.object)
                } catch {
                    return mismatch(found, "segment \(index), at byte \(offset), is damaged: \(error.reason)")
                }
            }
            offset += segment.byteCount
        }
        return mismatch(found, "all objects are sound, so the stored recipe's own bytes are damaged")
    }

    private func mismatch(_ found: Digest, _ reason: String) -> LayerStoreError {
        LayerStoreError(.check, "the rebuilt stream is \(found) instead of \(diffID): \(reason)")
    }
}

/// Collects the stream into chunks, hashes them and hands them on.
private struct Output {
    private(set) var digest = SHA256Stream()
    /// Bytes of the stream so far.
    private(set) var offset: UInt64 = 0

    private let sink: any ByteSink
    private let verify: Bool
    private let progress: (UInt64) -> Void
    private var buffer = [UInt8](repeating: 0, count: 1 << 20)
    private var filled = 0

    init(sink: any ByteSink, verify: Bool, progress: @escaping (UInt64) -> Void) {
        self.sink = sink
        self.verify = verify
        self.progress = progress
    }

    mutating func append(_ bytes: ArraySlice<UInt8>) throws {
        var rest = bytes
        while !rest.isEmpty {
            let part = rest.prefix(buffer.count - filled)
            buffer.replaceSubrange(filled..<filled + part.count, with: part)
            rest = rest.dropFirst(part.count)
            try advance(part.count)
        }
    }

    /// Reads a piece of a payload; 0 at its end.
    mutating func fill(upTo count: UInt64, from stream: PayloadStream) throws -> Int {
        let room = Int(min(count, UInt64(buffer.count - filled)))
        let count = try stream.read(into: &buffer, at: filled, upTo: room)
        try advance(count)
        return count
    }

    mutating func flush() throws {
        guard filled > 0 else { return }
        try Interruption.check()
        if verify { digest.update(buffer.prefix(filled)) }
        try sink.write(buffer.prefix(filled))
        filled = 0
        progress(offset)
    }

    private mutating func advance(_ count: Int) throws {
        filled += count
        offset += UInt64(count)
        if filled == buffer.count { try flush() }
    }
}
