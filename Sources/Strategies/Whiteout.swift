/// How a layer removes what lower layers have (OCI image specification, "Whiteouts").
public enum Whiteout {
    /// Begins the name of every whiteout.
    public static let prefix = Array(".wh.".utf8)
    /// In a directory, removes all that lower layers have in it.
    public static let opaque = Array(".wh..wh..opq".utf8)
    /// Begins the names of other files that aufs keeps for itself, and that no tree shows.
    static let reserved = Array(".wh..wh.".utf8)
}

extension Collection<UInt8> {
    /// Whether this is the name of a whiteout, or of another file that no tree shows.
    public var isWhiteout: Bool { starts(with: Whiteout.prefix) }

    /// The name that a whiteout of this name removes; nil where it is none, or another kind.
    public var removedByWhiteout: SubSequence? {
        guard isWhiteout, !starts(with: Whiteout.reserved) else { return nil }
        let name = dropFirst(Whiteout.prefix.count)
        return name.isEmpty ? nil : name
    }
}
