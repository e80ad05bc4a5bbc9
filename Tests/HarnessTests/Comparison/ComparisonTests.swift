import Foundation
import TestSupport
import Testing

@testable import Harness

@Suite struct ComparisonTests {
    private let metric = Metric("rebuild", by: "raw@sidecar", on: "host", in: "bare")

    private func verdict(_ base: Measured?, _ new: Measured?, isInterleaved: Bool = false) -> Comparison.Verdict {
        var (one, other) = (MetricSet("a"), MetricSet("b"))
        if let base { one[metric] = base }
        if let new { other[metric] = new }
        return Comparison(one, other, isInterleaved: isInterleaved).rows[0].verdict
    }

    /// Seconds around `middle`, none like the other.
    private func seconds(_ middle: Double, count: Int = 12) -> [Double] {
        (0..<count).map { number -> Double in
            let share = 0.01 * Double(number % 5) - 0.0001 * Double(number)
            return middle * (1 + share)
        }
    }

    @Test func sizesAreComparedToTheByte() {
        #expect(verdict(.exact(100, unit: "B"), .exact(100, unit: "B")) == .unchanged)
        #expect(verdict(.exact(100, unit: "B"), .exact(101, unit: "B")) == .regressed)
        #expect(verdict(.exact(100, unit: "B"), .exact(99, unit: "B")) == .improved)
    }

    @Test func countsHaveTheirTolerance() {
        let tolerance = Measured.Tolerance(share: 0.15, least: 0.25)
        func verdict(_ base: Double, _ new: Double) -> Comparison.Verdict {
            self.verdict(
                .counted(base, unit: "calls", tolerance: tolerance), .counted(new, unit: "calls", tolerance: tolerance))
        }
        #expect(verdict(100, 115) == .unchanged && verdict(100, 115.1) == .regressed)
        #expect(verdict(100, 85) == .unchanged && verdict(100, 84.9) == .improved)
        #expect(verdict(0, 0.25) == .unchanged && verdict(0, 0.26) == .regressed)
    }

    @Test func whatNoLongerComesBackIsARegression() {
        #expect(verdict(.outcome(.exact), .outcome(.inexact)) == .regressed)
        #expect(verdict(.outcome(.exact), .outcome(.cannot)) == .regressed)
        #expect(verdict(.outcome(.error), .outcome(.exact)) == .improved)
        #expect(verdict(.outcome(.cannot), .outcome(.cannot)) == .unchanged)
        // A wrong stream is worse than none.
        #expect(verdict(.outcome(.cannot), .outcome(.inexact)) == .regressed)
        #expect(verdict(.outcome(.error), .outcome(.inexact)) == .regressed)
    }

    @Test func aTenthMoreIsARegressionAndAHundredthIsNot() {
        func pairs(_ factor: Double) -> Comparison.Verdict {
            verdict(
                .timed(seconds: seconds(1), floors: []), .timed(seconds: seconds(1).map { $0 * factor }, floors: []),
                isInterleaved: true)
        }
        #expect(pairs(1.1) == .regressed && pairs(1.01) == .unchanged && pairs(1 / 1.1) == .improved)
        // Less than the minimum effect, however sure.
        #expect(pairs(1.045) == .unchanged)
    }

    @Test func sevenPairsSayNothing() {
        let (one, other) = ([Double](repeating: 1, count: 7), [Double](repeating: 2, count: 7))
        let verdict = verdict(
            .timed(seconds: one, floors: []), .timed(seconds: other, floors: []), isInterleaved: true)
        #expect(verdict == .inconclusive)
    }

