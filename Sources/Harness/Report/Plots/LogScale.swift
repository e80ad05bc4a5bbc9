internal import Foundation

/// A logarithmic axis: where a value lies, and which values get a tick.
struct LogScale: Sendable {
    let bounds: ClosedRange<Double>
    /// Where the bounds lie in a drawing; the first may be the greater, for axes that go up.
    let span: (from: Double, to: Double)

    /// An axis that holds all positive values, from one round number to another.
    ///
    /// - Parameters:
    ///   - values: what it has to hold; an axis of nothing goes from 1 to 10.
    ///   - isForBars: whether it begins at a power of ten well below, so that the least of them has a length, and near
    ///     ones do not look far apart.
    init(_ values: [Double], from: Double, to: Double, isForBars: Bool = false) {
        let positive = values.filter { $0 > 0 && $0.isFinite }.map(LogScale.clamped)
        let (least, most) = (positive.min() ?? 1, positive.max() ?? 10)
        var low = LogScale.round(least, up: false)
        var high = LogScale.round(most, up: true)
        if isForBars { low = pow(10, log10(least / 1.5).rounded(.down)) }
        if high / low < 2 { (low, high) = (LogScale.round(low * 0.7, up: false), LogScale.round(high * 1.4, up: true)) }
        bounds = low...high
        span = (from, to)
    }

    func place(_ value: Double) -> Double {
        guard value > 0 else { return span.from }
        let share =
            (log10(LogScale.clamped(value)) - log10(bounds.lowerBound))
            / (log10(bounds.upperBound) - log10(bounds.lowerBound))
        return span.from + min(max(share, 0), 1) * (span.to - span.from)
    }

    /// Powers of ten where there are many; else also their doubles and halves. Eight at most.
    var ticks: [Double] {
        let powers = Int(log10(bounds.lowerBound).rounded(.down))...Int(log10(bounds.upperBound).rounded(.up))
        func within(_ digits: [Double]) -> [Double] {
            powers.flatMap { power in digits.map { $0 * pow(10, Double(power)) } }
                .filter { $0 >= bounds.lowerBound * 0.999 && $0 <= bounds.upperBound * 1.001 }
        }
        if let few = [within([1, 2, 5]), within([1, 3]), within([1])].first(where: { $0.count <= 8 }) { return few }
        let every = powers.count / 8 + 1
        return within([1]).enumerated().filter { $0.offset % every == 0 }.map(\.element)
    }

    /// Beyond these, powers of ten have no digits left, or no room above them.
    private static func clamped(_ value: Double) -> Double { min(max(value, 1e-300), 1e300) }

    /// The next of 1, 2, 5 × a power of ten.
    private static func round(_ value: Double, up: Bool) -> Double {
        let power = pow(10, log10(value).rounded(.down))
        let digits: [Double] = [1, 2, 5, 10]
        let fits = up ? digits.first { $0 * power >= value * 0.9999 } : digits.last { $0 * power <= value * 1.0001 }
        return (fits ?? (up ? 10 : 1)) * power
    }

    /// A tick's words: `0.05`, `200`, `20 k`, `5 M`, and with an exponent what has too many digits: `2e-9`.
    static func label(_ value: Double) -> String {
        guard value >= 0.9e-6, value < 1e15 else {
            let power = log10(value * 1.0001).rounded(.down)
            return "\(Figure.fixed(value / pow(10, power), decimals: 0))e\(Figure.fixed(power, decimals: 0))"
        }
        for (unit, name) in [(1e9, " G"), (1e6, " M"), (1e4, " k")] where value >= unit * 0.999 {
            return Figure.fixed(value / (unit == 1e4 ? 1e3 : unit), decimals: 0) + name
        }
        let decimals = value >= 0.999 ? 0 : Int((-log10(value) - 0.0001).rounded(.up))
        return Figure.fixed(value, decimals: max(decimals, 0))
    }
}
