/// Numbers from 0, of which some are taken away: which of those that are left is the how manieth, in logarithmic time
/// (a Fenwick tree).
struct RankTree {
    private var sums: [Int32]
    private let top: Int

    init(count: Int) {
        sums = (0...count).map { Int32($0 & -$0) }
        var top = 1
        while 2 * top <= count { top *= 2 }
        self.top = top
    }

    /// How many smaller ones are left.
    func rank(of number: Int) -> Int {
        var (sum, index) = (0, number)
        while index > 0 {
            sum += Int(sums[index])
            index &= index - 1
        }
        return sum
    }

    /// Takes away the number before which so many are left.
    mutating func remove(rank: Int) -> Int {
        var (index, rest, step) = (0, Int32(rank), top)
        while step > 0 {
            if index + step < sums.count, sums[index + step] <= rest {
                index += step
                rest -= sums[index]
            }
            step /= 2
        }
        var above = index + 1
        while above < sums.count {
            sums[above] -= 1
            above += above & -above
        }
        return index
    }
}
