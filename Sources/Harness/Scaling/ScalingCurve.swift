internal import Foundation

/// How one quantity grows with the size of a layer, and whether that is no worse than n log n.
public struct ScalingCurve: Codable, Equatable, Sendable {
    public struct Point: Codable, Equatable, Sendable {
        public var x: Double
        public var y: Double

        public init(x: Double, y: Double) { (self.x, self.y) = (x, y) }
    }

    /// From one point to the next.
    public struct Step: Codable, Equatable, Sendable {
        public var from: Double
        public var to: Double
        /// The power with which y grows between the two.
        public var power: Double
        /// The most that it may be: that of n log n, and some more for noise.
        public var limit: Double
    }

    /// What a step may have beyond n log n before it is a cliff: some 40 % over a factor of ten. Medians of three on a busy
    /// machine are that far apart before anything is wrong with a program, and what is quadratic has 1.
    static let noise = 0.15

    public var points: [Point]
    /// The power over all points; nil where there are not two.
    public var fit: LinearFit?
    public var steps: [Step]
    /// What is wrong; empty where nothing is.
    public var complaints: [String]

    /// - Parameter points: with growing, positive x.
    public init(_ points: [Point], unit: String) {
        self.points = points
        fit = LinearFit.power(points.map { (x: $0.x, y: $0.y) })
        steps = zip(points, points.dropFirst()).map { first, second in
            Step(
                from: first.x, to: second.x, power: log(second.y / first.y) / log(second.x / first.x),
                limit: ScalingCurve.linearithmicPower(from: first.x, to: second.x) + ScalingCurve.noise)
        }
        complaints = steps.filter { $0.power > $0.limit }.map { step in
            "a cliff between \(Figure.count(Int(step.from))) and \(Figure.count(Int(step.to))) \(unit): it grows with the power "
                + "\(Figure.fixed(step.power, decimals: 2)), and \(Figure.fixed(step.limit, decimals: 2)) would do"
        }
        guard let fit, let first = points.first, let last = points.last else { return }
        let limit = ScalingCurve.linearithmicPower(from: first.x, to: last.x)
        if fit.slope - 2 * fit.standardError > limit {
            complaints.append(
                "it grows with the power \(Figure.fixed(fit.slope, decimals: 2)) ± \(Figure.fixed(fit.standardError, decimals: 2)), "
                    + "faster than n log n (\(Figure.fixed(limit, decimals: 2)))")
        }
    }

    /// The power with which n log n grows between two sizes: a little more than 1, and less the larger they are.
    static func linearithmicPower(from: Double, to: Double) -> Double {
        guard from > 1, to > from else { return 1 }
        return 1 + log(log(to) / log(from)) / log(to / from)
    }
}
