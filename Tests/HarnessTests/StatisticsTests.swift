import Testing

@testable import Harness

@Suite struct StatisticsTests {
    @Test func oddCount() throws {
        let samples = try #require(Samples([5, 1, 4, 2, 10]))
        #expect(samples.median == 4)
        #expect(samples.minimum == 1)
        #expect(samples.maximum == 10)
        // Distances from 4: 1, 3, 0, 2, 6.
        #expect(samples.medianAbsoluteDeviation == 2)
        #expect(samples.relativeSpread == 2.25)
        #expect(samples.values == [5, 1, 4, 2, 10])
    }

    @Test func evenCount() throws {
        let samples = try #require(Samples([1, 2, 4, 9]))
        #expect(samples.median == 3)
        // Distances from 3: 2, 1, 1, 6.
        #expect(samples.medianAbsoluteDeviation == 1.5)
    }

    @Test func oneSample() throws {
        let samples = try #require(Samples([7]))
        #expect(samples.median == 7)
        #expect(samples.medianAbsoluteDeviation == 0)
        #expect(samples.relativeSpread == 0)
        #expect(samples.quantile(0.9) == 7)
    }

    @Test func spreadAroundZero() throws {
        #expect(try #require(Samples([0, 0])).relativeSpread == 0)
        #expect(try #require(Samples([-1, 1])).relativeSpread == .infinity)
    }

    @Test func quantilesInterpolate() throws {
        let samples = try #require(Samples([10, 20, 30, 40, 50]))
        #expect(samples.quantile(0) == 10)
        #expect(samples.quantile(0.25) == 20)
        #expect(samples.quantile(0.375) == 25)
        #expect(samples.quantile(1) == 50)
    }

    @Test func nothingAndNonsenseAreNoSamples() {
        #expect(Samples([]) == nil)
        #expect(Samples([1, .nan]) == nil)
        #expect(Samples([1, .infinity]) == nil)
    }

    @Test func pairedRatioIsTheMedianOfRatios() throws {
        // Ratios 2, 3, 10: their median is 3, where the ratio of medians would be 30 ÷ 10 = 3.0 and of means 4.9.
        let ours = try #require(Samples([20, 30, 100]))
        let theirs = try #require(Samples([10, 10, 10]))
        let ratio = try #require(PairedRatio(of: ours, to: theirs))
        #expect(ratio.median == 3)
        #expect(ratio.interval.contains(3))
        #expect(ratio.interval.lowerBound >= 2)
        #expect(ratio.interval.upperBound <= 10)
        #expect(PairedRatio(of: ours, to: theirs) == ratio)
    }

    @Test func pairsThatMoveTogetherGiveANarrowInterval() throws {
        let theirs = try #require(Samples([10, 20, 40, 80, 160]))
        let ours = try #require(Samples(theirs.values.map { $0 * 2 }))
        #expect(try #require(PairedRatio(of: ours, to: theirs)).interval == 2...2)
    }

    @Test func unequalCountsAndZeroHaveNoRatio() throws {
        let one = try #require(Samples([1]))
        #expect(PairedRatio(of: one, to: try #require(Samples([1, 2]))) == nil)
        #expect(PairedRatio(of: one, to: try #require(Samples([0]))) == nil)
    }
}
