import Strategies
import Testing

@testable import Harness
import Processes

@Suite struct SpeedRowTests {
    private let rows = SpeedRows(strategy: .standard).all

    @Test func everyRowHasANameOfItsOwn() {
        #expect(Set(rows.map(\.identifier)).count == rows.count)
        #expect(rows.count == 19)
        // Where both sides were one process, a ratio would be 1 whatever happens.
        #expect(rows.allSatisfy { $0.theirs != $0.ours })
    }

    @Test func layersAreOfOneKind() {
        #expect(SpeedRow.Layers.smallFiles.includes(bytes: 20_000_000, entries: 1_000))
        #expect(!SpeedRow.Layers.bigFiles.includes(bytes: 20_000_000, entries: 1_000))
        #expect(SpeedRow.Layers.bigFiles.includes(bytes: 1 << 30, entries: 1))
        #expect(SpeedRow.Layers.all.includes(bytes: 0, entries: 0))
    }

    @Test func theMemoryLimitGrowsWithTheEntries() {
        #expect(SpeedRow.memoryLimit(entries: 0) == 67_108_864)
        #expect(SpeedRow.memoryLimit(entries: 1_000) == 67_108_864 + 512_000)
    }
}

@Suite struct SpeedComparisonTests {
    private func row(_ identifier: String) throws -> SpeedRow {
        try #require(SpeedRows(strategy: .standard).all.first { $0.identifier == identifier })
    }

    /// The two sides of a row with these seconds.
    private func records(_ row: SpeedRow, ours: [Double], theirs: [Double]) throws -> [BenchRecord] {
        let process = try #require(row.theirs)
        return [(row.ours, ours, BenchRecord.Role.strategy), (process, theirs, .peer)].map { process, seconds, role in
            var record = BenchRecord(
                layer: "host", role: role, name: process.name, mode: process.mode, layerBytes: 10_000_000)
            record.update(process.operation, process.cache) { $0.seconds = seconds }
            return record
        }
    }

    private func compare(_ row: SpeedRow, _ records: [BenchRecord]) -> SpeedComparison {
        SpeedComparison(row, layer: "host", entries: 1_000, among: records)
    }

    @Test func verdictsLookAtTheWholeInterval() {
        typealias Comparison = SpeedComparison
        #expect(Comparison.verdict(low: 7, high: 8, target: 7, isCeiling: false) == .met)
        #expect(Comparison.verdict(low: 6.9, high: 8, target: 7, isCeiling: false) == .open)
        #expect(Comparison.verdict(low: 6, high: 6.9, target: 7, isCeiling: false) == .missed)
        #expect(Comparison.verdict(low: 1, high: 1.1, target: 1.1, isCeiling: true) == .met)
        #expect(Comparison.verdict(low: 1, high: 1.2, target: 1.1, isCeiling: true) == .open)
        #expect(Comparison.verdict(low: 1.2, high: 1.3, target: 1.1, isCeiling: true) == .missed)
        #expect(Comparison.verdict(low: 7, high: 8, target: 7, isCeiling: false, pairs: 4) == .open)
    }

    @Test func timesAreComparedPairByPair() throws {
        let row = try row("import-durable-bare")
        // Twice as fast in every pair, though times drift; the last sample has no pair.
        let comparison = compare(row, try records(row, ours: [1, 2, 3, 4, 5, 9], theirs: [2, 4, 6, 8, 10]))
        #expect((comparison.ratio, comparison.low, comparison.high) == (2, 2, 2))
        #expect((comparison.samples, comparison.target, comparison.verdict) == (5, 1.7, .met))
        #expect((comparison.ours, comparison.theirs) == (3, 6))
    }

    @Test func aCeilingIsOurTimeOverTheirs() throws {
        let row = try row("tree-rebuild")
        let comparison = compare(row, try records(row, ours: [3, 3, 3, 3, 3], theirs: [2, 2, 2, 2, 2]))
        #expect((comparison.ratio, comparison.isCeiling, comparison.verdict) == (1.5, true, .missed))
    }

    @Test func aPeerThatFailsIsSaid() throws {
        let row = try row("import-durable-archive")
        var records = try records(row, ours: [1], theirs: [])
        records[1].error = "ostree: ended with exit code 1"
        let comparison = compare(row, records)
        #expect(comparison.verdict == .fails && comparison.reason == "ostree: ended with exit code 1")
        #expect(comparison.ratio == nil)
    }