    @Test func tooFewSamplesAreTold() {
        func warnings(_ count: Int, of metrics: Int, isInterleaved: Bool) -> [String] {
            var (one, other) = (MetricSet("a"), MetricSet("b"))
            for number in 0..<metrics {
                let measured = Measured.timed(
                    seconds: seconds(1, count: count),
                    floors: [.init("f", seconds: [Double](repeating: 1, count: count))])
                one[Metric("import", by: "\(number)")] = measured
                other[Metric("import", by: "\(number)")] = measured
            }
            return Comparison(one, other, isInterleaved: isInterleaved, resamples: 10).warnings
        }
        // 2 ÷ C(16, 8) is 0.00016: enough for six times, and not for seven.
        #expect(warnings(8, of: 6, isInterleaved: false).isEmpty)
        #expect(warnings(8, of: 7, isInterleaved: false).first?.contains("--samples 9") == true)
        // 2 ÷ 2¹² for two times, and not for three.
        #expect(warnings(12, of: 2, isInterleaved: true).isEmpty)
        #expect(warnings(12, of: 3, isInterleaved: true).first?.contains("--samples 13") == true)
    }

    @Test func runsApartAreComparedByTheirFloors() {
        func timed(_ seconds: [Double], _ floor: [Double]?) -> Measured {
            .timed(seconds: seconds, floors: floor.map { [.init("SHA-256", seconds: $0)] } ?? [])
        }
        let floor = [Double](repeating: 0.5, count: 12)
        // A machine that is slower by three per cent in all, its floor too.
        let slower = seconds(1).map { $0 * 1.03 }
        #expect(verdict(timed(seconds(1), floor), timed(slower, floor.map { $0 * 1.03 })) == .unchanged)
        #expect(verdict(timed(seconds(1), floor), timed(seconds(1.3), floor)) == .regressed)
        // A floor that moved by a fifth makes a tenth nothing that can be told.
        #expect(verdict(timed(seconds(1), floor), timed(seconds(1.32), floor.map { $0 * 1.2 })) == .inconclusive)
        #expect(verdict(timed(seconds(1), nil), timed(seconds(2), nil)) == .inconclusive)
        // What does not follow its floor became slower, and the shares say that nothing happened.
        #expect(verdict(timed(seconds(1), floor), timed(seconds(1.1), floor.map { $0 * 1.1 })) == .inconclusive)
        #expect(verdict(timed(seconds(1), floor.map { _ in 0 }), timed(seconds(1), floor)) == .inconclusive)
    }

    @Test func oneSideAloneIsAFailureOfAGateOnly() {
        var (one, other) = (MetricSet("a"), MetricSet("b"))
        one[metric] = .exact(1, unit: "B")
        other[Metric("recipe", by: "raw")] = .exact(1, unit: "B")
        let loose = Comparison(one, other)
        #expect(loose.rows.map(\.verdict) == [.onlyInBase, .onlyInNew] && !loose.hasRegressions && loose.isEmpty)
        one.mustBeComplete = true
        #expect(Comparison(one, other).hasRegressions)
        #expect(loose.rows[0].base == 1 && loose.rows[1].new == 1 && loose.rows[1].unit == "B")
    }

    @Test func aGateTakesNoOtherUnitForBetter() {
        var (one, other) = (MetricSet("a"), MetricSet("b"))
        one.mustBeComplete = true
        one[metric] = .exact(1, unit: "B")
        other[metric] = .exact(0, unit: "files")
        #expect(Comparison(one, other).hasRegressions)
        var counted = MetricSet("c")
        counted[metric] = .counted(0, unit: "B", tolerance: .init(share: 9, least: 9))
        #expect(Comparison(one, counted).hasRegressions)
    }

    @Test func whatARunSaysOfItselfIsTold() {
        var (one, other) = (MetricSet("a"), MetricSet("b"))
        (one.warnings, other.versions, one.versions) = (["it was stopped"], ["libzstd": "2"], ["libzstd": "1"])
        let warnings = Comparison(one, other).warnings
        #expect(warnings.contains("a: it was stopped") && warnings.contains { $0.contains("libzstd") })
    }

    @Test func otherLayersByTheSameNameAreNotCompared() {
        var (one, other) = (MetricSet("a"), MetricSet("b"))
        (one.layers, other.layers) = (["host": "sha256:1"], ["host": "sha256:2"])
        one[metric] = .exact(1, unit: "B")
        other[metric] = .exact(2, unit: "B")
        let comparison = Comparison(one, other)
        #expect(comparison.rows.isEmpty && comparison.warnings.contains { $0.contains("host") })
    }

