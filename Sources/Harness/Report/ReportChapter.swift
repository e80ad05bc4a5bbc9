/// A part of a report about one thing: the order and the division of all its renderings.
struct ReportChapter {
    /// Unique in a report, of lower-case letters and hyphens: a page's address and the name of its anchor.
    var identifier: String
    var title: String
    /// What the figures show and how to read them, in a sentence or two.
    var lead = ""
    /// What somebody chooses one of: the word for the sections' `option`, such as `Layer`.
    var choice = ""
    var sections: [BenchReport.Section]
}

extension Samples {
    /// The 95 % bootstrap interval of the median.
    var medianInterval: ClosedRange<Double>? {
        Samples(values.map { _ in 1 }).flatMap { PairedRatio(of: self, to: $0) }?.interval
    }
}

extension Sequence where Element: Hashable {
    /// Each element once, in the order of first appearance.
    var distinct: [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
