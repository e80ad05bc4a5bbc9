/// Measurements of one quantity, at least one, all of them finite.
public struct Samples: Equatable, Sendable {
    /// The measurements in the order in which they were taken.
    public let values: [Double]
    private let sorted: [Double]

    /// The samples, or nil where there are none or one of them is not finite.
    public init?(_ values: [Double]) {
        guard !values.isEmpty, values.allSatisfy(\.isFinite) else { return nil }
        self.values = values
        sorted = values.sorted()
    }

    /// How many measurements there are.
    public var count: Int { values.count }
    public var minimum: Double { sorted[0] }
    public var maximum: Double { sorted[sorted.count - 1] }

    /// The middle value; the mean of the two middle ones where the count is even.
    public var median: Double { Samples.median(ofSorted: sorted) }

    /// The median of the distances from the median, in the samples' own unit. One wild sample does not move it.
    public var medianAbsoluteDeviation: Double {
        let middle = median
        return Samples.median(ofSorted: values.map { abs($0 - middle) }.sorted())
    }

    /// (maximum − minimum) ÷ |median|: 0.05 means that all samples lie within 5 %. Zero where all samples are equal,
    /// infinite where they differ around a median of zero.
    public var relativeSpread: Double {
        minimum == maximum ? 0 : (maximum - minimum) / abs(median)
    }

    /// The value below which this fraction (0 … 1) of the samples lies, interpolated between neighbours.
    public func quantile(_ fraction: Double) -> Double {
        let position = min(max(fraction, 0), 1) * Double(count - 1)
        let below = Int(position)
        let above = min(below + 1, count - 1)
        return sorted[below] + (sorted[above] - sorted[below]) * (position - Double(below))
    }

    private static func median(ofSorted sorted: [Double]) -> Double {
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
}

/// How two quantities, measured alternately in one run, compare: the median of the ratios of each pair.
///
/// Pairs see the same moment of the machine, so a slow minute moves both of them and leaves the ratio alone.
public struct PairedRatio: Equatable, Sendable {
    /// The median of Aᵢ ÷ Bᵢ.
    public let median: Double
    /// The bootstrap interval that holds 95 % of the resampled medians.
    public let interval: ClosedRange<Double>

    /// Compares Aᵢ with Bᵢ pair by pair.
    ///
    /// Nil where the counts differ or a Bᵢ is zero. Equal samples always give the same interval.
    public init?(of numerators: Samples, to denominators: Samples, resamples: Int = 1_000) {
        guard numerators.count == denominators.count, resamples > 0,
            let ratios = Samples(zip(numerators.values, denominators.values).map { $0 / $1 })
        else { return nil }
        median = ratios.median
        // A fixed seed: a report that is made again from the same raw samples must say the same.
        var generator = SplitMix64(state: 0x6c61_7965_726c_6162)
        let medians = (0..<resamples).compactMap { _ in
            Samples((0..<ratios.count).map { _ in ratios.values.randomElement(using: &generator) ?? 0 })?.median
        }
        guard let distribution = Samples(medians) else { return nil }
        interval = distribution.quantile(0.025)...distribution.quantile(0.975)
    }
}

/// Steele, Lea and Flood's SplitMix64: a small generator whose sequence is fixed by its seed.
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
