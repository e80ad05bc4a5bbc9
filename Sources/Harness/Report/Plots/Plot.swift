internal import Strategies

/// A figure of a report: what it shows, what somebody hears who does not see it, and its drawing. The numbers stand in a
/// table of the same section.
protocol Plot: Sendable {
    var title: String { get }
    /// The message in a sentence, with the figures that matter.
    var summary: String { get }
    var drawing: SVGDrawing { get }
}

/// Colours and shapes of series: the same encoding looks the same in all figures of all reports.
enum PlotStyle {
    static let count = 7

    /// The series of an encoding's family, `raw` of `raw+zstd:19`: its place in the catalogue.
    static func series(ofEncoding name: String) -> Int {
        let family = name.prefix { !":+@".contains($0) }
        let families = Catalogue.encodings.map { $0.name }
        return (families.firstIndex { $0 == family } ?? count - 1) % count
    }

    /// The series of rows by their role.
    static func series(of role: BenchRecord.Role) -> Int {
        switch role {
        case .strategy: 0
        case .peer: 1
        case .floor: 5
        }
    }

    static func shape(_ series: Int) -> SVGDrawing.Shape { SVGDrawing.Shape.allCases[series % count] }
}
