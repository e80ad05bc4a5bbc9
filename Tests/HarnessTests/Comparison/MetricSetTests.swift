import Foundation
import Testing

import LayerStore
import Strategies

@testable import Harness

@Suite struct MetricSetTests {
    private func timing(_ metrics: MetricSet, _ metric: Metric) throws -> (seconds: [Double], floors: [Measured.Floor])
    {
        guard case .timed(let seconds, let floors) = metrics[metric] else { throw Missing() }
        return (seconds, floors)
    }

    private struct Missing: Error {}

    @Test func rebuildsAreComparedByReadingTheSameObjects() throws {
        let results = BenchResults.sample([
            .sample(), .timed("tar-split", import: [1, 2, 3], rebuild: [1, 2, 3]),
            .timed(ObjectReadingSubject.name, role: .floor, mode: "bare-user", rebuild: [4, 5, 6]),
            .timed(ObjectReadingSubject.name, role: .floor, mode: "archive", rebuild: [7, 8, 9]),
            .timed(MemorySubject.hashName, role: .floor, rebuild: [0.1, 0.2, 0.3]),
        ])
        let metrics = MetricSet(results, named: "run")
        let rebuild = try timing(metrics, Metric("rebuild", by: "raw@sidecar", on: "host", in: "bare-user"))
        #expect(rebuild.floors.first == .init(ObjectReadingSubject.name, seconds: [4, 5, 6]))
        #expect(rebuild.floors.map(\.name) == [ObjectReadingSubject.name, MemorySubject.hashName])
        let importing = try timing(metrics, Metric("import", by: "raw@sidecar", on: "host", in: "bare-user"))
        #expect(importing.seconds == [0.1, 0.05, 0.2] && importing.floors.map(\.name) == [MemorySubject.hashName])
        #expect(
            metrics[Metric("recipe", by: "raw@sidecar", on: "host", in: "bare-user")] == .exact(123_456, unit: "B"))
        #expect(
            metrics[Metric("outcome", by: "raw@sidecar", on: "host", in: "bare-user")] == .outcome(.exact))
        // A peer's times are nobody's regression here.
        #expect(!metrics.metrics.contains { $0.subject == "tar-split" })
    }

    @Test func encodingsHaveTheirOwnFloor() throws {
        var results = BenchResults.sample([])
        var record = EncodingRecord.sample("raw", bytes: 10, encode: 1, decode: 2)
        record.hashSeconds = [0.5, 0.5, 0.5]
        results.encodings = [record]
        let metrics = MetricSet(results, named: "run")
        #expect(try timing(metrics, Metric("encode", by: "raw", on: "host")).floors.first?.seconds == [0.5, 0.5, 0.5])
        #expect(metrics[Metric("recipe", by: "raw", on: "host")] == .exact(10, unit: "B"))
    }

    @Test func theSpeedStageIsComparedWithItsPeers() throws {
        var results = BenchResults.sample([])
        results.layers = [.init(name: "host", policy: "identity", diffID: "sha256:1", bytes: 1, entries: 1)]
        results.speedRecords = [
            .timed("raw@sidecar", role: .strategy, mode: "archive", rebuild: [1, 2]),
            .timed("ostree export", mode: "archive", rebuild: [3, 4]),
            .timed("tar-split asm into /dev/null", rebuild: [5, 6]),
        ]
        let metrics = MetricSet(results, named: "run")
        let metric = try #require(metrics.metrics.last)
        #expect(metrics.metrics.count == 2 && metric.quantity == "speed: rebuild, verified, archive, to /dev/null")
        // Two of the stage's rows have the same process of ours.
        #expect(
            try timing(metrics, metric).floors == [
                .init("ostree export", seconds: [3, 4]), .init("tar-split asm", seconds: [5, 6]),
            ])
    }
}

@Suite struct FailureMetricTests {
    /// Whether a second run that differs by this change has regressed.
    private func regresses(_ change: (inout BenchResults) -> Void) -> Bool {
        var results = BenchResults.sample([.sample()])
        results.layers = [.init(name: "host", policy: "identity", diffID: "sha256:1", bytes: 1, entries: 1)]
        results.footprints = [
            FootprintRecord(
                layer: "host", policy: "identity", mode: "archive", strategy: "raw@sidecar", encoding: "raw",
                storage: "sidecar", isFloor: false)
        ]
        var survival = SurvivalRecord(
            layer: .init(name: "host", path: "", policy: .standard, expectedBytes: 1), mode: "bare",
            strategy: "raw@sidecar", operation: "prune")
        survival.outcome = .exact
        results.survivalRecords = [survival]
        results.images = [
            ImageRecord(
                image: "i", manifestDigest: "sha256:2", layers: [],
                processes: [.init(name: "layerlab push", seconds: [1], note: "")])
        ]
        var other = results
        change(&other)
        return Comparison(MetricSet(results, named: "a"), MetricSet(other, named: "b")).hasRegressions
    }

    @Test func everyKindOfFailureIsARegression() {
        #expect(!regresses { _ in })
        #expect(regresses { $0.records[0].exact = false })
        #expect(regresses { $0.footprints[0].error = "e" })
        #expect(regresses { $0.survivalRecords[0].outcome = .refuses })
        #expect(regresses { $0.survivalRecords[0].outcome = .wrong })
        #expect(regresses { $0.images[0].processes[0].error = "e" })
        #expect(
            regresses {
                $0.failures = ["host: it cannot be imported"]
                $0.layers = []
            })
        // What ostree itself refuses says nothing about us.
        #expect(!regresses { $0.survivalRecords[0].outcome = .ostreeRefuses })
    }
}

@Suite struct BaselineTests {
    private let baseline = Baseline(
        versions: ["libzstd": "1"],
        figures: [
            .init(metric: Metric("recipe", by: "raw", on: "one"), value: 5, unit: "B", tolerance: nil),
            .init(
                metric: Metric("import instructions", by: "raw"), value: 100.5, unit: "per entry",
                tolerance: .init(share: 0.1, least: 1)),
        ])

    @Test func theFileHasAFigureALineAndReadsBack() throws {
        let data = try baseline.json()
        #expect(try JSONDecoder().decode(Baseline.self, from: data) == baseline)
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
        #expect(lines.count { $0.contains("\"metric\"") } == 2 && lines.count == 9)
    }

    @Test func aGateNeedsEveryFigure() {
        let metrics = baseline.metrics(named: "baseline")
        #expect(metrics.mustBeComplete && metrics.versions == ["libzstd": "1"])
        #expect(!Comparison(metrics, metrics).hasRegressions)
        #expect(Comparison(metrics, MetricSet("nothing")).hasRegressions)
    }
}
