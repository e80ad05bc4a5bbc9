enum BenchOrder {
    /// In which order a round runs its subjects: with another one first in each round, and in steps of 1, then of the next
    /// number without a common divisor, and so on, so that neighbours change too.
    static func order(of count: Int, round: Int) -> [Int] {
        func commonDivisor(_ a: Int, _ b: Int) -> Int { b == 0 ? a : commonDivisor(b, a % b) }
        let steps = (1...max(count, 1)).filter { commonDivisor($0, count) == 1 }
        let step = steps.isEmpty ? 1 : steps[round % steps.count]
        return (0..<count).map { (round + $0 * step) % count }
    }
}
