/// A drawing in the making: shapes in a plane of `width` × `height` units, whose colours are classes of the page's style
/// sheet. All text goes through `Markup`, so that no name can end an element.
struct SVGDrawing: Sendable {
    enum Anchor: String { case start, middle, end }

    /// What tells series apart where colours do not.
    enum Shape: Int, CaseIterable { case circle, square, triangle, diamond, cross, wedge, bar }

    let width: Double
    let height: Double
    private(set) var body = ""

    init(width: Double, height: Double) { (self.width, self.height) = (width, height) }

    mutating func text(
        _ text: String, _ x: Double, _ y: Double, _ anchor: Anchor = .start, style: String = "", turned: Bool = false
    ) {
        let turn = turned ? " transform=\"rotate(-90 \(SVGDrawing.number(x)) \(SVGDrawing.number(y)))\"" : ""
        let place = "x=\"\(SVGDrawing.number(x))\" y=\"\(SVGDrawing.number(y))\""
        body +=
            "<text \(place) text-anchor=\"\(anchor.rawValue)\"\(named(style))\(turn)>\(Markup.escaped(text))</text>\n"
    }

    mutating func line(_ from: (x: Double, y: Double), _ to: (x: Double, y: Double), style: String) {
        let ends = [from.x, from.y, to.x, to.y].map(SVGDrawing.number)
        body += "<line x1=\"\(ends[0])\" y1=\"\(ends[1])\" x2=\"\(ends[2])\" y2=\"\(ends[3])\"\(named(style))/>\n"
    }

    mutating func polyline(_ points: [(x: Double, y: Double)], style: String) {
        let path = points.map { "\(SVGDrawing.number($0.x)),\(SVGDrawing.number($0.y))" }.joined(separator: " ")
        body += "<polyline points=\"\(path)\"\(named(style))/>\n"
    }

    /// A rectangle, with words that show where somebody points at it.
    mutating func rectangle(
        x: Double, y: Double, width: Double, height: Double, style: String, tip: String? = nil
    ) {
        let sides = [x, y, max(width, 0), height].map(SVGDrawing.number)
        let place = "x=\"\(sides[0])\" y=\"\(sides[1])\" width=\"\(sides[2])\" height=\"\(sides[3])\""
        body += "<rect \(place)\(named(style))\(closed("rect", tip))"
    }

    /// A mark of about twice `size` units around a point.
    mutating func mark(
        _ shape: Shape, at point: (x: Double, y: Double), size: Double, style: String, tip: String? = nil
    ) {
        let (x, y) = point
        let corners: [(Double, Double)]
        switch shape {
        case .circle:
            let place = [x, y, size].map(SVGDrawing.number)
            body +=
                "<circle cx=\"\(place[0])\" cy=\"\(place[1])\" r=\"\(place[2])\"\(named(style))\(closed("circle", tip))"
            return
        case .square: corners = [(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)]
        case .triangle: corners = [(0, -1.2), (1.1, 0.8), (-1.1, 0.8)]
        case .wedge: corners = [(0, 1.2), (1.1, -0.8), (-1.1, -0.8)]
        case .diamond: corners = [(0, -1.3), (1.3, 0), (0, 1.3), (-1.3, 0)]
        case .bar: corners = [(-0.45, -1.3), (0.45, -1.3), (0.45, 1.3), (-0.45, 1.3)]
        case .cross:
            corners = [
                (-0.4, -1.2), (0.4, -1.2), (0.4, -0.4), (1.2, -0.4), (1.2, 0.4), (0.4, 0.4), (0.4, 1.2), (-0.4, 1.2),
                (-0.4, 0.4), (-1.2, 0.4), (-1.2, -0.4), (-0.4, -0.4),
            ]
        }
        let path = corners.map { "\(SVGDrawing.number(x + $0.0 * size)),\(SVGDrawing.number(y + $0.1 * size))" }
        body += "<polygon points=\"\(path.joined(separator: " "))\"\(named(style))\(closed("polygon", tip))"
    }

    /// The whole element.
    ///
    /// - Parameters:
    ///   - identifier: unique in its page.
    ///   - title: what it shows; `summary` says it to those who do not see it.
    func element(identifier: String, title: String, summary: String) -> String {
        let size = "viewBox=\"0 0 \(SVGDrawing.number(width)) \(SVGDrawing.number(height))\""
        return """
            <svg xmlns="http://www.w3.org/2000/svg" role="img" \(size) width="\(SVGDrawing.number(width))" \
            height="\(SVGDrawing.number(height))" aria-labelledby="\(identifier)-title \(identifier)-description">
            <title id="\(identifier)-title">\(Markup.escaped(title))</title>
            <desc id="\(identifier)-description">\(Markup.escaped(summary))</desc>
            \(body)</svg>
            """
    }

    private func named(_ style: String) -> String { style.isEmpty ? "" : " class=\"\(style)\"" }

    private func closed(_ name: String, _ tip: String?) -> String {
        tip.map { "><title>\(Markup.escaped($0))</title></\(name)>\n" } ?? "/>\n"
    }

    /// With a tenth, which is less than anybody sees.
    private static func number(_ value: Double) -> String {
        guard abs(value) < 1e9 else { return "0" }
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths) % 10)"
    }

    /// What figures are as wide as, so that their letters have one size.
    static let usualWidth = 860.0

    /// About how wide a text is, in units; in wide fonts, so that it is rarely wider.
    static func width(of text: String, size: Double = 12) -> Double { Double(text.count) * size * 0.62 }
}
