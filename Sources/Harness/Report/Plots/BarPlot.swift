/// Horizontal bars on a logarithmic axis, each with its name before it and its figure behind it.
struct BarPlot: Plot {
    struct Bar: Sendable {
        var name: String
        /// Greater than zero; others have no bar, and say so by their figure.
        var value: Double
        var figure: String
        var series: Int
    }

    let title: String
    let summary: String
    let axis: String
    let bars: [Bar]
    var width = SVGDrawing.usualWidth

    private static let rowHeight = 24.0
    private static let top = 8.0

    var drawing: SVGDrawing {
        let names = bars.map { SVGDrawing.width(of: $0.name) }.max() ?? 0
        let left = min(max(names + 14, 60), width * 0.42)
        let figures = (bars.map { SVGDrawing.width(of: $0.figure) }.max() ?? 0) + 12
        let floor = BarPlot.top + Double(bars.count) * BarPlot.rowHeight
        var drawing = SVGDrawing(width: width, height: floor + 44)
        let scale = LogScale(bars.map(\.value), from: left, to: width - figures, isForBars: true)
        drawing.ticks(of: scale, from: BarPlot.top, to: floor, name: axis)
        for (index, bar) in bars.enumerated() {
            let y = BarPlot.top + Double(index) * BarPlot.rowHeight
            drawing.text(SVGDrawing.shortened(bar.name, to: left - 14), left - 8, y + 16, .end, style: "name")
            let end = bar.value > 0 ? max(scale.place(bar.value), left + 2) : left
            drawing.rectangle(
                x: left, y: y + 4, width: end - left, height: BarPlot.rowHeight - 8, style: "fill s\(bar.series)",
                tip: "\(bar.name): \(bar.figure)")
            drawing.text(bar.figure, end + 6, y + 16, style: "figure")
        }
        drawing.line((left, BarPlot.top), (left, floor), style: "axis")
        return drawing
    }
}

extension SVGDrawing {
    /// Grid lines of an axis that goes to the right, with their labels and its name below.
    mutating func ticks(of scale: LogScale, from top: Double, to floor: Double, name: String) {
        for tick in scale.ticks {
            let x = scale.place(tick)
            line((x, top), (x, floor), style: "grid")
            text(LogScale.label(tick), x, floor + 16, .middle, style: "tick")
        }
        text(name, (scale.span.from + scale.span.to) / 2, floor + 36, .middle, style: "axis-name")
    }

    /// A text that is at most so wide, its end cut off.
    static func shortened(_ text: String, to width: Double) -> String {
        let room = Int(width / SVGDrawing.width(of: "x"))
        return text.count <= room ? text : text.prefix(max(room - 1, 1)) + "…"
    }
}
