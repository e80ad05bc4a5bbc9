import Foundation

/// The walk over one share of a host tree.
///
/// No child of the share's directory gets more than an eighth of the share, so one big subtree cannot crowd out the
/// rest; what it leaves goes to those after it. A file that does not fit what is left is passed over, and the walk goes
/// on.
struct HostWalk {
    /// No child takes more than one part of this many.
    private static let childParts = 8

    private struct Budget {
        var entries: Int
        var bytes: UInt64

        func limited(to other: Budget) -> Budget {
            Budget(entries: min(entries, other.entries), bytes: min(bytes, other.bytes))
        }
    }

    private let base: String
    private let root: String
    private let share: Budget
    private var device: Int?
    private var paths: [String] = []
    private var left: Budget

    init(base: String, share: HostTree.Share) {
        self.base = base.hasSuffix("/") ? base : base + "/"
        root = share.path
        self.share = Budget(entries: share.maximumEntries, bytes: share.maximumBytes)
        left = self.share
    }

    /// The paths of the sample, the share's own directory first; empty where it is no readable directory.
    mutating func run() -> [String] {
        guard let facts = facts(of: root), facts.isOpenDirectory, left.entries > 0 else { return [] }
        device = facts.device
        paths.append(root)
        left.entries -= 1
        let part = Budget(
            entries: max(share.entries / HostWalk.childParts, 1), bytes: share.bytes / UInt64(HostWalk.childParts))
        for name in names(in: root) {
            var budget = left.limited(to: part)
            let before = budget
            visit(root + "/" + name, budget: &budget)
            left.entries -= before.entries - budget.entries
            left.bytes -= before.bytes - budget.bytes
        }
        return paths
    }

    private mutating func visit(_ path: String, budget: inout Budget) {
        guard budget.entries > 0, let facts = facts(of: path), facts.isTaken, facts.bytes <= budget.bytes else {
            return
        }
        paths.append(path)
        budget.entries -= 1
        budget.bytes -= facts.bytes
        guard facts.isOpenDirectory, facts.device == device else { return }
        for name in names(in: path) where budget.entries > 0 { visit(path + "/" + name, budget: &budget) }
    }

    private func names(in directory: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: base + directory)) ?? []
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    private struct Facts {
        /// A directory that everyone may list and enter.
        var isOpenDirectory: Bool
        /// Of a type that is packed, and readable for everyone where it is a regular file.
        var isTaken: Bool
        /// Zero but for regular files.
        var bytes: UInt64
        var device: Int?
    }

    /// What the walk needs to know about a path, links not followed; nil where it cannot be looked at. A name that is
    /// not UTF-8 is such a case: Foundation cannot name it.
    private func facts(of path: String) -> Facts? {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: base + path),
            let type = attributes[.type] as? FileAttributeType
        else { return nil }
        let mode = (attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0
        let isRegular = type == .typeRegular
        let isDirectory = type == .typeDirectory
        return Facts(
            isOpenDirectory: isDirectory && mode & 0o5 == 0o5,
            isTaken: isDirectory || type == .typeSymbolicLink || (isRegular && mode & 0o4 != 0),
            bytes: isRegular ? (attributes[.size] as? NSNumber)?.uint64Value ?? 0 : 0,
            device: (attributes[.systemNumber] as? NSNumber)?.intValue)
    }
}
