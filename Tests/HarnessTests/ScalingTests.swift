import Foundation
import Tar
import TestSupport
import Testing

@testable import Harness
import Processes

@Suite struct LinearFitTests {
    @Test func aLineIsFound() throws {
        let fit = try #require(LinearFit([(x: 1, y: 5), (x: 2, y: 7), (x: 4, y: 11)]))
        #expect(abs(fit.slope - 2) < 1e-12 && abs(fit.intercept - 3) < 1e-12 && fit.standardError < 1e-9)
    }

    @Test func theErrorIsThatOfTheTextbook() throws {
        // Residuals -1/6, 1/3, -1/6 around 1/6 + x/2: √(1/6 ÷ 1 ÷ 2).
        let fit = try #require(LinearFit([(x: 0, y: 0), (x: 1, y: 1), (x: 2, y: 1)]))
        #expect(abs(fit.slope - 0.5) < 1e-12)
        #expect(abs(fit.standardError - (1.0 / 12).squareRoot()) < 1e-12)
    }

    @Test func thereHasToBeALine() {
        #expect(LinearFit([(x: 1, y: 1)]) == nil)
        #expect(LinearFit([(x: 1, y: 1), (x: 1, y: 2)]) == nil)
        #expect(LinearFit([(x: 1, y: .nan), (x: 2, y: 2)]) == nil)
        #expect(LinearFit([(x: 1, y: 1), (x: 2, y: 2)])?.standardError == 0)
        #expect(LinearFit.power([(x: 1, y: 0), (x: 2, y: 2)]) == nil)
    }

    @Test func powersAreFound() throws {
        let fit = try #require(LinearFit.power([(x: 1, y: 3), (x: 10, y: 300), (x: 100, y: 30_000)]))
        #expect(abs(fit.slope - 2) < 1e-12)
    }
}

@Suite struct ScalingCurveTests {
    private func complaints(_ grow: (Double) -> Double) -> [String] {
        ScalingCurve([1e3, 1e4, 1e5, 1e6].map { .init(x: $0, y: grow($0)) }, unit: "entries").complaints
    }

    @Test func whatIsLinearOrLinearithmicIsWell() {
        #expect(complaints { 1e-5 * $0 }.isEmpty)
        #expect(complaints { 0.03 + 1e-5 * $0 }.isEmpty)
        #expect(complaints { 1e-6 * $0 * log($0) }.isEmpty)
        #expect(complaints { _ in 1 }.isEmpty)
    }

    @Test func whatIsQuadraticIsNot() {
        let found = complaints { 1e-9 * $0 * $0 }
        #expect(found.count == 4)
        #expect(found[0].hasPrefix("a cliff between 1,000 and 10,000 entries: it grows with the power 2.00"))
        #expect(found[3].hasPrefix("it grows with the power 2.00 ± 0.00, faster than n log n (1.10)"))
    }

    @Test func aCliffIsFoundThoughTheWholeIsFlat() {
        // What fits a cache until it does not.
        let found = complaints { $0 < 1e6 ? 1e-5 * $0 : 5e-5 * $0 }
        #expect(found.count == 1)
        #expect(found[0].hasPrefix("a cliff between 100,000 and 1,000,000 entries"))
    }

    @Test func theLimitIsThatOfNLogN() {
        let (from, to) = (1e3, 1e5)
        let power = log((to * log(to)) / (from * log(from))) / log(to / from)
        #expect(abs(ScalingCurve.linearithmicPower(from: from, to: to) - power) < 1e-12)
    }
}

@Suite struct ScalingReportTests {
    private func record(files: Int?, entries: Int, bytes: UInt64, seconds: Double, peak: UInt64) -> ScalingRecord {
        var record = ScalingRecord(name: "\(entries) of \(bytes)", files: files, entries: entries, bytes: bytes)
        for measurement in [\ScalingRecord.importing, \.rebuild] {
            record[keyPath: measurement].seconds = [seconds, seconds * 1.1, seconds * 0.9]
            record[keyPath: measurement].add(PeakMemory(bytes: peak, isUpperBound: false))
        }
        return record
    }

