public import Digests
public import OSTree

/// Bytes ↔ a place in (or beside) an ostree repository.
///
/// An import calls `attach` inside its transaction, when objects and root tree are written and the layer's commit is
/// not, and `finish` when the commit is written and no ref shows it yet. Equal input leaves equal objects.
public protocol Storage: Sendable {
    static var name: String { get }
    static var summary: String { get }
    /// Whether this is a floor that keeps nothing, to compare others with.
    static var isFloor: Bool { get }
    /// Whether the recipe is part of a commit's metadata, which ostree before 2023.4 does not pull over HTTP beyond 10 MiB.
    static var isMetadata: Bool { get }

    init()

    /// Keeps the recipe and its orphans as far as that comes before the layer's commit: metadata keys of the draft,
    /// companion commits and their refs in the transaction. It only adds: what a repository holds for the same layer
    /// must stay whole until the new one is published.
    func attach(
        _ stored: Envelope, orphans: [Digest], to draft: inout CommitDraft, in transaction: Transaction
    ) throws

    /// Keeps what needs the layer's commit, which the open transaction holds.
    func finish(_ stored: Envelope, commit: Digest, in repository: Repository) throws

    /// The envelope of a layer; an error of kind `absent` where there is none.
    func load(_ layer: StoredLayer, in repository: Repository) throws -> Envelope

    /// The opposite of `finish`, for a layer that is replaced or was not published: removes what the storage keeps
    /// beside objects and refs. Nothing happens where there is nothing. Companion commits are not its business:
    /// `LayerRefs.Companion.removeStale` takes them away.
    func erase(_ layer: StoredLayer, in repository: Repository) throws

    /// Removes what killed imports have left beside objects and refs, while the publishing lock is held: recipes of this stream
    /// that no ref shows a layer for.
    ///
    /// - Parameters:
    ///   - diffID: the stream's.
    ///   - shown: the commits that some ref shows.
    ///   - repository: where they are.
    static func removeStale(of diffID: Digest, shown: Set<Digest>, in repository: Repository) throws

    /// What the storage costs for a layer, besides the layer's own objects; orphans not counted.
    func footprint(_ layer: StoredLayer, in repository: Repository) throws -> Footprint
}

extension Storage {
    public static var isMetadata: Bool { false }

    /// Nothing: objects go with a prune, and what they hold, and companions with their refs.
    public static func removeStale(of diffID: Digest, shown: Set<Digest>, in repository: Repository) throws {}
}

/// A layer that a repository holds.
public struct StoredLayer: Hashable, Sendable {
    public var diffID: Digest
    public var commit: Digest

    public init(diffID: Digest, commit: Digest) {
        self.diffID = diffID
        self.commit = commit
    }

    /// The layer's orphans, by their numbers.
    public func orphans(in repository: Repository) throws -> [Digest] { try OrphanTree.read(self, in: repository) }
}

/// What a stored recipe costs in a repository.
public struct Footprint: Equatable, Sendable {
    /// Bytes in files or commit objects, as the repository's mode keeps them (compressed in archive mode).
    public var bytes: UInt64
    /// Files of its own.
    public var files: Int
    /// Refs of its own.
    public var refs: Int

    public init(bytes: UInt64, files: Int, refs: Int) {
        self.bytes = bytes
        self.files = files
        self.refs = refs
    }
}
