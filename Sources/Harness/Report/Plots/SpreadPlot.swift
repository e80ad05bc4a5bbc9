/// Rows of samples on a logarithmic axis: every sample as a dot, the median as a mark, its interval as a line; a target
/// where a row has one.
struct SpreadPlot: Plot {
    struct Row: Sendable {
        var name: String
        /// A second line below the name, in smaller letters.
        var detail: String?
        var samples: [Double]
        var median: Double
        /// Whether the 95 % interval of the median is drawn. It is found when it is drawn: it takes a thousand resamples, and
        /// most renderings have no drawings.
        var hasInterval = false
        /// The median, as its table writes it.
        var figure: String
        var series: Int
        /// What the median ought to reach, or stay below.
        var target: Double?
    }

    let title: String
    let summary: String
    let axis: String
    let rows: [Row]
    /// A value that divides the axis, such as 1 for ratios.
    var divide: Double?
    var width = SVGDrawing.usualWidth

    private static let top = 8.0
    private var rowHeight: Double { rows.contains { $0.detail != nil } ? 36 : 26 }

    var drawing: SVGDrawing {
        let names =
            rows.map { max(SVGDrawing.width(of: $0.name), SVGDrawing.width(of: $0.detail ?? "", size: 11)) }
            .max() ?? 0
        let left = min(max(names + 14, 60), width * 0.48)
        let right = width - (rows.map { SVGDrawing.width(of: $0.figure) }.max() ?? 0) - 14
        let floor = SpreadPlot.top + Double(rows.count) * rowHeight
        var drawing = SVGDrawing(width: width, height: floor + 44)
        let values =
            rows.flatMap { $0.samples + [$0.median] + ($0.target.map { [$0] } ?? []) } + (divide.map { [$0] } ?? [])
        let scale = LogScale(values, from: left + 8, to: right - 8)
        drawing.ticks(of: scale, from: SpreadPlot.top, to: floor, name: axis)
        if let divide {
            let x = scale.place(divide)
            drawing.line((x, SpreadPlot.top), (x, floor), style: "divide")
        }
        for (index, row) in rows.enumerated() { draw(row, at: index, scale, left, into: &drawing) }
        drawing.line((left, SpreadPlot.top), (left, floor), style: "axis")
        return drawing
    }

    private func draw(_ row: Row, at index: Int, _ scale: LogScale, _ left: Double, into drawing: inout SVGDrawing) {
        let middle = SpreadPlot.top + (Double(index) + 0.5) * rowHeight
        if index % 2 == 1 {
            drawing.rectangle(
                x: left, y: middle - rowHeight / 2, width: scale.span.to + 8 - left,
                height: rowHeight, style: "stripe")
        }
        let line = row.detail == nil ? middle + 4 : middle - 3
        drawing.text(SVGDrawing.shortened(row.name, to: left - 14), left - 8, line, .end, style: "name")
        if let detail = row.detail {
            let room = (left - 14) * 12 / 11
            drawing.text(SVGDrawing.shortened(detail, to: room), left - 8, middle + 11, .end, style: "tick")
        }
        if let target = row.target {
            let x = scale.place(target)
            drawing.line((x, middle - 11), (x, middle + 11), style: "target")
        }
        for sample in row.samples {
            drawing.mark(.circle, at: (scale.place(sample), middle), size: 2.6, style: "dot s\(row.series)")
        }
        if row.hasInterval, let interval = Samples(row.samples)?.medianInterval {
            let (low, high) = (scale.place(interval.lowerBound), scale.place(interval.upperBound))
            drawing.line((low, middle), (high, middle), style: "interval s\(row.series)")
            for end in [low, high] {
                drawing.line((end, middle - 4), (end, middle + 4), style: "interval s\(row.series)")
            }
        }
        drawing.mark(
            PlotStyle.shape(row.series), at: (scale.place(row.median), middle), size: 5, style: "mark s\(row.series)",
            tip: "\(row.name): \(row.figure)")
        drawing.text(row.figure, width - 4, middle + 4, .end, style: "figure")
    }
}
