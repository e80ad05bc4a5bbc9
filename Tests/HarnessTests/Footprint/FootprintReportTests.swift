import Foundation
import Testing

@testable import Harness

@Suite struct FootprintReportTests {
    private func step(
        _ requests: Int, _ bytes: Int, failure: String? = nil
    ) -> PullRecord.Step {
        PullRecord.Step(
            refs: 1, requests: requests, filesMoved: requests - 4, bytes: bytes, metadataObjects: 3,
            contentObjects: requests - 8, isExact: failure == nil, failure: failure)
    }

    private func record(_ storage: String, mode: String = "archive") -> FootprintRecord {
        var record = FootprintRecord(
            layer: "host", policy: "identity", mode: mode, strategy: "raw@\(storage)", encoding: "raw",
            storage: storage, isFloor: storage == "discard")
        (record.entries, record.layerBytes) = (1_000, 10_000_000)
        (record.recipeBytes, record.storedBytes, record.commitObjectBytes) = (123_456, 123_500, 420)
        record.recipe = .init(files: 1, bytes: 123_500, diskBytes: 126_976)
        record.orphans = .init(
            count: 2, payloadBytes: 5, cost: .init(files: 5, refs: 1, bytes: 700, diskBytes: 20_480))
        record.overFloor = .init(files: 6, refs: 1, bytes: 124_200, diskBytes: 147_456)
        return record
    }

    private func sample() -> [FootprintRecord] {
        var floor = record("discard")
        (floor.storedBytes, floor.overFloor, floor.recipe) = (0, .init(), .init())
        floor.orphans?.cost = .init()
        floor.pull = PullRecord(layer: step(100, 5_000, failure: "keeps no recipe"))
        var sidecar = record("sidecar")
        sidecar.pull = PullRecord(
            layer: step(100, 5_000, failure: "no file"), companions: step(12, 800, failure: "no file at all"))
        var separate = record("separate-ref")
        separate.pull = PullRecord(layer: step(100, 5_010, failure: "no commit"), companions: step(12, 124_000))
        var metadata = record("commit-metadata")
        metadata.pull = PullRecord(layer: step(100, 128_500))
        var bare = record("sidecar", mode: "bare")
        bare.noPull = "ostree pull: error: Server returned HTTP 404"
        return [floor, sidecar, separate, metadata, bare]
    }

    @Test func aRowForEachStorageAndMode() throws {
        let lines = FootprintReport(sample()).terminalText.split(separator: "\n").map(String.init)
        #expect(
            lines[0]
                == "host: 10,000,000 bytes, 1,000 entries, raw, policy identity, recipe 123,456 bytes, orphans 5 bytes")
        let rows = lines[3..<8].map { $0.split(separator: " ", omittingEmptySubsequences: true).map(String.init) }
        #expect(
            rows[0] == [
                "discard", "archive", "0", "420", "0", "0", "0", "0", "–", "2", "–", "100", "5,000", "0", "no",
            ])
        #expect(
            rows[1] == [
                "sidecar", "archive", "123,500", "420", "6", "1", "124,200", "147,456", "–", "2", "700", "112",
                "5,800", "800", "no",
            ])
        #expect(rows[2].suffix(5) == ["112", "129,010", "124,010", "+", "refs"])
        #expect(rows[3].suffix(4) == ["100", "128,500", "123,500", "exact"])
        #expect(rows[4].suffix(5) == ["–", "–", "–", "no", "pull"])
        #expect(lines.allSatisfy { $0.count <= 160 || !$0.contains("  ") })
        // The floor says so in its row.
        #expect(!lines.contains { $0.contains("keeps no recipe") })
        #expect(lines.contains("bare: no pull: ostree pull: error: Server returned HTTP 404"))
        #expect(lines.contains("sidecar in archive: does not rebuild after the pull: no file at all"))
        #expect(
            lines.contains(
                "separate-ref in archive: does not rebuild after the pull of the layer's ref alone: no commit"))
    }

    @Test func failuresAndSumsThatAreWrongAreShown() {
        var failing = record("sidecar")
        failing.error = "no room"
        var wrong = record("commit-metadata")
        wrong.overFloor?.files = 7
        #expect(wrong.addsUp == false && record("sidecar").addsUp == true)
        var stray = record("separate-ref")
        stray.overFloor?.diskBytes += 4_096
        #expect(stray.addsUp == true && stray.strayDiskBytes == 4_096)
        let text = FootprintReport([failing, wrong, stray]).terminalText
        #expect(text.contains("fails\n") && text.contains("sidecar in archive: fails: no room"))
        #expect(text.contains("commit-metadata in archive: does not add up"))
        #expect(text.contains("separate-ref in archive: 4,096 of +disk B are the layer's own files"))
    }

    @Test func sectionsArePartsOfAPage() {
        var results = BenchResults.sample([])
        results.footprints = sample()
        let text = BenchReport(results).markdown
        #expect(text.contains("\n## Footprint of host: "))
        #expect(text.contains("| sidecar | archive | 123,500 |"))
        #expect(text.contains("\n## Columns of the footprint\n\n- "))
        #expect(FootprintReport([]).sections.isEmpty && FootprintReport([]).terminalText.isEmpty)
    }

    @Test func recordsComeBackFromJSON() throws {
        let records = sample()
        let data = try JSONEncoder().encode(records)
        #expect(try JSONDecoder().decode([FootprintRecord].self, from: data) == records)
    }
}
