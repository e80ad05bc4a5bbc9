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

    /// Places a tar path. Leading slashes, repeated slashes and `.` vanish; `..` is never followed.
    public func place(_ path: [UInt8]) -> Placement {
        guard path.count <= PathPolicy.maximumPathBytes else { return .unrepresentable("the path is too long") }
        let names = path.split(separator: UInt8(ascii: "/")).filter { !$0.elementsEqual(".".utf8) }.map(Array.init)
        if names.contains(where: { $0.elementsEqual("..".utf8) }) {
            return .unrepresentable("the path contains '..'")
        }
        if names.contains(where: { !DirectoryTree.accepts(name: $0) }) {
            return .unrepresentable("the path is not UTF-8, or contains NUL")
        }
        return self == .identity ? .path(names) : placeLikeOSTreeExt(names)
    }

    private func placeLikeOSTreeExt(_ names: [[UInt8]]) -> Placement {
        guard let first = names.first else { return .path([]) }
        switch String(decoding: first, as: UTF8.self) {
        case "usr": return .path(names)
        case "etc": return .path([Array("usr".utf8)] + names)
        case "var": return .path(["usr", "share", "factory"].map { Array($0.utf8) } + names)
        case "run", "tmp", "proc", "sys", "dev": return names.count == 1 ? .path(names) : .dropped
        default: return self == .allowNonUsr ? .path(names) : .dropped
        }
    }
}
