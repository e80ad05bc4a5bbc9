internal import Digests
private import FoundationEssentials
private import CLinux
private import Glibc
private import Synchronization

/// The folder in which libostree stages the objects of one transaction.
///
/// libostree renames what is in it into place in the order in which the folder lists it. A process that is killed meanwhile leaves
/// commits and directories without what they name, and `ostree fsck` refuses the repository. So they are renamed here before it
/// does that: contents first, then directories from the leaves up, then commits.
struct StagedObjects {
    private let folder: String
    private static let beginning = Mutex(())

    private init(_ folder: String) { self.folder = folder }

    /// Begins a transaction by `body`, and finds its folder: the one that this process has open then, and had not before. Nil where
    /// that cannot be told; libostree does it all then.
    static func begin(
        in repository: Repository, _ body: () throws(OSTreeError) -> Void
    ) throws(OSTreeError) -> StagedObjects? {
        try beginning.withLock { _ throws(OSTreeError) in
            let before = openFolders()
            try body()
            let new = openFolders().subtracting(before)
            return new.count == 1 ? StagedObjects(new.first!) : nil
        }
    }

    /// The staging folders that are open.
    private static func openFolders() -> Set<String> {
        let manager = FileManager.default
        let names = (try? manager.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        let paths = names.compactMap { try? manager.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)") }
        return Set(
            paths.filter {
                let name = $0.split(separator: "/").last ?? ""
                return $0.hasSuffix("/tmp/\(name)") && name.hasPrefix("staging-") && !name.hasSuffix("-lock")
                    && !name.hasPrefix(StagingFolder.prefix)
            })
    }

    /// Renames the objects into place. They are on the disk before, where the repository is durable.
    func publish(in repository: Repository) throws(OSTreeError) {
        var (contents, trees, commits): ([String], [(Digest, String)], [String]) = ([], [], [])
        let manager = FileManager.default
        for prefix in (try? manager.contentsOfDirectory(atPath: folder)) ?? [] where prefix.utf8.count == 2 {
            for name in (try? manager.contentsOfDirectory(atPath: "\(folder)/\(prefix)")) ?? [] {
                let path = "\(prefix)/\(name)"
                if name.hasSuffix(".commit") {
                    commits.append(path)
                } else if name.hasSuffix(".dirtree"), let tree = Digest(hex: prefix + name.dropLast(".dirtree".count)) {
                    trees.append((tree, path))
                } else {
                    contents.append(path)
                }
            }
        }
        guard !(contents.isEmpty && trees.isEmpty && commits.isEmpty) else { return }
        let staging = try open(folder, repository)
        defer { close(staging) }
        if repository.isDurable, syncfs(staging) != 0 { throw failure("sync", "syncfs", repository) }
        let objects = try OpenFolder("objects", in: repository.folder, of: repository)
        var touched: Set<String> = []
        for path in try contents + sorted(trees, in: repository) + commits {
            let prefix = String(path.prefix(2))
            if touched.insert(prefix).inserted {
                guard unsafe mkdirat(objects.descriptor, prefix, 0o777) == 0 || errno == EEXIST else {
                    throw failure("publish objects in", "mkdirat", repository)
                }
            }
            guard unsafe renameat(staging, path, objects.descriptor, path) == 0 else {
                throw failure("publish objects in", "renameat", repository)
            }
        }
        guard repository.isDurable else { return }
        for name in touched.sorted() + ["."] {
            let directory = try OpenFolder(name, in: objects.descriptor, of: repository)
            guard fsync(directory.descriptor) == 0 else { throw failure("sync", "fsync", repository) }
        }
    }

    /// Directories in an order in which each comes after those that it holds.
    private func sorted(_ trees: [(Digest, String)], in repository: Repository) throws(OSTreeError) -> [String] {
        guard trees.count > 1 else { return trees.map(\.1) }
        var waiting = Dictionary(trees) { first, _ in first }
        var order: [String] = []
        // A tree is as deep as the importer lets it be.
        func visit(_ tree: Digest) throws(OSTreeError) {
            guard let path = waiting.removeValue(forKey: tree) else { return }
            for child in try repository.directoryTree(tree).directories { try visit(child.directory.contents) }
            order.append(path)
        }
        for (tree, _) in trees { try visit(tree) }
        return order
    }

    private func open(_ path: String, _ repository: Repository) throws(OSTreeError) -> Int32 {
        let descriptor = unsafe Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("publish objects in", "open", repository) }
        return descriptor
    }

    private func failure(_ operation: String, _ call: String, _ repository: Repository) -> OSTreeError {
        OSTreeError(operation: operation, subject: repository.path, call: call)
    }
}
