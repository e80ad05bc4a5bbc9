/// Points in a plane with two logarithmic axes, with the front of those that no other beats in both: smaller to the left,
/// faster to the top.
struct ScatterPlot: Plot {
    struct Point: Sendable {
        var name: String
        var x: Double
        var y: Double
        /// The figures, as tables write them.
        var figure: String
        var series: Int
        /// Whether it may be on the front: it is comparable with the others.
        var isComparable = true
    }

    let title: String
    let summary: String
    let x: String
    let y: String
    let points: [Point]

    private static let (width, height) = (SVGDrawing.usualWidth, 500.0)
    private static let (left, right, top, bottom) = (72.0, 20.0, 16.0, 54.0)

    /// The points for which there is no other that is as small and as fast, and better in one; from small to large.
    var front: [Point] {
        let comparable = points.filter { $0.isComparable && $0.x > 0 && $0.y > 0 }
        return comparable.filter { point in
            !comparable.contains { other in
                other.x <= point.x && other.y >= point.y && (other.x < point.x || other.y > point.y)
            }
        }.sorted { ($0.x, $0.y) < ($1.x, $1.y) }
    }

    var drawing: SVGDrawing {
        let (edge, floor) = (ScatterPlot.width - ScatterPlot.right, ScatterPlot.height - ScatterPlot.bottom)
        var drawing = SVGDrawing(width: ScatterPlot.width, height: ScatterPlot.height)
        let across = LogScale(points.map(\.x), from: ScatterPlot.left + 16, to: edge - 16)
        let up = LogScale(points.map(\.y), from: floor - 14, to: ScatterPlot.top + 14)
        drawing.ticks(of: across, from: ScatterPlot.top, to: floor, name: x)
        for tick in up.ticks {
            let at = up.place(tick)
            drawing.line((ScatterPlot.left, at), (edge, at), style: "grid")
            drawing.text(LogScale.label(tick), ScatterPlot.left - 8, at + 4, .end, style: "tick")
        }
        drawing.text(y, 18, (ScatterPlot.top + floor) / 2, .middle, style: "axis-name", turned: true)
        drawing.line((ScatterPlot.left, floor), (edge, floor), style: "axis")
        drawing.line((ScatterPlot.left, ScatterPlot.top), (ScatterPlot.left, floor), style: "axis")
        let front = front
        // Steps: between two points of the front nobody is both as small as the one and as fast as the other.
        var steps: [(x: Double, y: Double)] = []
        for point in front {
            let place = (x: across.place(point.x), y: up.place(point.y))
            if let last = steps.last { steps.append((place.x, last.y)) }
            steps.append(place)
        }
        drawing.polyline(steps, style: "front")
        let names = Set(front.map(\.name))
        var labels = LabelPlaces(
            within: (ScatterPlot.left + 4, ScatterPlot.top, edge, floor - 4),
            marks: points.map { (across.place($0.x), up.place($0.y)) }, line: steps)
        // Those of the front are placed first: they are what one looks for.
        for point in points.sorted(by: { names.contains($0.name) && !names.contains($1.name) }) {
            let place = (x: across.place(point.x), y: up.place(point.y))
            let isFront = names.contains(point.name)
            drawing.mark(
                PlotStyle.shape(point.series), at: place, size: 6,
                style: (isFront ? "mark" : "hollow") + " s\(point.series)", tip: "\(point.name): \(point.figure)")
            let label = labels.place(point.name, at: place)
            if label.isFar {
                let end = (
                    x: min(max(place.x, label.x), label.x + label.width),
                    y: label.y < place.y ? label.y + 3 : label.y - 10
                )
                drawing.line(place, end, style: "leader")
            }
            drawing.text(point.name, label.x, label.y, style: isFront ? "label front-label" : "label")
        }
        return drawing
    }
}

/// Finds places for names near points, so that none lies on another or on a mark.
struct LabelPlaces {
    private typealias Box = (left: Double, top: Double, right: Double, bottom: Double)
    private let frame: Box
    private var taken: [Box]

    /// - Parameter line: a line of upright and level pieces that no name may lie on.
    init(
        within frame: (Double, Double, Double, Double), marks: [(x: Double, y: Double)], line: [(x: Double, y: Double)]
    ) {
        self.frame = frame
        taken = marks.map { ($0.x - 7, $0.y - 7, $0.x + 7, $0.y + 7) }
        taken += zip(line, line.dropFirst()).map { from, to in
            (min(from.x, to.x), min(from.y, to.y) - 1, max(from.x, to.x), max(from.y, to.y) + 1)
        }
    }

    /// The left end of the name's base line.
    mutating func place(_ name: String, at point: (x: Double, y: Double)) -> (
        x: Double, y: Double, width: Double, isFar: Bool
    ) {
        let width = SVGDrawing.width(of: name)
        var offsets: [(x: Double, y: Double)] = []
        for distance in [0.0, 16, 32, 48, 64, 80] {
            offsets += [
                (10, 4 - distance), (-10 - width, 4 - distance), (-width / 2, -12 - distance),
                (8, -9 - distance), (-8 - width, -9 - distance), (10, 4 + distance), (-10 - width, 4 + distance),
                (-width / 2, 20 + distance),
            ]
        }
        let boxes = offsets.map { offset -> Box in
            let (x, y) = (point.x + offset.x, point.y + offset.y)
            return (x - 2, y - 11, x + width + 2, y + 4)
        }
        let free = boxes.firstIndex { box in
            box.left >= frame.left && box.right <= frame.right && box.top >= frame.top && box.bottom <= frame.bottom
                && !taken.contains { LabelPlaces.overlap($0, box) }
        }
        let choice = free ?? 0
        taken.append(boxes[choice])
        return (boxes[choice].left + 2, boxes[choice].top + 11, width, choice >= 8)
    }

    private static func overlap(_ one: Box, _ other: Box) -> Bool {
        one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom
    }
}
