/// Finds the rule by which a tar was written.
struct WalkChoice {
    private let items: TarItems
    private let tree: TarTree
    /// Where a node or anything below it comes first among the items.
    private var ranks: [Int32]

    init(_ items: TarItems, _ tree: TarTree) {
        self.items = items
        self.tree = tree
        ranks = [Int32](repeating: .max, count: tree.nodes.count)
        for index in 0..<items.count {
            var node = items.node(of: index) ?? -1
            while node >= 0, ranks[node] == .max {
                ranks[node] = Int32(index)
                node = Int(tree.nodes[node].parent)
            }
        }
        // What never comes stays where it is, behind the rest.
        for index in ranks.indices where ranks[index] == .max {
            ranks[index] = Int32.max / 2 + Int32(truncatingIfNeeded: index)
        }
    }

    /// The rule that costs least, and the ranks by which `told` tells its directories' orders.
    func best() throws(StrategyError) -> (WalkRule, [Int32]) {
        var best: (rule: WalkRule, cost: Double) = (.depthFirst, .infinity)
        for rule in WalkRule.allCases where best.cost > 0 {
            let cost = try cost(of: rule)
            if cost < best.cost { best = (rule, cost) }
        }
        return (best.rule, ranks)
    }

    /// About how many bits the steps take that do not follow the rule.
    private func cost(of rule: WalkRule) throws(StrategyError) -> Double {
        var told = 0.0
        let order = try WalkOrder(rule, of: tree) { (_, children) throws(StrategyError) in
            let sorted = children.sorted { ranks[Int($0)] < ranks[Int($1)] }
            if sorted != children {
                for count in 2..<max(children.count + 1, 3) { told += log2(Double(count)) }
                children = sorted
            }
        }
        var positions = [Int32](repeating: -1, count: tree.nodes.count)
        items.forEachNode { positions[$0] = 0 }
        var count: Int32 = 0
        for node in order.sequence where positions[Int(node)] == 0 {
            positions[Int(node)] = count
            count += 1
        }
        var next: Int32 = 0
        var jumps = 0
        items.forEachNode { node in
            if positions[node] != next { jumps += 1 }
            next = positions[node] + 1
        }
        return told + Double(jumps) * (12 + log2(Double(tree.nodes.count)))
    }

    /// The binary logarithm, near enough for a choice.
    private func log2(_ value: Double) -> Double { Double(value.exponent) + value.significand - 1 }
}
