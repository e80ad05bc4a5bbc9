internal import Foundation

/// How many times as long one of two takes than the other, how sure that is, and whether it may be chance.
///
/// The estimate is the Hodges–Lehmann one, on logarithms: of pairs, the median of all means of two pairs' log ratios; of
/// two independent series, the median of all differences between them. It bears a quarter of wild samples, and needs
/// hardly more samples than a mean does. Its interval is a bootstrap one; `chance` comes from the rank test that belongs
/// to the estimate, by its exact distribution, so that few samples are never taken for many.
public struct Effect: Codable, Equatable, Sendable {
    /// New over base: 1.1 takes a tenth longer.
    public var ratio: Double
    /// The 95 % bootstrap interval of the ratio.
    public var low: Double
    public var high: Double
    /// How likely a difference at least as clear is where there is none (two-sided).
    public var chance: Double
    /// Pairs, or the samples of the shorter series.
    public var samples: Int

    /// How many resamples an interval rests on.
    public static let resamples = 1_000
    /// More than so many pairs, or samples of a series, are not looked at: the exact distributions of their ranks would take
    /// memory and time by the cube of their number, and they would tell hardly more.
    static let mostPairs = 200
    static let mostSamples = 60
    // A fixed seed: the same samples must say the same whenever they are looked at.
    private static let seed: UInt64 = 0x6c61_7965_726c_6162

    /// Compares pairs that were measured next to each other, in an order that was drawn by lot: then each difference is as
    /// likely as its opposite where there is none, whatever the machine does, and a signed-rank test is exact.
    ///
    /// Nil where there are none, or a sample is not a positive number.
    public init?(pairs base: [Double], _ new: [Double], resamples: Int = Effect.resamples) {
        let (base, new) = (Array(base.prefix(Effect.mostPairs)), Array(new.prefix(Effect.mostPairs)))
        guard base.count == new.count, !base.isEmpty, let base = Effect.logarithms(base),
            let new = Effect.logarithms(new)
        else { return nil }
        let differences = zip(new, base).map { $0 - $1 }
        var generator = SplitMix64(state: Effect.seed)
        self.init(
            estimate: Effect.walshMedian(differences), chance: SignedRank.chance(of: differences),
            samples: differences.count,
            resampled: (0..<resamples).map { _ in
                Effect.walshMedian(Effect.resample(differences, &generator))
            })
    }

    /// Compares two series that were measured apart.
    ///
    /// Nil where one is empty, or a sample is not a positive number.
    public init?(independent base: [Double], _ new: [Double], resamples: Int = Effect.resamples) {
        let (base, new) = (Array(base.prefix(Effect.mostSamples)), Array(new.prefix(Effect.mostSamples)))
        guard !base.isEmpty, !new.isEmpty, let base = Effect.logarithms(base), let new = Effect.logarithms(new) else {
            return nil
        }
        var generator = SplitMix64(state: Effect.seed)
        self.init(
            estimate: Effect.shift(base, new), chance: RankSum.chance(of: base, new),
            samples: min(base.count, new.count),
            resampled: (0..<resamples).map { _ in
                Effect.shift(Effect.resample(base, &generator), Effect.resample(new, &generator))
            })
    }

    private init?(estimate: Double, chance: Double, samples: Int, resampled: [Double]) {
        guard let distribution = Samples(resampled) else { return nil }
        ratio = exp(estimate)
        low = exp(distribution.quantile(0.025))
        high = exp(distribution.quantile(0.975))
        self.chance = chance
        self.samples = samples
    }

    private static func logarithms(_ values: [Double]) -> [Double]? {
        values.allSatisfy { $0.isFinite && $0 > 0 } ? values.map { log($0) } : nil
    }

    private static func resample(_ values: [Double], _ generator: inout SplitMix64) -> [Double] {
        values.map { _ in values[Int(generator.next() % UInt64(values.count))] }
    }

    /// The median of the means of all pairs of values, each with itself too.
    private static func walshMedian(_ values: [Double]) -> Double {
        var means: [Double] = []
        means.reserveCapacity(values.count * (values.count + 1) / 2)
        for first in values.indices {
            for second in first..<values.count { means.append((values[first] + values[second]) / 2) }
        }
        return median(&means)
    }

    /// The median of all differences between a value of the one and a value of the other.
    private static func shift(_ base: [Double], _ new: [Double]) -> Double {
        var differences = new.flatMap { value in base.map { value - $0 } }
        return median(&differences)
    }

    private static func median(_ values: inout [Double]) -> Double {
        let middle = values.count / 2
        let upper = select(middle, of: &values)
        guard values.count % 2 == 0 else { return upper }
        return ((values[..<middle].max() ?? upper) + upper) / 2
    }

    /// The value that is at this place where all are sorted. Afterwards none before it is larger, and none behind it smaller
    /// (Hoare's selection: a resample has ten thousand means, and only the middle is asked for).
    private static func select(_ place: Int, of values: inout [Double]) -> Double {
        var (first, last) = (0, values.count - 1)
        while first < last {
            let pivot = values[(first + last) / 2]
            var (low, high) = (first, last)
            while low <= high {
                while values[low] < pivot { low += 1 }
                while values[high] > pivot { high -= 1 }
                guard low <= high else { break }
                values.swapAt(low, high)
                (low, high) = (low + 1, high - 1)
            }
            guard place <= high || place >= low else { break }
            if place <= high { last = high } else { first = low }
        }
        return values[place]
    }
}
