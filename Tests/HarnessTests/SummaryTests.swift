import Testing

@testable import Harness

@Suite struct SummaryTests {
    private func rows(_ records: [BenchRecord]) -> [[String]] {
        SummaryTable(.sample(records)).section?.table?.rows ?? []
    }

    @Test func oneLayerNeedsNoSummary() {
        #expect(SummaryTable(.sample([.sample(), .sample("zstd@sidecar")])).section == nil)
    }

    @Test func bytesAreSummedAndRatiosMultiplied() {
        var large = BenchRecord.sample(layer: "large")
        (large.entries, large.recipeBytes) = (9_000, 76_544)
        large.update(.rebuild, .warm) { $0.seconds = [0.01, 0.01, 0.01] }
        var split = BenchRecord.timed("tar-split", rebuild: [0.08, 0.1, 0.04])
        split.recipeBytes = 50_000
        let other = BenchRecord.timed("tar-split", layer: "large", rebuild: [0.08, 0.08, 0.08])
        #expect(
            rows([.sample(), split, large, other]) == [
                ["host", "1,000", "10.0", "50.00", "123.46", "–", "2.00"],
                // tar-split's size is not known here.
                ["large", "9,000", "10.0", "–", "8.50", "–", "8.00"],
                // 200,000 bytes, 10,000 entries; √(2 × 8).
                ["all", "10,000", "20.0", "–", "20.00", "–", "4.00"],
            ])
    }

    @Test func aMeanOfSomeSaysOfHowMany() {
        let split = BenchRecord.timed("tar-split", rebuild: [0.08, 0.1, 0.04])
        let last = rows([.sample(), split, .sample(layer: "large")]).last
        #expect(last?.last == "2.00 of 1")
        // Also where it is a row of ours that failed.
        var failing = BenchRecord.sample(layer: "large")
        failing.error = "ended"
        let other = BenchRecord.timed("tar-split", layer: "large", rebuild: [0.08, 0.1, 0.04])
        #expect(rows([.sample(), split, failing, other]).last?.last == "2.00 of 1")
    }
}

@Suite struct ParetoTests {
    @Test func onlyWhatNothingBeatsIsThere() {
        let records: [EncodingRecord] = [
            .sample("quick", bytes: 1_000, encode: 1, decode: 1), .sample("small", bytes: 10, encode: 9, decode: 2),
            // Larger than small, slower than quick in one, and better than both in nothing.
            .sample("neither", bytes: 1_000, encode: 1, decode: 1.5),
            .sample("between", bytes: 500, encode: 2, decode: 1.5),
        ]
        #expect(ParetoSet.encodings(of: records) == ["quick", "small", "between"])
    }

    @Test func sumsDecideAndEveryLayerCounts() {
        let records: [EncodingRecord] = [
            .sample("a", layer: "x", bytes: 10, encode: 1, decode: 1),
            .sample("a", layer: "y", bytes: 100, encode: 1, decode: 1),
            .sample("b", layer: "x", bytes: 20, encode: 1, decode: 1),
            .sample("b", layer: "y", bytes: 20, encode: 1, decode: 1),
            .sample("partial", layer: "x", bytes: 1, encode: 0.1, decode: 0.1),
        ]
        #expect(ParetoSet.encodings(of: records) == ["b"])
        var failing = records
        failing[2].outcome = .cannot
        #expect(ParetoSet.encodings(of: failing) == ["a"])
    }

    @Test func equalsStayBoth() {
        let records: [EncodingRecord] = [
            .sample("a", bytes: 10, encode: 1, decode: 1), .sample("b", bytes: 10, encode: 1, decode: 1),
        ]
        #expect(ParetoSet.encodings(of: records) == ["a", "b"])
    }

    @Test func theTableSumsOverLayers() throws {
        var results = BenchResults.sample([])
        results.encodings = [
            .sample("raw", layer: "x", bytes: 2_000, encode: 0.1, decode: 0.02),
            .sample("raw", layer: "y", bytes: 4_000, encode: 0.1, decode: 0.02),
        ]
        var failing = EncodingRecord.sample("tarsplit", layer: "x", bytes: 500, encode: 0.1, decode: 0.1)
        results.encodings.append(failing)
        (failing.layer, failing.outcome, failing.error) = ("y", .cannot, "it is sparse")
        results.encodings.append(failing)
        let sections = EncodingTable(results).sections
        #expect(
            sections[0].table?.rows == [
                ["raw", "2 of 2", "6,000", "3.00", "10,000", "50,000"],
                ["tarsplit", "1 of 2", "500", "0.500", "10,000", "10,000"],
            ])
        #expect(
            sections[1].table?.rows == [
                ["x", "1,000", "2.00", "0.500"], ["y", "1,000", "4.00", "cannot"], ["all", "2,000", "3.00", "–"],
            ])
        #expect(sections[0].notes.last == "tarsplit on y: cannot: it is sparse")
        #expect(sections[0].notes.contains { $0.hasSuffix(": raw") })
    }
}
