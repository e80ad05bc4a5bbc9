internal import Foundation

/// A plot with logarithmic axes, as SVG.
struct LogLogPlot {
    struct Series {
        var name: String
        var points: [(x: Double, y: Double)]

        init(_ name: String, _ points: [(x: Double, y: Double)]) {
            self.name = name
            // What is not positive has no logarithm.
            self.points = points.filter { $0.x > 0 && $0.y > 0 }
        }
    }

    private static let (width, height) = (480.0, 320.0)
    private static let (left, right, top, bottom) = (70.0, 20.0, 34.0, 52.0)
    /// Told apart without colour by their dashes, too.
    private static let styles = [("#1f5fa8", ""), ("#c2410c", "6 4"), ("#3f7d20", "2 3")]

    let title: String
    let x: String
    let y: String
    let series: [Series]

    init(title: String, x: String, y: String, _ series: [Series]) {
        (self.title, self.x, self.y, self.series) = (title, x, y, series)
    }

    /// Two panels in a line.
    static func page(_ panels: [LogLogPlot]) -> String {
        let lines = (panels.count + 1) / 2
        let size = (Int(width * 2), Int(height) * max(lines, 1))
        let bodies = panels.enumerated().map { index, panel in
            let place = "translate(\(Int(width) * (index % 2)) \(Int(height) * (index / 2)))"
            return "<g transform=\"\(place)\">\n\(panel.drawing.body)</g>\n"
        }
        // A file of its own has no page whose style sheet it could share.
        let colours = styles.enumerated().map { index, style in
            let (colour, dashes) = style
            let dash = dashes.isEmpty ? "" : " stroke-dasharray: \(dashes);"
            return "polyline.s\(index), line.s\(index) { stroke: \(colour); stroke-width: 2; fill: none;\(dash) } "
                + "circle.s\(index) { fill: \(colour) }\n"
        }
        return """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(size.0)" height="\(size.1)" viewBox="0 0 \(size.0) \(size.1)" \
            font-family="sans-serif" font-size="12">
            <style>
            .title { font-weight: bold } .grid { stroke: #ddd }
            \(colours.joined())</style>
            <rect width="100%" height="100%" fill="white"/>
            \(bodies.joined())</svg>

            """
    }

    /// Whole powers of ten around the values: 0.03 … 40 is -2 … 2.
    static func decades(_ values: [Double]) -> ClosedRange<Int> {
        guard let least = values.min(), let most = values.max() else { return 0...1 }
        // A value that is a power of ten itself must not be taken for a little more.
        let low = Int(floor(log10(least) + 1e-9))
        return low...max(Int(ceil(log10(most) - 1e-9)), low + 1)
    }

    private var drawing: SVGDrawing {
        let points = series.flatMap(\.points)
        let (xs, ys) = (LogLogPlot.decades(points.map(\.x)), LogLogPlot.decades(points.map(\.y)))
        func place(_ value: Double, in range: ClosedRange<Int>) -> Double {
            (log10(value) - Double(range.lowerBound)) / Double(range.upperBound - range.lowerBound)
        }
        let (left, top) = (LogLogPlot.left, LogLogPlot.top)
        let (edge, floor) = (LogLogPlot.width - LogLogPlot.right, LogLogPlot.height - LogLogPlot.bottom)
        func across(_ value: Double) -> Double { left + place(value, in: xs) * (edge - left) }
        func down(_ value: Double) -> Double { top + (1 - place(value, in: ys)) * (floor - top) }
        var drawing = SVGDrawing(width: LogLogPlot.width, height: LogLogPlot.height)
        drawing.text(title, (left + edge) / 2, 20, .middle, style: "title")
        for power in xs {
            let at = across(pow(10, Double(power)))
            drawing.line((at, top), (at, floor), style: "grid")
            drawing.text(LogLogPlot.label(power), at, floor + 18, .middle)
        }
        for power in ys {
            let at = down(pow(10, Double(power)))
            drawing.line((left, at), (edge, at), style: "grid")
            drawing.text(LogLogPlot.label(power), left - 8, at + 4, .end)
        }
        drawing.text(x, (left + edge) / 2, LogLogPlot.height - 12, .middle)
        drawing.text(y, 16, (top + floor) / 2, .middle, turned: true)
        for (index, series) in series.enumerated() {
            let style = "s\(index % LogLogPlot.styles.count)"
            let points = series.points.map { (x: across($0.x), y: down($0.y)) }
            drawing.polyline(points, style: style)
            for point in points { drawing.mark(.circle, at: point, size: 3.5, style: style) }
            let at = top + 16 + 18 * Double(index)
            drawing.line((left + 12, at - 4), (left + 42, at - 4), style: style)
            drawing.text(series.name, left + 50, at)
        }
        return drawing
    }

    /// 0.01 … 1,000 as they are, others as powers.
    private static func label(_ power: Int) -> String {
        switch power {
        case 0...4: Figure.count(Int(pow(10, Double(power))))
        case -3..<0: Figure.fixed(pow(10, Double(power)), decimals: -power)
        default: "10" + String(power).map { superscripts[$0] ?? "" }.joined()
        }
    }

    private static let superscripts: [Character: String] = [
        "-": "⁻", "0": "⁰", "1": "¹", "2": "²", "3": "³", "4": "⁴", "5": "⁵", "6": "⁶", "7": "⁷", "8": "⁸", "9": "⁹",
    ]
}
