/// Bars of equal length, divided into shares, each with its parts in words below it.
struct SharePlot: Plot {
    struct Part: Sendable {
        var name: String
        var value: Double
    }

    struct Bar: Sendable {
        var name: String
        /// The whole, as its table writes it.
        var figure: String
        /// In the order in which they are drawn.
        var parts: [Part]
    }

    let title: String
    let summary: String
    let bars: [Bar]
    var width = SVGDrawing.usualWidth

    private static let rowHeight = 52.0
    private static let top = 4.0
    /// Smaller shares are drawn as one.
    private static let smallest = 0.02

    var drawing: SVGDrawing {
        let left = min(max((bars.map { SVGDrawing.width(of: $0.name) }.max() ?? 0) + 14, 60), width * 0.36)
        let right = width - (bars.map { SVGDrawing.width(of: $0.figure) }.max() ?? 0) - 14
        var drawing = SVGDrawing(width: width, height: SharePlot.top + Double(bars.count) * SharePlot.rowHeight + 4)
        for (index, bar) in bars.enumerated() {
            let y = SharePlot.top + Double(index) * SharePlot.rowHeight
            drawing.text(SVGDrawing.shortened(bar.name, to: left - 14), left - 8, y + 18, .end, style: "name")
            drawing.text(bar.figure, width - 4, y + 18, .end, style: "figure")
            let parts = SharePlot.merged(bar.parts)
            let whole = parts.reduce(0) { $0 + $1.value }
            guard whole > 0 else { continue }
            var x = left
            for (place, part) in parts.enumerated() {
                let span = part.value / whole * (right - left)
                let words = "\(part.name) \(Figure.percent(part.value / whole))"
                // Neighbours differ in pattern, too.
                let style = "share p\(place % 6)" + (place % 2 == 1 ? " hatched" : "")
                drawing.rectangle(
                    x: x, y: y + 3, width: span - 1, height: 22, style: style, tip: "\(bar.name): \(words)")
                if place % 2 == 1 { drawing.hatching(x: x, y: y + 3, width: span - 1, height: 22) }
                if SVGDrawing.width(of: part.name, size: 11) < span - 10 {
                    drawing.text(part.name, x + 5, y + 18, style: "inside")
                }
                x += span
            }
            let words = parts.map { "\($0.name) \(Figure.percent($0.value / whole))" }
            drawing.text(SharePlot.line(words, width: width - left), left, y + 40, style: "tick")
        }
        return drawing
    }

    /// As many of the words as there is room for, one by one.
    private static func line(_ words: [String], width: Double) -> String {
        var line = ""
        for word in words {
            let longer = line.isEmpty ? word : "\(line) · \(word)"
            guard SVGDrawing.width(of: longer + " …", size: 11) < width else { return "\(line) …" }
            line = longer
        }
        return line
    }

    /// The greatest first; what is too small to see is put together.
    private static func merged(_ parts: [Part]) -> [Part] {
        let whole = parts.reduce(0) { $0 + $1.value }
        let sorted = parts.filter { $0.value > 0 }.sorted { $0.value > $1.value }
        let large = sorted.filter { $0.value >= whole * smallest }
        let rest = sorted.dropFirst(large.count)
        guard rest.count > 1 else { return sorted }
        return large + [Part(name: "\(rest.count) others", value: rest.reduce(0) { $0 + $1.value })]
    }
}

extension SVGDrawing {
    /// Oblique lines over a rectangle: a pattern that needs no definitions.
    mutating func hatching(x: Double, y: Double, width: Double, height: Double) {
        var at = x + 6
        while at < x + width {
            // Cut where the rectangle ends.
            let foot = max(at - height, x)
            line((at, y), (foot, y + (at - foot)), style: "hatch")
            at += 9
        }
    }
}
