internal import Foundation

/// The straight line that lies closest to some points, by least squares.
public struct LinearFit: Codable, Equatable, Sendable {
    public var slope: Double
    public var intercept: Double
    /// Of the slope; zero where two points leave no doubt about their line.
    public var standardError: Double

    /// The line through these points; nil where there are not two of different x, or one is not finite.
    public init?(_ points: [(x: Double, y: Double)]) {
        let count = Double(points.count)
        guard points.count > 1, points.allSatisfy({ $0.x.isFinite && $0.y.isFinite }) else { return nil }
        let meanX = points.reduce(0) { $0 + $1.x } / count
        let meanY = points.reduce(0) { $0 + $1.y } / count
        let squares = points.reduce(0) { $0 + ($1.x - meanX) * ($1.x - meanX) }
        guard squares > 0 else { return nil }
        let slope = points.reduce(0) { $0 + ($1.x - meanX) * ($1.y - meanY) } / squares
        let intercept = meanY - slope * meanX
        let rest = points.reduce(0) { sum, point in
            let distance = point.y - intercept - slope * point.x
            return sum + distance * distance
        }
        (self.slope, self.intercept) = (slope, intercept)
        standardError = points.count > 2 ? (rest / (count - 2) / squares).squareRoot() : 0
    }

    /// The power with which y grows with x: the slope of the logarithms. Nil where a coordinate is not positive.
    public static func power(_ points: [(x: Double, y: Double)]) -> LinearFit? {
        guard points.allSatisfy({ $0.x > 0 && $0.y > 0 }) else { return nil }
        return LinearFit(points.map { (x: log($0.x), y: log($0.y)) })
    }
}
