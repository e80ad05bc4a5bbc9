import Testing

@testable import Harness

@Suite struct PlotTests {
    @Test func axesBeginAndEndWithRoundNumbers() {
        let scale = LogScale([0.196, 841], from: 0, to: 100)
        #expect(scale.bounds == 0.1...1_000)
        #expect(
            scale.ticks.map(LogScale.label)
                == ["0.1", "0.3", "1", "3", "10", "30", "100", "300", "1,000"].filter {
                    scale.ticks.count == 9 || !$0.contains("3")
                })
        #expect(scale.place(0.1) == 0 && abs(scale.place(10) - 50) < 1e-9 && scale.place(1_000) == 100)
        // What is beyond, or has no logarithm, stays on the axis.
        #expect(scale.place(1e9) == 100 && scale.place(0) == 0 && scale.place(-1) == 0)
        #expect(LogScale([], from: 0, to: 1).bounds == 1...10)
        #expect(LogScale([7], from: 0, to: 1).bounds.contains(7))
    }

    @Test(arguments: [(1e-9, 1e12), (1.0, 1.0001), (20.0, 30.0), (0.5, 90_000)])
    func axesHaveSomeTicks(_ least: Double, _ most: Double) {
        let scale = LogScale([least, most], from: 0, to: 700)
        #expect(scale.bounds.contains(least) && scale.bounds.contains(most))
        #expect((2...9).contains(scale.ticks.count), "\(scale.ticks)")
    }

    /// What no double can be divided or multiplied by has a place all the same.
    @Test(arguments: [
        [.leastNonzeroMagnitude], [1e308], [.leastNonzeroMagnitude, 1e308], [.infinity, 1], [-1, 0],
        [.greatestFiniteMagnitude, .leastNormalMagnitude],
    ])
    func anyValuesHaveAnAxis(_ values: [Double]) {
        for isForBars in [false, true] {
            let scale = LogScale(values, from: 0, to: 700, isForBars: isForBars)
            #expect(scale.bounds.lowerBound > 0 && scale.bounds.upperBound.isFinite)
            #expect(scale.ticks.count <= 9 && scale.ticks.map(LogScale.label).allSatisfy { !$0.isEmpty })
            #expect((values + [.nan]).allSatisfy { (0...700).contains(scale.place($0)) })
        }
    }

    @Test func ticksOfManyDigitsHaveAnExponent() {
        #expect(
            [2e-9, 1e-6, 5e12, 1e15, 1e300].map(LogScale.label) == ["2e-9", "0.000001", "5,000 G", "1e15", "1e300"])
    }

    @Test func barsOfNearValuesDoNotLookFarApart() {
        let scale = LogScale([2.55e6, 2.56e6], from: 0, to: 100, isForBars: true)
        #expect(scale.bounds.lowerBound == 1e6)
        #expect(scale.place(2.55e6) > 40 && scale.place(2.56e6) - scale.place(2.55e6) < 1)
    }

    @Test func theFrontIsOfThoseThatNobodyBeats() {
        func point(_ name: String, _ x: Double, _ y: Double, _ isComparable: Bool = true) -> ScatterPlot.Point {
            .init(name: name, x: x, y: y, figure: "", series: 0, isComparable: isComparable)
        }
        let plot = ScatterPlot(
            title: "", summary: "", x: "", y: "",
            points: [
                point("fast", 100, 9), point("beaten", 100, 8), point("small", 1, 1), point("middle", 10, 5),
                point("worse", 11, 5), point("partial", 0.5, 20, false),
            ])
        #expect(plot.front.map(\.name) == ["small", "middle", "fast"])
    }

    @Test func namesLieOnNothing() {
        var places = LabelPlaces(
            within: (0, 0, 700, 400), marks: (0..<8).map { (300 + Double($0) * 6, 200) }, line: [(0, 180), (700, 180)])
        let labels = (0..<8).map { places.place("encoding-\($0)", at: (300 + Double($0) * 6, 200)) }
        for (index, label) in labels.enumerated() {
            #expect(label.x >= 0 && label.x + label.width <= 700 && label.y <= 400)
            #expect(!(label.y - 11 < 180 && label.y + 4 > 180), "on the line")
            for other in labels[(index + 1)...] {
                let apart =
                    label.x + label.width < other.x || other.x + other.width < label.x || abs(label.y - other.y) >= 15
                #expect(apart)
            }
        }
    }

    @Test func aBarIsDrawnLikeThis() {
        let plot = BarPlot(
            title: "T", summary: "S", axis: "bytes",
            bars: [.init(name: "a<b", value: 10, figure: "10", series: 2)], width: 300)
        let svg = plot.drawing.element(identifier: "i", title: plot.title, summary: plot.summary)
        #expect(
            svg.hasPrefix(
                """
                <svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 300 76" width="300" height="76" aria-labelledby="i-title i-description">
                <title id="i-title">T</title>
                <desc id="i-description">S</desc>
                """))
        #expect(svg.contains(#"class="fill s2"><title>a&lt;b: 10</title></rect>"#))
        #expect(svg.contains(#"text-anchor="end" class="name">a&lt;b</text>"#))
        #expect(svg.hasSuffix(#"class="axis"/>"# + "\n</svg>"))
    }
}
