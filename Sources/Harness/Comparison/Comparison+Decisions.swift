internal import Foundation

extension Comparison {
    /// Fewer samples say nothing: no interval of seven holds its 95 % when it is never wider than they are.
    static let minimumSamples = 8

    /// Where no difference, however large, could be told from chance: how many samples could.
    var tooFew: [String] {
        let effects = rows.compactMap(\.effect)
        guard let samples = effects.map(\.samples).min(), samples > 0 else { return [] }
        // All signs alike, or no sample of the one below one of the other: two of 2ⁿ, or of the ways to choose n of 2n.
        func least(_ count: Int) -> Double {
            let ways = (1...count).reduce(1.0) { $0 * (isInterleaved ? 2 : Double(count + $1) / Double($1)) }
            return 2 / ways * Double(effects.count)
        }
        guard least(samples) > rules.significance,
            let enough = (samples...samples + 100).first(where: { least($0) <= rules.significance })
        else { return [] }
        return [
            "with \(samples) samples no difference among \(effects.count) times, however large, is beyond chance: measure each "
                + "\(enough) times (bench --samples \(enough)), or fewer layers and strategies"
        ]
    }

    /// Holm's step-down: the k-th smallest chance counts as many times as there are chances from it on.
    mutating func adjustChances() {
        let order = rows.indices.filter { rows[$0].effect != nil }.sorted {
            (rows[$0].effect?.chance ?? 1) < (rows[$1].effect?.chance ?? 1)
        }
        var largest = 0.0
        for (position, index) in order.enumerated() {
            let adjusted = min(1, (rows[index].effect?.chance ?? 1) * Double(order.count - position))
            largest = max(largest, adjusted)
            rows[index].adjustedChance = largest
        }
    }

    /// Decides about a time.
    ///
    /// - Parameter drift: by how much the floors of two runs differ: what does not follow its floor is shifted by up to as
    ///   much, either way, so that nothing is said within that.
    func decide(_ row: inout Row, drift: Double) {
        guard let effect = row.effect, let chance = row.adjustedChance else { return }
        guard effect.samples >= Comparison.minimumSamples else {
            row.note = "fewer than \(Comparison.minimumSamples) samples"
            return
        }
        // Both ways alike: a tenth longer is 1.1, and 1 ÷ 1.1 undoes it.
        let least = log(1 + rules.minimumEffect)
        let (ratio, low, high) = (log(effect.ratio), log(effect.low), log(effect.high))
        if chance <= rules.significance, abs(ratio) >= least + drift {
            row.verdict = ratio > 0 ? .regressed : .improved
        } else if low > drift - least, high < least - drift {
            row.verdict = .unchanged
        } else if drift > least / 2 {
            row.note = "the floor itself took \(Figure.percent(exp(drift) - 1)) more or less: measure again"
        }
    }

    /// By how much the floors of a time in two runs differ, as the absolute logarithm of their medians' ratio.
    static func drift(_ base: Measured?, _ new: Measured?) -> Double {
        guard case .timed(_, let floors) = base, case .timed(_, let others) = new,
            let (floor, other) = Measured.commonFloor(floors, others), let one = Samples(floor.seconds)?.median,
            let two = Samples(other.seconds)?.median
        else { return 0 }
        return abs(log(two / one))
    }
}

extension MetricSet {
    /// The layers that are other ones in both runs, by the same name.
    static func otherLayers(_ base: MetricSet, _ new: MetricSet) -> [String] {
        base.layers.filter { name, diffID in new.layers[name].map { $0 != diffID } ?? false }.keys.sorted()
    }

    /// What a reader should know before trusting a comparison of the two.
    static func warnings(_ base: MetricSet, _ new: MetricSet, isInterleaved: Bool) -> [String] {
        var warnings = base.warnings.map { "\(base.name): \($0)" }
        warnings += new.warnings.map { "\(new.name): \($0)" }
        let others = otherLayers(base, new)
        if !others.isEmpty {
            warnings.append(
                "not compared, since the two have other layers by these names: \(others.joined(separator: ", "))")
        }
        if !isInterleaved, let one = base.machine, let other = new.machine {
            let isSame =
                (one.processor, one.cores, one.fileSystem) == (other.processor, other.cores, other.fileSystem)
            if !isSame {
                warnings.append(
                    "measured on two machines (\(one.shortName), \(one.fileSystem); \(other.shortName), \(other.fileSystem)): "
                        + "compare sizes; for times, bench --against measures both here")
            }
            if one.buildConfiguration != other.buildConfiguration {
                warnings.append("a \(one.buildConfiguration) build against a \(other.buildConfiguration) one")
            }
        }
        let changed = base.versions.keys.sorted().filter { name in
            new.versions[name].map { $0 != base.versions[name] } ?? false
        }
        if !changed.isEmpty {
            warnings.append("other versions of \(changed.joined(separator: ", ")): figures may differ by those alone")
        }
        return warnings
    }
}
