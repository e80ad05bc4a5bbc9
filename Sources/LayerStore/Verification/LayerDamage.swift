public import Digests

/// One thing that is wrong with a stored layer: what, which object, where it is used, and why it is thought to be wrong.
public struct LayerDamage: Hashable, Sendable {
    /// What is damaged.
    public enum Part: String, Sendable {
        case commit
        /// A directory's contents.
        case directory
        /// A directory's own attributes.
        case directoryAttributes
        /// A file or a symbolic link, with its attributes.
        case file
        /// The stored recipe: its envelope, or the encoding's bytes.
        case recipe
        case dictionary
        /// The rebuilt stream as a whole.
        case stream
        case ref
    }

    public enum Kind: String, Sendable {
        /// It is not there.
        case missing
        /// Its bytes or attributes are not those of its checksum, or of its digest.
        case changed
        /// It cannot be read: the file system or the process's limits do not let it.
        case unreadable
        /// Its bytes are not what their format says.
        case malformed
        /// It is that of another layer.
        case foreign
        /// It is there, and the next prune takes it away.
        case unprotected
    }

    /// Whose object it is: that of the layer's own commit and its tree, or of a commit that belongs to the layer.
    public enum Holder: String, Sendable {
        case layer, orphans, recipe, none
    }

    public var part: Part
    public var kind: Kind
    public var holder = Holder.layer
    public var object: Digest?
    /// All paths in the holder's tree that use the object; `/` is the root.
    public var paths: [String] = []
    /// The numbers of the orphans that the object is.
    public var orphans: [Int] = []
    /// The first segment of the recipe that uses the object, and where in the stream that begins.
    public var segment: Int?
    public var streamOffset: UInt64?
    /// Where in the stored bytes a recipe is wrong, as far as its reader says.
    public var recipeOffset: Int?
    public var reason: String

    public init(_ part: Part, _ kind: Kind, object: Digest? = nil, holder: Holder = .layer, reason: String) {
        (self.part, self.kind, self.object, self.holder, self.reason) = (part, kind, object, holder, reason)
    }
}

/// What a verification found out about a layer, or about another commit that the repository keeps.
public struct LayerVerdict: Sendable {
    public var ref: String
    public var commit: Digest
    public var diffID: Digest?
    public var strategy: String?
    /// Bytes of the layer's stream.
    public var streamLength: UInt64?
    /// Whether the stream was rebuilt and is the layer; nil where that was not tried.
    public var isExact: Bool?
    public var damages: [LayerDamage] = []
    /// What could not be looked at because of the damage, or need not be.
    public var unchecked: [String] = []

    public init(ref: String, commit: Digest) { (self.ref, self.commit) = (ref, commit) }

    public var isSound: Bool { damages.isEmpty }
}
