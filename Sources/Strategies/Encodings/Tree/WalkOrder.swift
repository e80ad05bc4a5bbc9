/// In which order a tar that was written by a rule has a tree's nodes.
enum WalkRule: Int, CaseIterable {
    /// Depth first, siblings in bytewise order: GNU tar with `--sort=name`.
    case depthFirst
    /// The whole paths in bytewise order, `a-b` between `a` and `a/c`: Go's tools.
    case wholePath
    /// Depth first, a directory's name taken with a slash behind it: git archive.
    case slashed
    /// Depth first, in each directory what is no directory ahead.
    case filesFirst
    /// Depth first, each directory's order as it is told.
    case told
}

/// A sequence of all nodes of a tree.
struct WalkOrder {
    private(set) var sequence: [Int32] = []

    /// - Parameter arrange: changes the order of a directory's children; called for each directory in its turn, for `told`.
    init(
        _ rule: WalkRule, of tree: TarTree,
        arrange: (_ directory: Int, _ children: inout [Int32]) throws(StrategyError) -> Void = {
            _, _ throws(StrategyError) in
        }
    ) throws(StrategyError) {
        sequence.reserveCapacity(tree.nodes.count)
        sequence.append(0)
        // Steps that are still ahead, the next one last: a node, or what is inside of one.
        var steps: [(node: Int32, isInside: Bool)] = [(0, true)]
        while let step = steps.popLast() {
            guard step.isInside else {
                sequence.append(step.node)
                continue
            }
            let range = tree.nodes[Int(step.node)].children
            guard !range.isEmpty else { continue }
            var children = Array(range)
            func isDirectory(_ node: Int32) -> Bool { tree.nodes[Int(node)].kind == .directory }
            switch rule {
            case .depthFirst: break
            case .filesFirst: children = children.filter { !isDirectory($0) } + children.filter { isDirectory($0) }
            case .told: try arrange(Int(step.node), &children)
            case .slashed, .wholePath:
                try WalkOrder.push(children, rule, of: tree, to: &steps)
                continue
            }
            for child in children.reversed() {
                if isDirectory(child) { steps.append((child, true)) }
                steps.append((child, false))
            }
        }
    }

    /// Pushes children, the insides of directories under their names with a slash.
    private static func push(
        _ children: [Int32], _ rule: WalkRule, of tree: TarTree, to steps: inout [(node: Int32, isInside: Bool)]
    ) throws(StrategyError) {
        // Directories that wait for what comes before their slashes. A child that does not begin with a waiting one's name
        // comes after it.
        var waiting: [Int32] = []
        var result: [(node: Int32, isInside: Bool)] = []
        func release(before name: ArraySlice<UInt8>?) {
            while let directory = waiting.last {
                let own = tree.name(of: Int(directory))
                if let name, name.count > own.count, name.starts(with: own),
                    name[name.startIndex + own.count] < UInt8(ascii: "/")
                {
                    break
                }
                waiting.removeLast()
                if rule == .slashed { result.append((directory, false)) }
                result.append((directory, true))
            }
        }
        for child in children {
            release(before: tree.name(of: Int(child)))
            let isDirectory = tree.nodes[Int(child)].kind == .directory
            if isDirectory { waiting.append(child) }
            if !isDirectory || rule == .wholePath { result.append((child, false)) }
        }
        release(before: nil)
        steps += result.reversed()
    }
}
