import Foundation
import Testing

@testable import Harness

@Suite struct RankTestTests {
    @Test func signedRanksOfAFewPairsAreExact() {
        // All of n signs alike: two of 2ⁿ.
        #expect(abs(SignedRank.chance(of: [1, 2, 3, 4, 5]) - 2.0 / 32) < 1e-12)
        #expect(abs(SignedRank.chance(of: [-1, -2, -3, -4, -5, -6]) - 2.0 / 64) < 1e-12)
        // Ranks 1, 2 and 2, since those above the middle count as it: sums of 4 and 5 are as far or further, two of eight.
        #expect(abs(SignedRank.chance(of: [-1, 2, 3]) - 0.5) < 1e-12)
        // However wild the negative one is: 1, 2, 3, 3, 3, of which a 3 is negative. Of 32, sums of 9 to 12 have 3 + 1 + 1 + 1.
        #expect(SignedRank.chance(of: [1, 2, 3, 4, -1_000]) == SignedRank.chance(of: [1, 2, 3, 4, -5]))
        #expect(abs(SignedRank.chance(of: [1, 2, 3, 4, -1_000]) - 2 * 7.0 / 32) < 1e-12)
        #expect(SignedRank.chance(of: []) == 1 && SignedRank.chance(of: [0, 0]) == 1)
    }

    @Test func tiesShareTheirRank() {
        // Three equal sizes have the rank 2 each: all positive is one of eight, and so is all negative.
        #expect(abs(SignedRank.chance(of: [1, 1, 1]) - 0.25) < 1e-12)
        #expect(abs(RankSum.chance(of: [1, 1], [1, 1]) - 1) < 1e-12)
    }

    @Test func rankSumsOfAFewSamplesAreExact() {
        // Three and three that do not overlap: two of C(6, 3) = 20.
        #expect(abs(RankSum.chance(of: [1, 2, 3], [4, 5, 6]) - 0.1) < 1e-12)
        // C(10, 5) = 252.
        #expect(abs(RankSum.chance(of: [6, 7, 8, 9, 10], [1, 2, 3, 4, 5]) - 2.0 / 252) < 1e-12)
        // Sums of two of four ranks: 3, 4, 5, 5, 6, 7; a sum of 4 or less has two.
        #expect(abs(RankSum.chance(of: [2, 4], [1, 3]) - 4.0 / 6) < 1e-12)
        #expect(RankSum.chance(of: [], [1]) == 1)
    }
}

@Suite struct EffectTests {
    @Test func aConstantFactorIsFoundAsItIs() throws {
        let base = (1...12).map { Double($0) }
        let effect = try #require(Effect(pairs: base, base.map { $0 * 1.25 }))
        #expect(abs(effect.ratio - 1.25) < 1e-9 && abs(effect.low - 1.25) < 1e-9 && abs(effect.high - 1.25) < 1e-9)
        #expect(abs(effect.chance - 2 / pow(2, 12)) < 1e-12 && effect.samples == 12)
    }

    @Test func equalSamplesDoNotDiffer() throws {
        let effect = try #require(Effect(pairs: [1, 2, 3, 4, 5], [1, 2, 3, 4, 5]))
        #expect(effect.ratio == 1 && effect.low == 1 && effect.high == 1 && effect.chance == 1)
    }

    @Test func wildSamplesDoNotMoveIt() throws {
        let base = [Double](repeating: 1, count: 12)
        var new = (0..<12).map { 1 + Double($0 % 3) * 0.001 }
        (new[3], new[8]) = (50, 0.01)
        let effect = try #require(Effect(pairs: base, new))
        #expect(abs(effect.ratio - 1) < 0.01 && effect.chance > 0.01)
    }

    @Test func swappingTheSidesInvertsTheRatio() throws {
        let (one, other) = ([1.0, 1.1, 1.2, 1.05, 1.3, 1.02], [1.4, 1.5, 1.2, 1.6, 1.45, 1.38])
        let (there, back) = (
            try #require(Effect(independent: one, other)), try #require(Effect(independent: other, one))
        )
        #expect(abs(there.ratio * back.ratio - 1) < 1e-9 && abs(there.chance - back.chance) < 1e-12)
        #expect(there.low <= there.ratio && there.ratio <= there.high)
    }

    @Test func theSameSamplesSayTheSameAgain() {
        let (one, other) = ([1.0, 1.1, 1.2, 1.05, 1.3], [1.4, 1.5, 1.2, 1.6, 1.45])
        #expect(Effect(pairs: one, other) == Effect(pairs: one, other))
    }

    @Test func manySamplesAreNotToBeWaitedFor() throws {
        let many = (0..<5_000).map { 1 + Double($0 % 7) / 100 }
        #expect(try #require(Effect(independent: many, many, resamples: 3)).samples == Effect.mostSamples)
        #expect(try #require(Effect(pairs: many, many, resamples: 3)).samples == Effect.mostPairs)
    }

    @Test func whatIsNoTimeGivesNone() {
        #expect(Effect(pairs: [1, 2], [1]) == nil && Effect(pairs: [], []) == nil)
        #expect(Effect(pairs: [1, 0], [1, 2]) == nil && Effect(independent: [1], [.nan]) == nil)
        #expect(Effect(independent: [], [1]) == nil && Effect(pairs: [-1], [1]) == nil)
    }
}
