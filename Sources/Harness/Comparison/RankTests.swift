/// A signed-rank test like Wilcoxon's (1945), by the exact distribution of the ranks that there are, ties included.
///
/// Ranks above the middle one count as the middle one. On a shared machine a sample in twelve may take twice as long, for no
/// reason of ours: with Wilcoxon's own ranks a few such pairs outweigh all others, and a tenth more goes unnoticed; where
/// samples are well-behaved, little is lost. Any score that looks at sizes only, and not at signs, keeps the test exact.
enum SignedRank {
    /// The two-sided chance of a sum of signed ranks at least as far from its mean, where each sign is a fair coin. Zeros
    /// say nothing, and are left out.
    static func chance(of differences: [Double]) -> Double {
        let values = differences.filter { $0 != 0 }
        guard !values.isEmpty else { return 1 }
        let middle = values.count + 1
        let ranks = DoubledRanks.of(values.map { abs($0) }).map { min($0, middle) }
        let total = ranks.reduce(0, +)
        // The distribution of the sum of the ranks with a positive sign.
        var probabilities = [Double](repeating: 0, count: total + 1)
        probabilities[0] = 1
        var reached = 0
        for rank in ranks {
            for sum in stride(from: reached, through: 0, by: -1) {
                let half = probabilities[sum] / 2
                probabilities[sum] = half
                probabilities[sum + rank] += half
            }
            reached += rank
        }
        let positive = zip(values, ranks).reduce(0) { $0 + ($1.0 > 0 ? $1.1 : 0) }
        return DoubledRanks.twoSided(probabilities, at: positive)
    }
}

/// The rank-sum test of Wilcoxon, Mann and Whitney (1947), by the exact distribution of the ranks that there are.
enum RankSum {
    /// The two-sided chance of a sum of ranks at least as far from its mean, where every choice of the ranks is as likely.
    static func chance(of base: [Double], _ new: [Double]) -> Double {
        guard !base.isEmpty, !new.isEmpty else { return 1 }
        let ranks = DoubledRanks.of(base + new)
        let total = ranks.reduce(0, +)
        // ways[k][s]: the share of ways to have chosen k ranks with the sum s, of what has been looked at.
        var ways = [[Double]](repeating: [Double](repeating: 0, count: total + 1), count: new.count + 1)
        ways[0][0] = 1
        for (seen, rank) in ranks.enumerated() {
            for chosen in stride(from: min(seen, new.count - 1), through: 0, by: -1) {
                for sum in 0...(total - rank) where ways[chosen][sum] > 0 {
                    ways[chosen + 1][sum + rank] += ways[chosen][sum]
                }
            }
        }
        let all = ways[new.count].reduce(0, +)
        guard all.isFinite else { return 1 }
        return DoubledRanks.twoSided(ways[new.count].map { $0 / all }, at: ranks.suffix(new.count).reduce(0, +))
    }
}

private enum DoubledRanks {
    /// Each value's rank, twice, so that the middle rank of ties is a whole number.
    static func of(_ values: [Double]) -> [Int] {
        let order = values.indices.sorted { values[$0] < values[$1] }
        var ranks = [Int](repeating: 0, count: values.count)
        var start = 0
        while start < order.count {
            var end = start
            while end + 1 < order.count, values[order[end + 1]] == values[order[start]] { end += 1 }
            for position in start...end { ranks[order[position]] = start + end + 2 }
            start = end + 1
        }
        return ranks
    }

    /// Twice the smaller tail at `value`, itself included.
    static func twoSided(_ probabilities: [Double], at value: Int) -> Double {
        let below = probabilities[...value].reduce(0, +)
        let above = probabilities[value...].reduce(0, +)
        return min(1, 2 * min(below, above))
    }
}
