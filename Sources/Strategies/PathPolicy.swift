internal import OSTree

/// How a tar path maps into the commit's tree.
public enum PathPolicy: String, CaseIterable, Sendable {
    /// What ostree-ext does to a layer by default: `usr` stays, `etc` becomes `usr/etc`, `var` becomes
    /// `usr/share/factory/var`; of `run`, `tmp`, `proc`, `sys` and `dev` only the toplevel itself stays; other toplevels
    /// are dropped.
    case ostreeExt = "ostree-ext"
    /// The same, with all other toplevels kept.
    case allowNonUsr = "ostree-ext:allow-nonusr"
    /// Paths as they are: for source archives.
    case identity

    /// The policy of an import that names none.
    public static let standard = PathPolicy.allowNonUsr

    /// Where a path goes.
    public enum Placement: Equatable, Sendable {
        /// Into the tree, under these names; none of them for the root.
        case path([[UInt8]])
        /// Nowhere: the policy leaves it out.
        case dropped
        /// Nowhere: no tree can hold it, and why.
        case unrepresentable(String)
    }

    /// Longer paths are not representable: no system call takes them.
    public static let maximumPathBytes = 4095

    private static let usr = Array("usr".utf8)
    private static let etc = Array("etc".utf8)
    private static let variable = Array("var".utf8)
    private static let factory = ["usr", "share", "factory"].map { Array($0.utf8) }
    /// Toplevels of which only they themselves stay.
    private static let emptied = ["run", "tmp", "proc", "sys", "dev"].map { Array($0.utf8) }

    /// Places a tar path. Leading slashes, repeated slashes and `.` vanish; `..` is never followed.
    public func place(_ path: [UInt8]) -> Placement {
        guard path.count <= PathPolicy.maximumPathBytes else { return .unrepresentable("the path is too long") }
        var names: [[UInt8]] = []
        var start = 0
        while start < path.count {
            let end = path[start...].firstIndex(of: UInt8(ascii: "/")) ?? path.count
            let name = path[start..<end]
            start = end + 1
            if name.isEmpty || name.count == 1 && name.first == UInt8(ascii: ".") { continue }
            guard DirectoryTree.accepts(name: name) else { return .unrepresentable(reason(path)) }
            names.append(Array(name))
        }
        return self == .identity ? .path(names) : placeLikeOSTreeExt(names)
    }

    /// What is wrong with a path that has a name which no tree can hold.
    private func reason(_ path: [UInt8]) -> String {
        path.split(separator: UInt8(ascii: "/")).contains { $0.elementsEqual("..".utf8) }
            ? "the path contains '..'" : "the path is not UTF-8, or contains NUL"
    }

    private func placeLikeOSTreeExt(_ names: [[UInt8]]) -> Placement {
        guard let first = names.first else { return .path([]) }
        switch first {
        case PathPolicy.usr: return .path(names)
        case PathPolicy.etc: return .path([PathPolicy.usr] + names)
        case PathPolicy.variable: return .path(PathPolicy.factory + names)
        case _ where PathPolicy.emptied.contains(first): return names.count == 1 ? .path(names) : .dropped
        default: return self == .allowNonUsr ? .path(names) : .dropped
        }
    }

    // MARK: Back

    /// Where a path of the tree is in the layers, as far as that can be told: what is moved may have been there before.
    public func origin(of path: [[UInt8]]) -> [[UInt8]] {
        guard self != .identity else { return path }
        if path.starts(with: [PathPolicy.usr, PathPolicy.etc]) { return Array(path.dropFirst()) }
        if path.starts(with: PathPolicy.factory + [PathPolicy.variable]) {
            return Array(path.dropFirst(PathPolicy.factory.count))
        }
        return path
    }

    /// Whether a toplevel is moved to a place below a path of the tree.
    public func movesBelow(_ path: [[UInt8]]) -> Bool {
        movedToplevels.contains { $0.count > path.count && $0.starts(with: path) }
    }

    /// Whether a path of the tree is where a toplevel is moved to.
    public func isMovedToplevel(_ path: [[UInt8]]) -> Bool { movedToplevels.contains(path) }

    private var movedToplevels: [[[UInt8]]] {
        self == .identity ? [] : [[PathPolicy.usr, PathPolicy.etc], PathPolicy.factory + [PathPolicy.variable]]
    }
}
