extension HuffmanCode {
    /// The best code for symbols that occur so often, with limited lengths, as package-merge finds it. Where a symbol and a
    /// package weigh the same, the package comes first; of symbols that occur as often, the later one has the shorter code.
    /// One or two symbols have codes of one bit.
    init(packaging frequencies: some Collection<UInt32>, longest: Int) {
        var lengths = [UInt8](repeating: 0, count: frequencies.count)
        // By frequency, then by number: no two are the same.
        var leaves: [UInt64] = []
        leaves.reserveCapacity(frequencies.count)
        for (symbol, frequency) in frequencies.enumerated() where frequency > 0 {
            leaves.append(UInt64(frequency) << 16 | UInt64(symbol))
        }
        if leaves.count <= 2 {
            for leaf in leaves { lengths[Int(leaf & 0xffff)] = 1 }
        } else {
            leaves.sort()
            var packages = Packages(leaves.map { $0 >> 16 })
            let levelCount = min(longest, leaves.count - 1)
            for _ in 1..<levelCount { packages.addLevel() }
            for count in packages.leafCounts() {
                for leaf in leaves[..<count] { lengths[Int(leaf & 0xffff)] += 1 }
            }
        }
        self.init(lengths: lengths)
    }
}

/// The levels of package-merge: each has the leaves, and packages of two of the level before, in the order of their weights.
private struct Packages {
    private let leaves: [UInt64]
    /// The weights of the last level.
    private var weights: [UInt64]
    /// For each level and each number of its first items, how many of them are leaves.
    private var leavesOfFirst: [[Int]]

    init(_ leaves: [UInt64]) {
        self.leaves = leaves
        weights = leaves
        leavesOfFirst = [Array(0...leaves.count)]
    }

    mutating func addLevel() {
        let packageCount = weights.count / 2
        var next: [UInt64] = []
        next.reserveCapacity(leaves.count + packageCount)
        var counts = [0]
        counts.reserveCapacity(leaves.count + packageCount + 1)
        var (leaf, package) = (0, 0)
        while leaf < leaves.count || package < packageCount {
            let packed = package < packageCount ? weights[2 * package] + weights[2 * package + 1] : .max
            if leaf < leaves.count, leaves[leaf] < packed {
                next.append(leaves[leaf])
                leaf += 1
            } else {
                next.append(packed)
                package += 1
            }
            counts.append(leaf)
        }
        weights = next
        leavesOfFirst.append(counts)
    }

    /// How many leaves of each level the best code takes: the rarest, each of them once more.
    func leafCounts() -> [Int] {
        var taken = 2 * leaves.count - 2
        var result: [Int] = []
        for counts in leavesOfFirst.reversed() {
            result.append(counts[taken])
            taken = 2 * (taken - counts[taken])
        }
        return result
    }
}
