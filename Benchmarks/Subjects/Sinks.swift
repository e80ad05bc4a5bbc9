internal import Digests
internal import OSTree
internal import Strategies
internal import Tar

/// Counts what a splitter finds, and does nothing else with it.
struct CountingSink: SplitterSink, Equatable {
    var literalBytes = 0
    var payloadBytes = 0
    var opaqueBytes = 0
    var entryCount = 0
    var findingCount = 0

    mutating func literal(_ bytes: ArraySlice<UInt8>) { literalBytes += bytes.count }
    mutating func entry(_ entry: Entry) { entryCount += 1 }
    mutating func payload(_ bytes: ArraySlice<UInt8>) { payloadBytes += bytes.count }
    mutating func payloadEnded(isWhole: Bool) { findingCount += isWhole ? 0 : 1 }
    mutating func opaque(_ bytes: ArraySlice<UInt8>) { opaqueBytes += bytes.count }
    mutating func finding(_ finding: Finding) { findingCount += 1 }
}

/// Makes the recipe and the tree that an import would make, without a repository.
struct RecipeSink: SplitterSink {
    var recipe = Recipe()
    var tree = LayerTree()
    private var hasher = SHA256Stream()
    private var current: Entry?

    mutating func literal(_ bytes: ArraySlice<UInt8>) { recipe.append(literal: bytes) }

    mutating func entry(_ entry: Entry) throws {
        hasher = SHA256Stream()
        current = entry
        switch entry.kind {
        case .directory: try place(.directory)
        case .symbolicLink:
            try place(.symbolicLink(target: entry.linkTarget, object: SHA256Stream.digest(of: entry.linkTarget)))
        default: try place(.regular(byteCount: 0, object: SHA256Stream.digest(of: [])))
        }
    }

    mutating func payload(_ bytes: ArraySlice<UInt8>) { hasher.update(bytes) }

    mutating func payloadEnded(isWhole: Bool) throws {
        recipe.append(Recipe.Payload(byteCount: hasher.byteCount, object: hasher.digest))
        try place(.regular(byteCount: hasher.byteCount, object: hasher.digest))
    }

    mutating func opaque(_ bytes: ArraySlice<UInt8>) { recipe.append(literal: bytes) }
    mutating func finding(_ finding: Finding) {}

    private mutating func place(_ content: LayerTree.Content) throws {
        guard let entry = current, case .path(let path) = PathPolicy.standard.place(entry.path) else { return }
        try tree.place(LayerTree.Node(content: content, attributes: FileAttributes(mode: entry.mode)), at: path)
    }
}
