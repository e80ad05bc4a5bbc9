internal import Strategies
internal import Tar

/// Finds paths that several entries have, whatever superfluous slashes and dots they are written with. What an entry
/// costs is a hash, not its path.
struct SeenPaths {
    private var hashes: Set<Int> = []

    /// A finding where an earlier entry has the path, too.
    mutating func note(_ entry: Entry) -> Finding? {
        // A global record may give every entry the same huge path.
        guard entry.path.count <= PathPolicy.maximumPathBytes else { return nil }
        var hasher = Hasher()
        for name in entry.path.split(separator: UInt8(ascii: "/")) where !name.elementsEqual(".".utf8) {
            hasher.combine(name)
        }
        guard !hashes.insert(hasher.finalize()).inserted else { return nil }
        return Finding(
            offset: entry.offset, kind: .repeatedPath,
            text: "\(entry.kind) '\(quote(entry.path))': an earlier entry has this path, too")
    }
}
