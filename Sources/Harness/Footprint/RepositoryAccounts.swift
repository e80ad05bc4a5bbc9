internal import Digests
internal import OSTree
internal import Strategies

/// A repository's files, each put down to what it is there for. It is for a repository that holds one layer and nothing
/// else.
///
/// What several need goes to the first of them, in the order of `Owner`: attributes of folders that the layer has too cost
/// a recipe nothing.
struct RepositoryAccounts {
    enum Owner: CaseIterable {
        /// The configuration, locks: what an empty repository has.
        case repository
        /// The layer's commit with its tree, and its ref.
        case layer
        /// The recipe: a file in `extensions`, detached metadata, or a commit with its ref.
        case recipe
        /// Payloads outside the layer's tree, with what keeps them alive.
        case orphans
        /// Dictionaries with their commits and refs: one layer needs as many as a thousand do.
        case dictionary
        /// Objects that nothing reaches; there are none after a prune.
        case unreachable
    }

    private let censuses: [Owner: RepositoryCensus]
    /// Folders; they belong to no one.
    let folders: RepositoryCensus
    /// The layer's commit object, which holds the recipe in some storages.
    let commit: RepositoryCensus
    /// The paths of the objects that a pull of the layer's ref needs, and those that its companions need besides.
    let layerObjects: Set<String>
    let companionObjects: Set<String>

    init(of repository: Repository, layer: Digest) throws {
        let files = try RepositoryFile.all(in: repository.path)
        var owned = ReachableObjects(in: repository)
        try owned.add(commit: layer)
        let (recipe, orphans) = try RepositoryAccounts.companions(in: repository)
        let commitPath = ReachableObjects.path(.commit, layer, in: repository.mode)
        let detached = files.map(\.path).filter { $0 == commitPath + "meta" }
        layerObjects = owned.paths.union(detached)
        let dictionaries = try RepositoryAccounts.dictionaries(in: repository)
        companionObjects = recipe.union(orphans).union(dictionaries).subtracting(owned.paths)

        commit = RepositoryCensus(files.filter { $0.path == commitPath })
        var parts: [Owner: [RepositoryFile]] = [:]
        for file in files where file.kind != .folder {
            let owner: Owner =
                switch file.path {
                case _ where file.kind == .commitMetadata: .recipe
                case let path where layerObjects.contains(path): .layer
                case let path where recipe.contains(path): .recipe
                case let path where orphans.contains(path): .orphans
                case let path where dictionaries.contains(path): .dictionary
                case let path where path.hasPrefix("objects/"): .unreachable
                case let path where path.hasPrefix("refs/heads/\(RepositoryAccounts.recipes)/"): .recipe
                case let path where path.hasPrefix("refs/heads/\(RepositoryAccounts.orphans)/"): .orphans
                case let path where path.hasPrefix("refs/heads/\(LayerRefs.dictionaries)/"): .dictionary
                default: RepositoryAccounts.owner(of: file.kind)
                }
            parts[owner, default: []].append(file)
        }
        censuses = parts.mapValues { RepositoryCensus($0) }
        folders = RepositoryCensus(files.filter { $0.kind == .folder })
    }

    subscript(owner: Owner) -> RepositoryCensus { censuses[owner] ?? RepositoryCensus() }

    /// All files.
    var files: RepositoryCensus { Owner.allCases.reduce(RepositoryCensus()) { $0 + self[$1] } }

    private static let recipes = "layerlab/\(LayerRefs.Companion.recipe.rawValue)"
    private static let orphans = "layerlab/\(LayerRefs.Companion.orphans.rawValue)"
    /// The folder of `separate-ref`'s commit that holds the orphans.
    private static let orphanFolder = "orphans"

    private static func companions(in repository: Repository) throws -> (recipe: Set<String>, orphans: Set<String>) {
        var (recipe, orphans) = (ReachableObjects(in: repository), ReachableObjects(in: repository))
        for commit in try repository.refs(below: RepositoryAccounts.recipes).values {
            try recipe.add(commit: commit, without: [orphanFolder])
            let root = try repository.directoryTree(try repository.commit(commit).tree.contents)
            for entry in root.directories where String(decoding: entry.name, as: UTF8.self) == orphanFolder {
                try orphans.add(entry.directory)
            }
        }
        for commit in try repository.refs(below: RepositoryAccounts.orphans).values {
            try orphans.add(commit: commit)
        }
        return (recipe.paths, orphans.paths)
    }

    private static func dictionaries(in repository: Repository) throws -> Set<String> {
        var dictionaries = ReachableObjects(in: repository)
        for commit in try repository.refs(below: LayerRefs.dictionaries).values {
            try dictionaries.add(commit: commit)
        }
        return dictionaries.paths
    }

    private static func owner(of kind: RepositoryFile.Kind) -> Owner {
        switch kind {
        case .ref: .layer
        case .extension: .recipe
        default: .repository
        }
    }
}
