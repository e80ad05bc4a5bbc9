public import Digests
public import OSTree
public import Strategies
internal import Tar

/// Streams a layer out of its recipe and the repository's objects, and checks on the way that it is the same layer.
public struct Rebuilder {
    public let diffID: Digest
    public let streamLength: UInt64
    private let source: any SegmentSource
    /// The layer whose tree says which paths are damaged; nil for a stream that is none.
    private let layer: StoredLayer?
    private let repository: Repository

    init(_ source: any SegmentSource, diffID: Digest, layer: StoredLayer? = nil, repository: Repository) {
        self.source = source
        self.layer = layer
        self.diffID = diffID
        self.repository = repository
        streamLength = source.streamLength
    }

    /// Loads the recipe of a layer that a user names (see `StoredLayers.find`).
    public init(_ name: String, in repository: Repository) throws {
        let layers = StoredLayers(in: repository)
        var entry = try layers.find(name)
        while true {
            do {
                self = try Rebuilder(entry.layer, keptBy: entry.strategy.storage, in: repository)
                return
            } catch {
                // An import may have put another commit in its place meanwhile, and taken the old one's recipe away.
                let found = try? layers.find(name)
                guard let found, found.layer != entry.layer else { throw error }
                entry = found
            }
        }
    }

    /// Loads a layer's recipe, which is decoded while the stream is rebuilt. Whatever is missing or damaged is an error of
    /// kind `check`, here or then.
    public init(_ layer: StoredLayer, keptBy storage: any Storage, in repository: Repository) throws {
        guard !type(of: storage).isFloor else {
            throw LayerStoreError(
                .input, "\(layer.diffID) was imported by a strategy that keeps no recipe: import it again")
        }
        let source = try Rebuilder.named(in: layer, usesTree: false, repository) {
            try Rebuilder.explain(layer.diffID) { try EncodedRecipe(of: layer, keptBy: storage, in: repository) }
        }
        self.init(source, diffID: layer.diffID, layer: layer, repository: repository)
    }

    /// Runs the body, whose errors about recipes and objects become those of a rebuild.
    private static func explain<Result>(_ diffID: Digest, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error where error is StrategyError || error is OSTreeError {
            throw LayerStoreError(
                .check, "cannot rebuild \(diffID): \(error)",
                object: (error as? OSTreeError)?.subject.split(separator: " ").last.flatMap { Digest(hex: $0) })
        }
    }

    /// Runs the body, whose errors then say which object is damaged, and which paths of the layer's tree it is. Both are
    /// looked for when something has gone wrong, and not before.
    private static func named<Result>(
        in layer: StoredLayer?, usesTree: Bool, _ repository: Repository, _ body: () throws -> Result
    ) throws -> Result {
        do {
            return try body()
        } catch var error as LayerStoreError where error.kind == .check {
            guard let layer else { throw error }
            if error.object == nil,
                let damage = TreeWalk.damage(beneath: layer, usesTree: usesTree, repository)
            {
                error.object = damage.object
                error.message += "; object \(damage.object.hex) is damaged: \(damage.reason)"
            }
            if let object = error.object, let role = TreeWalk.role(of: object, in: layer, repository) {
                error.message += "; it is \(role)"
            }
            throw error
        }
    }

    /// Rebuilds the stream. An error of kind `check` says at which segment it went wrong, as far as can be told; the
    /// sink has bytes by then, and they are not the layer.
    ///
    /// - Parameters:
    ///   - sink: takes the stream, in order.
    ///   - verify: whether to compare the stream's SHA-256 with the diff ID. Without it damaged objects go unseen.
    ///   - progress: called now and then with the bytes written so far.
    public func rebuild(
        into sink: some ByteSink, verify: Bool = true, progress: @escaping (UInt64) -> Void = { _ in }
    ) throws {
        let usesTree = (source as? EncodedRecipe)?.encoding.usesTree == true
        try Rebuilder.named(in: layer, usesTree: usesTree, repository) {
            let digest: Digest?
            do {
                digest = try run(into: sink, hashing: verify, progress: progress)
            } catch let error as LayerStoreError where error.kind == .check && verify {
                throw earliest(error)
            }
            if let digest, digest != diffID { throw diagnosis(found: digest) }
        }
    }

    /// What stopped a rebuild, or damage further ahead in the stream, which its digest only would have told of.
    private func earliest(_ error: LayerStoreError) -> LayerStoreError {
        guard let offset = error.streamOffset else { return error }
        var search = DamageSearch(in: repository, upTo: offset)
        try? source.hand(to: &search)
        guard let damage = search.damage, damage.offset < offset, damage.object != error.object else { return error }
        return LayerStoreError(
            .check, "cannot rebuild \(diffID): \(damage.text)", object: damage.object, streamOffset: damage.offset)
    }

    /// Rebuilds the stream without comparing it; its digest, where that is asked for.
    func run(into sink: any ByteSink, hashing: Bool, progress: @escaping (UInt64) -> Void) throws -> Digest? {
        try Rebuilder.explain(diffID) {
            try RebuildPipeline(source, diffID: diffID, in: repository)
                .run(into: sink, hashing: hashing, progress: progress)
        }
    }

    /// What can be told of a stream that is not the layer: the first object that is not what its checksum says.
    private func diagnosis(found: Digest) -> LayerStoreError {
        var search = DamageSearch(in: repository)
        do {
            try source.hand(to: &search)
        } catch {
            return mismatch(found, "the recipe cannot be read again: \(error)")
        }
        if Interruption.pending != nil { return mismatch(found, "interrupted while looking for the damage") }
        return mismatch(
            found, search.damage?.text ?? "all payloads are sound, so the recipe or what it is decoded with is damaged",
            search.damage)
    }

    private func mismatch(_ found: Digest, _ reason: String, _ damage: DamageSearch.Damage? = nil) -> LayerStoreError {
        LayerStoreError(
            .check, "the rebuilt stream is \(found) instead of \(diffID): \(reason)", object: damage?.object,
            streamOffset: damage?.offset)
    }
}

/// Looks through a recipe's segments for the first object that is damaged.
private struct DamageSearch: RecipeSink {
    struct Damage {
        /// Where the segment begins.
        var offset: UInt64
        var object: Digest
        var text: String
    }

    /// The first damage.
    private(set) var damage: Damage?
    private let objects: ObjectCheck
    /// Nothing is looked for from here on.
    private let end: UInt64
    /// Bytes, and segments that have ended, before what comes next.
    private var (offset, segment) = (UInt64(0), 0)
    private var isInLiteral = false

    init(in repository: Repository, upTo end: UInt64 = .max) {
        (objects, self.end) = (ObjectCheck(in: repository) { _ in }, end)
    }

    var wantsNoMore: Bool { damage != nil || offset >= end || Interruption.pending != nil }

    mutating func append(literal bytes: ArraySlice<UInt8>) {
        offset &+= UInt64(bytes.count)
        isInLiteral = isInLiteral || !bytes.isEmpty
    }

    mutating func append(_ payload: Recipe.Payload) {
        guard payload.byteCount > 0 else { return }
        if isInLiteral { (segment, isInLiteral) = (segment + 1, false) }
        if !wantsNoMore, let found = try? objects.damage(.file, payload.object) {
            damage = Damage(
                offset: offset, object: payload.object,
                text: "segment \(segment), at byte \(offset), is damaged: object \(payload.object.hex): \(found.reason)"
            )
        }
        segment += 1
        offset &+= payload.byteCount
    }
}
