import Foundation
import Strategies

@testable import Harness

extension BenchResults {
    /// Some of everything that a report shows, on two layers, the second with the name that is given.
    static func rich(second: String = "source") throws -> BenchResults {
        var results = BenchResults.sample([
            .sample(), .sample(layer: second),
            .timed("tar-split", import: [0.2, 0.21, 0.19], rebuild: [0.1, 0.11, 0.09]),
            .timed("ostree commit --tree=tar", mode: "bare-user", import: [0.3, 0.31, 0.29]),
            .timed("SHA-256", role: .floor, rebuild: [0.01, 0.011, 0.012]),
        ])
        results.layers = ["host", second].map {
            .init(name: $0, policy: "identity", diffID: "sha256:00", bytes: 10_000_000, entries: 1_000)
        }
        (results.layers[0].title, results.layers[0].source) = ("A host", "Written by GNU tar.")
        for (number, name) in ["raw", "columns", "tree", "tarsplit"].enumerated() {
            for layer in ["host", second] {
                let bytes = [840_123, 28_017, 197, 58_540][number] + layer.utf8.count
                var record = EncodingRecord.sample(
                    name, layer: layer, bytes: bytes, encode: 0.01, decode: [0.001, 0.002, 0.004, 0.02][number])
                record.streams = [.init("headers", bytes: bytes - 77), .init("checksums", bytes: 77)]
                results.encodings.append(record)
            }
        }
        var unable = EncodingRecord(
            layer: second, encoding: "splitstream", entries: 1_000, layerBytes: 1, outcome: .cannot, error: "cut short")
        unable.recipeBytes = nil
        results.encodings += [.sample("splitstream", bytes: 45_910, encode: 0.02, decode: 0.003), unable]
        for (layer, ratio) in [("host", 3.5), (second, 1.25)] {
            var row = SpeedComparison(
                layer: layer, row: "import-bare", what: "first import, bare", peer: "ostree commit", target: 2,
                isCeiling: false, verdict: ratio > 2 ? .met : .missed)
            (row.ours, row.theirs, row.ratio, row.low, row.high, row.samples) = (
                1, ratio, ratio, ratio - 0.5, ratio + 0.5, 5
            )
            var memory = SpeedComparison(
                layer: layer, row: "memory", what: "peak memory", peer: "limit", unit: "B", target: 1, isCeiling: true,
                verdict: .met)
            (memory.ours, memory.theirs, memory.ratio) = (33_554_432.0, 67_108_864.0, 0.5)
            results.speed += [row, memory]
        }
        results.survivalRecords = try survival()
        results.footprints = ["discard", "sidecar"].map { storage in
            var record = FootprintRecord(
                layer: "host", policy: "identity", mode: "archive", strategy: "raw@\(storage)", encoding: "raw",
                storage: storage, isFloor: storage == "discard")
            record.overFloor = storage == "discard" ? .init() : .init(files: 1, bytes: 123_500, diskBytes: 126_976)
            (record.entries, record.layerBytes, record.recipeBytes, record.storedBytes) = (1_000, 1_000, 1, 123_500)
            return record
        }
        var image = ImageRecord(image: "oci:folder:latest", manifestDigest: "sha256:11", layers: [])
        image.layers = [
            .init(
                layer: "host", blob: "sha256:22", mediaType: "m", blobBytes: 4_000_000, compressor: "zlib",
                blobRecipeBytes: 17, searchSeconds: 0.5)
        ]
        image.processes = [
            .init(name: "layerlab push", seconds: [1.5, 1.25, 1.75], note: "all of it"),
            .init(name: "skopeo copy", seconds: [2.5, 2.25, 2.75], note: "from a folder"),
        ]
        results.images = [image]
        results.warnings = ["the load average was 5.00 before the start"]
        return results
    }

    static func survival() throws -> [SurvivalRecord] {
        ["raw@sidecar", "tree@sidecar"].flatMap { strategy in
            [("prune", SurvivalRecord.Outcome.exact), ("relabel", strategy == "raw@sidecar" ? .refuses : .exact)].map {
                operation, outcome in
                var record = SurvivalRecord(
                    layer: .init(name: "one of each", path: "", policy: .identity, expectedBytes: 0), mode: "bare",
                    strategy: strategy, operation: operation)
                (record.outcome, record.reason) = (outcome, outcome == .exact ? nil : "the object is gone")
                (record.movedBytes, record.removedBytes, record.entries) = (4_321, 0, 45)
                return record
            }
        }
    }

    /// The repository's folder.
    static var root: URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
    }

    /// Results that have been published, as paths.
    static var published: [String] {
        let folder = root.appending(path: "Reports").path
        let names = (try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix("/results.json") }.sorted().map { "\(folder)/\($0)" }
    }
}

/// What a page's elements say, by a look at its text: enough for pages that we write ourselves.
struct PageText {
    let html: String

    /// The values of an attribute, in order, as they are written.
    func values(of attribute: String) -> [String] {
        html.ranges(of: " \(attribute)=\"").map { range in String(html[range.upperBound...].prefix { $0 != "\"" }) }
    }

    /// The numbers of all cells.
    var numbers: Set<Double> { Set(values(of: "data-value").compactMap(Double.init)) }
}
