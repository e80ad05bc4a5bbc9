public import OSTree

/// What a layer says about the layers below it, as far as its tree cannot tell: a layer's commit holds it so that images
/// can be merged out of commits alone.
///
/// Format: `Documentation/formats/images.md`.
public struct LayerChangeset: Hashable, Sendable {
    /// Directories below the root that no entry describes, by their numbers among all directories of the tree,
    /// depth first, siblings in bytewise order of their names; the root's number is 0. What lower layers say of them holds.
    public var impliedDirectories = RangeSet<Int>()
    /// Whether an entry describes the root, though its attributes are those of implied directories. Where they are others,
    /// an entry does in any case.
    public var describesPlainRoot = false
    /// Hard links whose target is not in the layer, both as paths in the tree: the link, and what it links to.
    public var links: [Link] = []
    /// Toplevel names that the layer removes though its policy leaves them out.
    public var removedNames: [[UInt8]] = []
    /// Whether the layer removes all that is below it, by a toplevel opaque whiteout that its policy leaves out.
    public var removesAll = false

    public struct Link: Hashable, Sendable {
        public var path: [[UInt8]]
        public var target: [[UInt8]]

        public init(path: [[UInt8]], target: [[UInt8]]) {
            self.path = path
            self.target = target
        }
    }

    public init() {}

    /// The metadata key (`ay`) of a layer's commit; it is there where there is something to say.
    public static let metadataKey = "layerlab.changeset"
    private static let version: UInt8 = 1
    /// More bytes are in no commit: neither this many links nor names make sense.
    public static let maximumBytes = 4 << 20

    public var isEmpty: Bool { self == LayerChangeset() }

    /// The changeset as bytes.
    public var encoded: [UInt8] {
        let flags: UInt8 = (describesPlainRoot ? 1 : 0) | (removesAll ? 2 : 0)
        var bytes = [LayerChangeset.version, flags]
        bytes.append(number: UInt64(impliedDirectories.ranges.count))
        var end = 0
        for run in impliedDirectories.ranges {
            bytes.append(number: UInt64(run.lowerBound - end))
            bytes.append(number: UInt64(run.count))
            end = run.upperBound
        }
        bytes.append(number: UInt64(links.count))
        for link in links {
            bytes.append(path: link.path)
            bytes.append(path: link.target)
        }
        bytes.append(number: UInt64(removedNames.count))
        for name in removedNames { bytes.append(path: [name]) }
        return bytes
    }

    /// Reads a changeset; what is malformed is an error with its offset.
    public init(decoding bytes: [UInt8]) throws(StrategyError) {
        var reader = ByteReader(bytes[...], of: "the layer's changeset")
        try reader.version(LayerChangeset.version)
        let flags = try reader.byte()
        guard flags <= 3 else { throw reader.malformed("flags \(flags) are unknown") }
        (describesPlainRoot, removesAll) = (flags & 1 != 0, flags & 2 != 0)
        var end = 0
        for _ in 0..<(try reader.number()) {
            let (gap, count) = (try reader.number(), try reader.number())
            // No tree has more directories than nodes.
            guard gap <= UInt64(LayerTree.maximumNodes), count <= UInt64(LayerTree.maximumNodes),
                end + Int(gap + count) <= LayerTree.maximumNodes
            else { throw reader.malformed("a tree has no directory of such a number") }
            impliedDirectories.insert(contentsOf: end + Int(gap)..<end + Int(gap + count))
            end += Int(gap + count)
        }
        for _ in 0..<(try reader.number()) {
            links.append(Link(path: try reader.path(), target: try reader.path()))
        }
        for _ in 0..<(try reader.number()) {
            let path = try reader.path()
            guard path.count == 1 else { throw reader.malformed("a removed name is a path") }
            removedNames += path
        }
        guard reader.isAtEnd else { throw reader.malformed("it goes on behind its end") }
    }

    /// The changeset of a layer's commit.
    public init(of commit: Commit) throws(StrategyError) {
        if let bytes = commit.metadataBytes(LayerChangeset.metadataKey) {
            try self.init(decoding: bytes)
        } else {
            self.init()
        }
    }
}

extension [UInt8] {
    /// Appends a path: the bytes of its names and the slashes between them, after their number.
    fileprivate mutating func append(path: [[UInt8]]) {
        let text = Array(path.joined(separator: [UInt8(ascii: "/")]))
        append(number: UInt64(text.count))
        append(contentsOf: text)
    }
}

extension ByteReader {
    /// A path of names that a tree can hold.
    fileprivate mutating func path() throws(StrategyError) -> [[UInt8]] {
        let names = try take(try number()).split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard !names.isEmpty, names.allSatisfy({ !$0.isEmpty && DirectoryTree.accepts(name: $0) }) else {
            throw malformed("a path is none that a tree can hold")
        }
        return names.map { Array($0) }
    }
}