    @Test func withoutSamplesNothingIsSaid() throws {
        let row = try row("rebuild-cold")
        #expect(compare(row, []).verdict == .unmeasured)
        #expect(compare(row, try records(row, ours: [1], theirs: [])).verdict == .unmeasured)
    }

    @Test func memoryStandsAgainstItsLimit() throws {
        let row = try row("memory-import")
        func verdict(_ mebibytes: UInt64, bound: Bool = false) -> SpeedComparison.Verdict {
            var record = BenchRecord(
                layer: "host", role: .strategy, name: row.ours.name, mode: row.ours.mode, layerBytes: 1)
            record.update(.import, .warm) { $0.add(PeakMemory(bytes: mebibytes << 20, isUpperBound: bound)) }
            return compare(row, [record]).verdict
        }
        #expect(verdict(64) == .met && verdict(65) == .missed)
        #expect(verdict(40, bound: true) == .met && verdict(90, bound: true) == .open)
    }
}

@Suite struct SpeedTablesTests {
    private func comparison(
        _ layer: String, _ row: String = "import-durable-bare", ratio: Double?, target: Double = 1.7,
        isCeiling: Bool = false
    ) -> SpeedComparison {
        var comparison = SpeedComparison(
            layer: layer, row: row, what: "what of \(row)", peer: "peer", target: target, isCeiling: isCeiling,
            verdict: ratio == nil ? .fails : .met)
        (comparison.ratio, comparison.low, comparison.high) = (ratio, ratio.map { $0 - 0.1 }, ratio.map { $0 + 0.1 })
        (comparison.ours, comparison.theirs) = (1, ratio)
        if ratio == nil { comparison.reason = "ostree: no device nodes" }
        return comparison
    }

    private func results(_ speed: [SpeedComparison]) -> BenchResults {
        var results = BenchResults.sample([])
        results.speed = speed
        return results
    }

    @Test func aRowHasBothTimesItsRatioAndItsTarget() {
        let table = SpeedTables.table([
            comparison("a", ratio: 2), comparison("a", "tree", ratio: 1, target: 1.25, isCeiling: true),
        ])
        #expect(
            table.rows == [
                ["what of import-durable-bare", "peer", "1.000 s", "2.000 s", "2.00 (1.90–2.10)", "≥ 1.7", "met"],
                ["what of tree", "peer", "1.000 s", "1.000 s", "1.00 (0.90–1.10)", "≤ 1.25", "met"],
            ])
    }

    @Test func whatFailsStaysAndSaysWhy() throws {
        let results = results([comparison("a", ratio: nil), comparison("a", "other", ratio: nil)])
        let section = try #require(SpeedTables(results).sections.first)
        #expect(
            section.table?.rows.map { $0[4] } == ["–", "–"] && section.table?.rows.map { $0[6] } == ["fails", "fails"])
        #expect(section.notes == ["what of import-durable-bare; what of other: ostree: no device nodes"])
        // A peer that fails is a result.
        #expect(!results.hasFailures)
    }

    @Test func allLayersAreSummedUpByTheirMedian() {
        let speed = [
            comparison("a", ratio: 1), comparison("b", ratio: 2), comparison("c", ratio: 6),
            comparison("d", ratio: nil),
        ]
        let table = SpeedTables(results(speed)).summary
        #expect(
            table.rows == [
                ["what of import-durable-bare", "peer", "2.00", "1.00", "6.00", "≥ 1.7", "met", "3 of 3", "1"]
            ])
        #expect(SpeedTables(results([comparison("a", ratio: 1)])).sections.count == 1)
        #expect(SpeedTables(results(speed)).sections.map(\.title).last == "Speed, all layers")
    }

    @Test func theReportAndTheLinesHaveThem() throws {
        var results = results([comparison("host", ratio: 2)])
        results.speedRecords = [.timed("ostree commit --tree=tar", import: [1])]
        #expect(BenchReport(results).markdown.contains("| what of import-durable-bare | peer |"))
        let lines = try results.jsonLines
        #expect(lines.contains { $0.contains("\"kind\":\"comparison\"") && $0.contains("\"verdict\":\"met\"") })
        #expect(lines.contains { $0.contains("\"kind\":\"process\"") })
    }

    @Test func ourOwnFailureIsAFailure() {
        var results = results([])
        results.speedRecords = [.sample()]
        #expect(!results.hasFailures && !results.isEmpty)
        results.speedRecords[0].error = "broken"
        #expect(results.hasFailures)
    }
}
