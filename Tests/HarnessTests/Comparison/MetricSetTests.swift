import Foundation
import Testing

@testable import Harness

@Suite struct MetricSetTests {
    private func timing(_ metrics: MetricSet, _ metric: Metric) throws -> (seconds: [Double], floor: Measured.Floor?) {
        guard case .timed(let seconds, let floor) = metrics[metric] else { throw Missing() }
        return (seconds, floor)
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
        #expect(rebuild.floor == .init(ObjectReadingSubject.name, seconds: [4, 5, 6]))
        let importing = try timing(metrics, Metric("import", by: "raw@sidecar", on: "host", in: "bare-user"))
        #expect(importing.seconds == [0.1, 0.05, 0.2] && importing.floor?.name == MemorySubject.hashName)
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
        #expect(try timing(metrics, Metric("encode", by: "raw", on: "host")).floor?.seconds == [0.5, 0.5, 0.5])
        #expect(metrics[Metric("recipe", by: "raw", on: "host")] == .exact(10, unit: "B"))
    }

    @Test func theSpeedStageIsComparedWithItsPeers() throws {
        var results = BenchResults.sample([])
        results.layers = [.init(name: "host", policy: "identity", diffID: "sha256:1", bytes: 1, entries: 1)]
        results.speedRecords = [
            .timed("raw@sidecar", role: .strategy, mode: "archive", rebuild: [1, 2]),
            .timed("ostree export", mode: "archive", rebuild: [3, 4]),
        ]
        let metrics = MetricSet(results, named: "run")
        let metric = try #require(metrics.metrics.first)
        #expect(metrics.metrics.count == 1 && metric.quantity == "speed: rebuild, verified, archive, to /dev/null")
        #expect(try timing(metrics, metric).floor == .init("ostree export", seconds: [3, 4]))
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
