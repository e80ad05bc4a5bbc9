import Foundation
import Testing

@testable import Harness
import Processes
import Strategies

/// `Documentation/results.md` names every key that there is in a results file.
@Suite struct ResultsPageTests {
    private func page(_ name: String) throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try String(contentsOf: root.appending(path: "Documentation/\(name)"), encoding: .utf8)
    }

    /// The keys of a JSON value, at every depth; those of `versions` are names of programs, and not ours.
    private func keys(_ value: Any) -> Set<String> {
        if let list = value as? [Any] { return list.reduce(into: []) { $0.formUnion(keys($1)) } }
        guard let object = value as? [String: Any] else { return [] }
        return object.reduce(into: []) { found, pair in
            found.insert(pair.key)
            if pair.key != "versions" { found.formUnion(keys(pair.value)) }
        }
    }

    private func footprint() throws -> FootprintRecord {
        var record = FootprintRecord(
            layer: "host", policy: "identity", mode: "archive", strategy: "raw@sidecar", encoding: "raw",
            storage: "sidecar",
            isFloor: false)
        (record.entries, record.layerBytes, record.recipeBytes, record.storedBytes) = (1, 1, 1, 1)
        (record.commitObjectBytes, record.noPull, record.error) = (1, "n", "e")
        (record.repository, record.overFloor, record.recipe) = (.init(), .init(), .init())
        let folders = try JSONDecoder().decode(
            FootprintRecord.Folders.self, from: Data(#"{"count":1,"diskBytes":1}"#.utf8))
        (record.folders, record.foldersOverFloor) = (folders, folders)
        record.orphans = .init(count: 1, payloadBytes: 1, cost: .init())
        let step = PullRecord.Step(
            refs: 1, requests: 1, filesMoved: 1, bytes: 1, metadataObjects: 1, contentObjects: 1, isExact: false,
            failure: "f")
        record.pull = PullRecord(layer: step, companions: step)
        return record
    }

    @Test func everyKeyIsExplained() throws {
        var record = BenchRecord.sample()
        (record.error, record.note) = ("e", "n")
        record.update(.rebuild, .warm) { $0.add(PeakMemory(bytes: 1, isUpperBound: true)) }
        var results = BenchResults.sample([record], leftOut: ["x"])
        results.machine.governor = "performance"
        results.machine.swiftVersion = "6"
        results.settings.budgetSeconds = 1
        results.conditions.loadAverageAtStart = 1
        results.conditions.stolenShare = 0
        results.conditions.cacheDropping = "x"
        results.encodings = [.sample("raw", bytes: 1, encode: 1, decode: 1)]
        results.encodings[0].hashSeconds = [1]
        results.footprints = [try footprint()]
        results.encodings[0].streams = [.init("s", bytes: 1)]
        (results.layers[0].title, results.layers[0].source) = ("t", "s")
        results.speedRecords = [record]
        var comparison = SpeedComparison(
            layer: "host", row: "r", what: "w", peer: "p", target: 1, isCeiling: true, verdict: .open)
        (comparison.ours, comparison.theirs, comparison.reason) = (1, 1, "r")
        (comparison.ratio, comparison.low, comparison.high) = (1, 1, 1)
        results.speed = [comparison]
        var image = ImageRecord(image: "oci:x:y", manifestDigest: "d", layers: [])
        image.layers = [
            .init(
                layer: "x/1", blob: "b", mediaType: "m", blobBytes: 1, compressor: "c", blobRecipeBytes: 1, reason: "r",
                searchSeconds: 1, rewrittenBytes: 1)
        ]
        image.processes = [.init(name: "p", seconds: [1], note: "n", error: "e")]
        results.images = [image]
        let object = try JSONSerialization.jsonObject(with: JSONEncoder().encode(results))
        let text = try page("results.md")
        let names = keys(object)
        #expect(names.count > 75)
        for name in names.sorted() { #expect(text.contains("`\(name)`"), "\(name) is not explained") }
        #expect(text.hasPrefix("# results.json, version \(BenchResults.currentSchemaVersion)\n"))
    }

    @Test func everyKeyOfSurvivalIsExplained() throws {
        let record = SurvivalRecord(
            layer: .init(name: "host", path: "", policy: .identity, expectedBytes: 0), mode: "bare",
            strategy: "raw@sidecar", operation: "prune")
        let results = SurvivalResults(date: "", command: "", machine: .sample, survival: [record])
        let object = try #require(
            try JSONSerialization.jsonObject(with: JSONEncoder().encode(results)) as? [String: Any])
        let text = try page("survival.md")
        let names = Set(object.keys).union(keys(object["survival"] ?? []))
        #expect(names.count > 20)
        for name in names.sorted() { #expect(text.contains("`\(name)`"), "\(name) is not explained") }
        #expect(text.contains("## survival.json, version \(SurvivalResults.currentSchemaVersion)\n"))
        for operation in SurvivalOperation.all where !operation.name.hasPrefix("convert-") {
            #expect(text.contains("`\(operation.name)`"), "\(operation.name) is not explained")
        }
    }
}