    private func results(_ seconds: [Double], peaks: [UInt64] = [40 << 20, 41 << 20, 50 << 20]) -> ScalingResults {
        let files = zip([1_000, 10_000, 100_000], zip(seconds, peaks)).map { count, pair in
            record(files: count, entries: count, bytes: UInt64(count) * 2_500, seconds: pair.0, peak: pair.1)
        }
        let ones = [UInt64(1_000_000), 10_000_000].map {
            record(files: nil, entries: 3, bytes: $0, seconds: Double($0) / 1e8, peak: 40 << 20)
        }
        return ScalingResults(
            date: "2024-02-03T04:05:06Z", command: "layerlab measure scaling", machine: .sample, settings: .init(),
            loadAverageAtStart: 0.1, records: files + ones)
    }

    @Test func aGoodRunSaysSo() throws {
        let results = results([0.1, 1, 10])
        #expect(!results.hasComplaints)
        #expect(
            results.curves.map { "\($0.operation.rawValue) \($0.over)" } == [
                "import entries", "rebuild entries", "import bytes", "rebuild bytes",
            ])
        #expect(ScalingReport(results).text.contains("import over entries   1.00 ± 0.00"))
        #expect(ScalingReport(results).text.contains("nothing grows faster than n log n, there is no cliff"))
        let names = try results.files().map(\.name)
        #expect(names == ["scaling.json", "scaling.svg", "scaling.md"])
    }

    @Test func aCliffAndTooMuchMemoryAreTold() {
        let slow = results([0.1, 1, 50])
        #expect(slow.hasComplaints)
        #expect(ScalingReport(slow).text.contains("import over entries: a cliff between 10,000 and 100,000 entries"))
        let large = results([0.1, 1, 10], peaks: [40 << 20, 41 << 20, 200 << 20])
        #expect(large.hasComplaints && ScalingReport(large).text.contains("takes 200 MiB: more than 64 MiB"))
    }

    @Test func thePlotHasItsAxesAndCurves() {
        let plot = ScalingReport(results([0.1, 1, 10])).plot
        #expect(plot.hasPrefix("<svg xmlns=") && plot.hasSuffix("</svg>\n"))
        #expect(plot.ranges(of: "<polyline").count == 8)
        for word in ["time over entries", "seconds, lowest", "MiB", "tar entries (files of 0–4 KiB)", ">10⁵<", ">0.1<"]
        {
            #expect(plot.contains(word), "\(word)")
        }
        #expect(!plot.contains("–\"") && !plot.contains("nan"))
        #expect(LogLogPlot.decades([0.03, 40]) == -2...2 && LogLogPlot.decades([1_000, 100_000]) == 3...5)
        #expect(LogLogPlot.decades([5]) == 0...1 && LogLogPlot.decades([]) == 0...1)
    }
}

@Suite struct GeneratedLayerTests {
    @Test(arguments: [GeneratedLayer.Content.smallFiles(250), .oneFile(bytes: 1_234_567)])
    func itIsATarWithSoManyEntriesAndAlwaysTheSame(_ content: GeneratedLayer.Content) throws {
        try withScratchDirectory { directory in
            let layer = GeneratedLayer(content)
            let (first, second) = (directory + "/a", directory + "/b")
            #expect(try layer.write(to: first) == layer.write(to: second))
            let data = try #require(FileManager.default.contents(atPath: first))
            #expect(data == FileManager.default.contents(atPath: second))
            #expect(data.count % 512 == 0)
            var splitter = Splitter()
            var sink = RecordingSink()
            try splitter.consume(Array(data)[...], into: &sink)
            try splitter.finish(into: &sink)
            #expect(sink.entries.count == layer.entries && sink.findings.isEmpty)
        }
    }
}