    @Test func manyTimesNeedMoreThanOne() throws {
        // 0.05 % by chance: enough for one time, not for ten.
        let (one, other) = ((1...12).map { Double($0) }, (1...12).map { Double($0) * 1.1 })
        func comparison(of count: Int) -> Comparison {
            var (base, new) = (MetricSet("a"), MetricSet("b"))
            for number in 0..<count {
                base[Metric("import", by: "\(number)")] = .timed(seconds: one, floors: [])
                new[Metric("import", by: "\(number)")] = .timed(seconds: other, floors: [])
            }
            return Comparison(base, new, isInterleaved: true)
        }
        let chance = try #require(comparison(of: 1).rows[0].adjustedChance)
        #expect(abs(chance - 2.0 / 4096) < 1e-12 && comparison(of: 1).hasRegressions)
        let many = comparison(of: 10)
        #expect(many.rows.allSatisfy { $0.verdict == .inconclusive } && !many.hasRegressions)
        // The largest chance counts once, and none counts less than a smaller one.
        #expect(many.rows.allSatisfy { abs(($0.adjustedChance ?? 0) - 20.0 / 4096) < 1e-12 })
    }

    /// A machine with drifts, bursts and a long tail; pairs next to each other, in an order by lot.
    private func run(slower factor: Double, _ generator: inout SeededGenerator) -> Comparison {
        var (base, new) = (MetricSet("a"), MetricSet("b"))
        for name in ["import", "rebuild", "encode"] {
            var drift = 1.0
            var samples: (base: [Double], new: [Double]) = ([], [])
            func sample(_ generator: inout SeededGenerator) -> Double {
                var noise = -3.0
                for _ in 0..<6 { noise += Double.random(in: 0...1, using: &generator) }
                let isBurst = Int.random(in: 0..<20, using: &generator) == 0
                let burst: Double = isBurst ? Double.random(in: 1...3, using: &generator) : 1
                let calm: Double = 0.2 * drift * (1 + 0.04 * noise)
                return calm * burst
            }
            for _ in 0..<60 {
                drift *= Double.random(in: 0.95...1.06, using: &generator)
                let (one, other) = (sample(&generator), sample(&generator))
                samples.base.append(one)
                samples.new.append(name == "rebuild" ? other * factor : other)
            }
            base[Metric(name, by: "raw")] = .timed(seconds: samples.base, floors: [])
            new[Metric(name, by: "raw")] = .timed(seconds: samples.new, floors: [])
        }
        return Comparison(base, new, isInterleaved: true, resamples: 50)
    }

    @Test func aNoisyMachineRaisesNoAlarmAndHidesNoTenth() {
        var generator = SeededGenerator(seed: 20_261_126)
        let calm = (0..<12).count { _ in run(slower: 1, &generator).hasRegressions }
        let found = (0..<12).count { _ in
            let rows = run(slower: 1.1, &generator).rows
            return rows.contains { $0.verdict == .regressed && $0.metric.quantity == "rebuild" }
        }
        #expect(calm == 0 && found >= 11, "\(calm) alarms, \(found) of 12 found")
    }

    @Test func reportsSayWhatRegressedFirst() {
        var (one, other) = (MetricSet("before"), MetricSet("after"))
        one[Metric("recipe", by: "raw", on: "host")] = .exact(1_000, unit: "B")
        other[Metric("recipe", by: "raw", on: "host")] = .exact(1_000, unit: "B")
        one[Metric("recipe", by: "tree", on: "host")] = .exact(1_000, unit: "B")
        other[Metric("recipe", by: "tree", on: "host")] = .exact(1_200, unit: "B")
        let report = ComparisonReport(Comparison(one, other))
        #expect(report.headline == "after against before: 1 regressed, 1 unchanged")
        let lines = report.terminalText.split(separator: "\n")
        #expect(lines.contains { $0.hasPrefix("regressed") && $0.contains("1,200 B") && $0.contains("1.200") })
        #expect(!report.terminalText.contains("raw") && report.markdown.contains("| unchanged | host | recipe | raw |"))
    }
}
