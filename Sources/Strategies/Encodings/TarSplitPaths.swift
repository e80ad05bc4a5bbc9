/// The paths of an archive's entries, for which tar-split has its rules: each is there once, and a payload has to be found
/// again as a file at its path.
struct TarSplitPaths {
    /// Every path, and whether it is a directory's.
    private var seen: [[UInt8]: Bool] = [:]
    /// Directories that have payloads below them.
    private var parents: Set<[UInt8]> = []

    mutating func note(_ header: GoTarHeader, hasPayload: Bool) throws(StrategyError) {
        let name = header.name
        // Below the folder that `tar-split asm` reads, a leading slash means nothing.
        let path = Array(TarSplitPaths.cleaned(name).drop { $0 == TarSplitPaths.slash })
        guard seen.updateValue(header.isDirectory, forKey: path) == nil else {
            throw cannot("'\(quote(name))' is there twice, and tar-split takes each path once")
        }
        guard hasPayload else { return }
        guard !parents.contains(path), !name.split(separator: TarSplitPaths.slash).contains(TarSplitPaths.up) else {
            throw cannot("'\(quote(name))' has a payload, and no file can be there")
        }
        var parent = path[...]
        while let end = parent.lastIndex(of: TarSplitPaths.slash) {
            parent = parent[..<end]
            guard parents.insert(Array(parent)).inserted else { return }
            guard seen[Array(parent)] != false else {
                throw cannot("'\(quote(name))' has a payload, and '\(quote(Array(parent)))' is no directory")
            }
        }
    }

    private func cannot(_ reason: String) -> StrategyError { StrategyError(.cannot, TarSplit.name, reason) }

    private static let slash = UInt8(ascii: "/")
    private static let up = Array("..".utf8)[...]
    private static let dot = Array(".".utf8)[...]

    /// A path as Go's `filepath.Clean` writes it.
    static func cleaned(_ path: [UInt8]) -> [UInt8] {
        let isRooted = path.first == slash
        var names: [ArraySlice<UInt8>] = []
        for name in path.split(separator: slash) where name != dot {
            if name != up {
                names.append(name)
            } else if let last = names.last, last != up {
                names.removeLast()
            } else if !isRooted {
                names.append(name)
            }
        }
        let joined = Array(names.joined(separator: [slash]))
        return isRooted ? [slash] + joined : joined.isEmpty ? Array(dot) : joined
    }
}
