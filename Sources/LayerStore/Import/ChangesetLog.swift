internal import OSTree
internal import Strategies

/// Collects, while a layer is split, what it says about the layers below it and its tree cannot hold.
struct ChangesetLog {
    /// The links that wait for a target below, by their paths, each with its place among them.
    private var links: [[[UInt8]]: (place: Int, target: [[UInt8]])] = [:]
    private var linkCount = 0
    private var removedNames: [[UInt8]] = []
    private var removesAll = false
    private var byteCount = 0

    /// A hard link to what the tree does not hold. Where it links to such a link, it links to the same.
    mutating func note(linkTo target: [[UInt8]], at path: [[UInt8]]) {
        guard target != path, takes(path.joined().count + target.joined().count + path.count + target.count) else {
            return
        }
        links[path] = (linkCount, links[target]?.target ?? target)
        linkCount += 1
    }

    /// Something stands at the path now.
    mutating func note(placed path: [[UInt8]]) {
        if !links.isEmpty { links[path] = nil }
    }

    /// The policy leaves a path out; where it is a whiteout of a toplevel name, that name may be elsewhere in the tree.
    mutating func note(droppedPath path: [UInt8]) {
        let names = path.split(separator: UInt8(ascii: "/")).filter { !$0.elementsEqual(".".utf8) }
        guard names.count == 1 else { return }
        if names[0].elementsEqual(Whiteout.opaque) { removesAll = true }
        guard let name = names[0].removedByWhiteout, takes(name.count) else { return }
        removedNames.append(Array(name))
    }

    /// What was collected, with what the tree tells.
    func changeset(with tree: LayerTree) -> LayerChangeset {
        var changeset = LayerChangeset()
        for number in tree.impliedDirectories() {
            changeset.impliedDirectories.insert(contentsOf: number..<number + 1)
        }
        changeset.describesPlainRoot = !tree.isRootImplied && tree[[]] == LayerTree.impliedDirectory
        changeset.links = links.sorted { $0.value.place < $1.value.place }
            .map { .init(path: $0.key, target: $0.value.target) }
        changeset.removedNames = removedNames
        changeset.removesAll = removesAll
        return changeset
    }

    /// Whether there is room for so many bytes more.
    private mutating func takes(_ count: Int) -> Bool {
        guard byteCount + count + 8 <= LayerChangeset.maximumBytes else { return false }
        byteCount += count + 8
        return true
    }
}
