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
            let place = "translate(\(number(Double(index % 2) * width)) \(number(Double(index / 2) * height)))"
            return "<g transform=\"\(place)\">\n\(panel.body)</g>\n"
        }
        return """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(size.0)" height="\(size.1)" viewBox="0 0 \(size.0) \(size.1)" \
            font-family="sans-serif" font-size="12">
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

    private var body: String {
        let points = series.flatMap(\.points)
        let (xs, ys) = (LogLogPlot.decades(points.map(\.x)), LogLogPlot.decades(points.map(\.y)))
        func place(_ value: Double, in range: ClosedRange<Int>) -> Double {
            (log10(value) - Double(range.lowerBound)) / Double(range.upperBound - range.lowerBound)
        }
        func across(_ value: Double) -> Double {
            LogLogPlot.left + place(value, in: xs) * (LogLogPlot.width - LogLogPlot.left - LogLogPlot.right)
        }
        func down(_ value: Double) -> Double {
            let room = LogLogPlot.height - LogLogPlot.top - LogLogPlot.bottom
            return LogLogPlot.top + (1 - place(value, in: ys)) * room
        }
        let (edge, floor) = (LogLogPlot.width - LogLogPlot.right, LogLogPlot.height - LogLogPlot.bottom)
        var lines = [text(title, (LogLogPlot.left + edge) / 2, 20, "middle", "font-weight=\"bold\"")]
        for power in xs {
            let at = across(pow(10, Double(power)))
            lines.append(line((at, LogLogPlot.top), (at, floor), "stroke=\"#ddd\""))
            lines.append(text(LogLogPlot.label(power), at, floor + 18, "middle"))
        }
        for power in ys {
            let at = down(pow(10, Double(power)))
            lines.append(line((LogLogPlot.left, at), (edge, at), "stroke=\"#ddd\""))
            lines.append(text(LogLogPlot.label(power), LogLogPlot.left - 8, at + 4, "end"))
        }
        lines.append(text(x, (LogLogPlot.left + edge) / 2, LogLogPlot.height - 12, "middle"))
        let middle = (LogLogPlot.top + floor) / 2
        lines.append(text(y, 16, middle, "middle", "transform=\"rotate(-90 16 \(LogLogPlot.number(middle)))\""))
        for (index, series) in series.enumerated() {
            let (colour, dashes) = LogLogPlot.styles[index % LogLogPlot.styles.count]
            let stroke =
                "stroke=\"\(colour)\" stroke-width=\"2\"" + (dashes.isEmpty ? "" : " stroke-dasharray=\"\(dashes)\"")
            let path = series.points.map { "\(LogLogPlot.number(across($0.x))),\(LogLogPlot.number(down($0.y)))" }
            lines.append("<polyline points=\"\(path.joined(separator: " "))\" fill=\"none\" \(stroke)/>")
            for point in series.points {
                lines.append(
                    "<circle cx=\"\(LogLogPlot.number(across(point.x)))\" cy=\"\(LogLogPlot.number(down(point.y)))\" r=\"3.5\" "
                        + "fill=\"\(colour)\"/>")
            }
            let at = LogLogPlot.top + 16 + 18 * Double(index)
            lines.append(line((LogLogPlot.left + 12, at - 4), (LogLogPlot.left + 42, at - 4), stroke))
            lines.append(text(series.name, LogLogPlot.left + 50, at, "start"))
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private func text(_ text: String, _ x: Double, _ y: Double, _ anchor: String, _ more: String = "") -> String {
        let plain = text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
        return
            "<text x=\"\(LogLogPlot.number(x))\" y=\"\(LogLogPlot.number(y))\" text-anchor=\"\(anchor)\" \(more)>\(plain)</text>"
    }

    private func line(_ from: (Double, Double), _ to: (Double, Double), _ stroke: String) -> String {
        let ends = [from.0, from.1, to.0, to.1].map(LogLogPlot.number)
        return "<line x1=\"\(ends[0])\" y1=\"\(ends[1])\" x2=\"\(ends[2])\" y2=\"\(ends[3])\" \(stroke)/>"
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

    private static func number(_ value: Double) -> String { Figure.fixed(value, decimals: 1).replacing(",", with: "") }
}
