import Foundation
import Harness
import Strategies
import Testing
import Processes

@Suite struct BenchTests {
    private static let peersAreInstalled = Program.find("tar-split") != nil && Program.find("ostree") != nil

    /// The record of a strategy.
    private func record(_ name: String, in results: BenchResults) throws -> BenchRecord {
        try #require(results.records.first { $0.name == name })
    }

    @Test func measuresInStages() throws {
        try BenchTool.use { tool in
            let stages = ["encodings", "end-to-end", "footprint"].flatMap { ["--stage", $0] }
            let ended = try tool.bench(["--samples", "1", "--no-peers"] + stages)
            #expect(ended.exitCode == 0, "\(ended.error.text)")
            #expect(try tool.files(in: tool.output) == ["report.html", "report.md", "results.json"])
            #expect(ended.error.text.contains("\nopen it: \(tool.output)/report.html\n"))
            #expect(try tool.files(in: tool.temporary).isEmpty)
            #expect(ended.error.text.hasPrefix("plan: 1 layer, about 0 MB, warm cache\n  encodings: "))

            let results = try tool.results()
            #expect(results.schemaVersion == BenchResults.currentSchemaVersion)
            #expect(results.ending == .complete)
            #expect(results.leftOut.isEmpty && !results.hasFailures)
            #expect(results.command.hasPrefix("layerlab bench "))
            #expect(
                results.layers.map { [$0.name, $0.policy, "\($0.bytes)", "\($0.entries)"] } == [
                    ["layer.tar", "ostree-ext:allow-nonusr", "\(BenchTool.layer.count)", "\(BenchTool.entryCount)"]
                ])
            checkEncodings(results)
            // Which of the encodings are worth it depends on the moment; the first is the fastest at any.
            let strategies = results.records.filter { $0.role == .strategy }
            #expect(strategies.first?.name == "raw@commit-metadata")
            for record in strategies { checkStrategy(record) }
            #expect(
                results.records.filter { $0.role == .floor }.map(\.name) == [
                    "cat of the objects", "memory copy", "SHA-256", "splitter",
                ])
            #expect(results.footprints.count == Catalogue.storages.count * 4)
            #expect(results.footprints.allSatisfy { $0.error == nil && $0.addsUp != false })
            #expect(results.conditions.wallSeconds > 0)
        }
    }

    private func checkEncodings(_ results: BenchResults) {
        #expect(results.encodings.map(\.encoding) == Catalogue.allEncodings.map(\.description))
        for record in results.encodings {
            #expect(record.outcome == .exact && record.error == nil)
            #expect(record.streams?.reduce(0) { $0 + $1.bytes } == record.recipeBytes)
            #expect(record.encodeSeconds.count == 1 && record.decodeSeconds.count == 1)
            #expect((record.layer, record.entries) == ("layer.tar", BenchTool.entryCount))
        }
    }

    private func checkStrategy(_ record: BenchRecord) {
        #expect(record.exact == true && record.error == nil)
        #expect((record.layer, record.mode) == ("layer.tar", "bare-user"))
        #expect(record.entries == BenchTool.entryCount)
        // Two rounds: one sample has no interval that could be too wide, and one round is never enough to tell.
        for operation in BenchOperation.allCases {
            let measurement = record.measurement(operation)
            #expect((1...2).contains(measurement?.seconds.count ?? 0))
            #expect(measurement?.seconds.allSatisfy { $0 > 0 } == true)
            #expect(measurement?.seconds.count == measurement?.processorSeconds.count)
            #expect(measurement?.peakMemory.map { $0.bytes > 1 << 20 && !$0.isUpperBound } == true)
        }
        // Not nothing, and less than a block and a checksum for every entry.
        let most = BenchTool.entryCount * (512 + 512 + 40) + 2048
        #expect(record.recipeBytes.map { (20...most).contains($0) } == true)
        if let recipe = record.recipeBytes, let stored = record.storedBytes {
            // With the envelope, and what foreign formats need beside their bytes.
            #expect((recipe...2 * recipe + 1_000).contains(stored))
        }
    }

    @Test func survivalIsAStageOfItsOwn() throws {
        try BenchTool.use { tool in
            let ended = try tool.bench(
                "--stage", "survival", "--strategy", "tree@sidecar", "--mode", "archive", "--samples", "1")
            #expect(ended.exitCode == 0, "\(ended.error.text)")
            let results = try tool.results()
            #expect(results.leftOut == (Self.peersAreInstalled ? [] : results.leftOut))
            guard Self.peersAreInstalled else { return }
            #expect(results.survivalRecords.map(\.operation) == SurvivalOperation.all.map(\.name))
            #expect(results.survivalRecords.allSatisfy { $0.strategy == "tree@sidecar" && $0.mode == "archive" })
            #expect(results.survivalRecords.contains { $0.outcome == .exact })
            #expect(try tool.files(in: tool.temporary).isEmpty)
        }
    }

    @Test func smallerRecipesAreSmaller() throws {
        try BenchTool.use { tool in
            let ended = try tool.bench(
                "--samples", "2", "--no-peers", "--strategy", "raw@sidecar", "--strategy", "zstd:19@sidecar", "--mode",
                "archive", "--stage", "end-to-end", "--max-samples", "2", "--work-dir", tool.temporary + "/work")
            #expect(ended.exitCode == 0, "\(ended.error.text)")
            let results = try tool.results()
            let ours = results.records.filter { $0.role == .strategy }
            #expect(ours.allSatisfy { $0.mode == "archive" && $0.samples(.import)?.count == 2 })
            #expect(results.encodings.isEmpty && results.footprints.isEmpty)
            let raw = try #require(try record("raw@sidecar", in: results).recipeBytes)
            let zstd = try #require(try record("raw+zstd:19@sidecar", in: results).recipeBytes)
            #expect(zstd < raw / 4)
            #expect(try tool.files(in: tool.temporary + "/work").isEmpty)
        }
    }

    @Test(.enabled(if: peersAreInstalled, "tar-split and ostree are not installed"))
    func peersAreMeasuredBeside() throws {
        try BenchTool.use { tool in
            let ended = try tool.bench(
                "--samples", "1", "--max-samples", "1", "--stage", "end-to-end", "--strategy", "raw@sidecar", "--json")
            #expect(ended.exitCode == 0, "\(ended.error.text)")
            #expect(try tool.files(in: tool.temporary).isEmpty)
            let results = try tool.results()
            #expect(
                results.records.map(\.name) == [
                    "raw@sidecar", "tar-split", "ostree commit --tree=tar", "ostree export", "tar -c",
                    "cat of the objects", "memory copy", "SHA-256", "splitter",
                ])
            #expect(results.records.allSatisfy { $0.error == nil && !$0.measurements.isEmpty })

            let split = try record("tar-split", in: results)
            #expect(split.exact == true)
            #expect(split.samples(.rebuild)?.count == 1)
            #expect(split.recipeBytes.map { $0 > 100 } == true)
            let commit = try record("ostree commit --tree=tar", in: results)
            #expect(commit.exact == nil && commit.samples(.rebuild) == nil && commit.recipeBytes == nil)
            #expect(commit.mode == "bare-user")
            #expect(try record("ostree export", in: results).samples(.rebuild)?.count == 1)

            // Standard output has the same records, one a line.
            let lines = ended.output.text.split(separator: "\n").filter { $0.contains("\"kind\":\"row\"") }
            let printed = try lines.map { try JSONDecoder().decode(BenchRecord.self, from: Data($0.utf8)) }
            #expect(printed == results.records)
            let ours = try JSONDecoder().decode(LayerResult.self, from: Data(lines[0].utf8))
            #expect((ours.encoding, ours.storage, ours.outcome) == ("raw", "sidecar", .exact))
            #expect(ours.diffID == results.layers[0].diffID && ours.layerBytes == results.layers[0].bytes)
        }
    }

    @Test func coldCachesAreMeasuredApart() throws {
        try BenchTool.use { tool in
            let ended = try tool.bench(
                "--samples", "1", "--max-samples", "1", "--stage", "end-to-end", "--strategy", "raw@sidecar",
                "--no-peers",
                "--cache", "warm", "--cache", "cold")
            #expect(ended.exitCode == 0, "\(ended.error.text)")
            let results = try tool.results()
            #expect(results.conditions.cacheDropping != nil)
            let ours = try record("raw@sidecar", in: results)
            #expect(ours.measurements.map(\.cache) == [.warm, .warm, .cold, .cold])
            #expect(try record("SHA-256", in: results).measurements.map(\.cache) == [.warm])
            #expect(ended.output.text.contains("cold cache\n"))
        }
    }

    @Test func aBudgetEndsItAndSaysWhatIsMissing() throws {
        try BenchTool.use { tool in
            let ended = try tool.bench("--budget", "0.001", "--strategy", "raw@sidecar", "--no-peers")
            #expect(ended.exitCode == 0, "\(ended.error.text)")
            let results = try tool.results()
            #expect(results.ending == .budget)
            #expect(results.leftOut.contains("layer.tar: no time was left for the stage footprint"))
            #expect(ended.output.text.contains("not complete: time or disk was used up before"))
            #expect(try tool.files(in: tool.temporary).isEmpty)
        }
    }

    @Test func reportAndTerminalNameEveryStrategy() throws {
        try BenchTool.use { tool in
            let ended = try tool.bench(
                "--samples", "1", "--no-peers", "--strategy", "raw@sidecar", "--stage", "end-to-end", "--quiet")
            #expect(ended.exitCode == 0)
            #expect(ended.error.totalBytes == 0)
            #expect(ended.output.text.hasPrefix("layer.tar: "))
            #expect(ended.output.text.contains("raw@sidecar"))
            let report = try String(contentsOf: URL(filePath: tool.output + "/report.md"), encoding: .utf8)
            #expect(report.hasPrefix("# layerlab bench, "))
            #expect(report.contains("| raw@sidecar |"))
            #expect(report.contains("Again: `layerlab bench "))
        }
    }

    @Test(arguments: [
        ("raw@sidecer", "did you mean 'sidecar'?"), ("rau@sidecar", "did you mean 'raw'?"),
        ("raw+zst:3@sidecar", "did you mean 'zstd'?"),
    ])
    func misspeltStrategiesGetASuggestion(_ strategy: String, _ suggestion: String) throws {
        try BenchTool.use { tool in
            let ended = try tool.bench("--samples", "1", "--strategy", strategy)
            #expect(ended.exitCode == 2)
            #expect(ended.error.text.contains(suggestion), "\(ended.error.text)")
            #expect(ended.output.totalBytes == 0)
            #expect(!FileManager.default.fileExists(atPath: tool.output))
        }
    }

    @Test func wrongInputIsAnErrorThatNamesIt() throws {
        try BenchTool.use { tool in
            let ended = try tool.bench(tool.folder + "/absent.tar", "--no-peers")
            #expect(ended.exitCode == 2)
            #expect(ended.error.text.contains("absent.tar"))
            for wrong in [
                ["--samples", "0"], ["--max-samples", "4"], ["--precision", "0"], ["--budget", "-1"],
                ["--stage", "footprints"],
                ["--cache", "hot"],
            ] {
                #expect(try tool.bench(wrong).exitCode == 2, "\(wrong)")
            }
            #expect(try tool.files(in: tool.temporary).isEmpty)
        }
    }
}
