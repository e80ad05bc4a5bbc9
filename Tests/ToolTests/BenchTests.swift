import Foundation
import Harness
import Strategies
import Testing

@Suite struct BenchTests {
    private static let peersAreInstalled = Program.find("tar-split") != nil && Program.find("ostree") != nil

    /// The record of a strategy.
    private func record(_ name: String, in results: BenchResults) throws -> BenchRecord {
        try #require(results.records.first { $0.name == name })
    }

    @Test func measuresEveryStandardStrategy() throws {
        try BenchTool.use { tool in
            let ended = try tool.bench("--samples", "1", "--no-peers")
            #expect(ended.exitCode == 0, "\(ended.error.text)")
            #expect(try tool.files(in: tool.output) == ["report.md", "results.json"])
            #expect(try tool.files(in: tool.temporary).isEmpty)

            let results = try tool.results()
            #expect(results.schemaVersion == BenchResults.currentSchemaVersion)
            #expect(results.sampleCount == 1)
            #expect(results.leftOut.isEmpty && !results.hasFailures)
            #expect(results.command.hasPrefix("layerlab bench "))
            #expect(results.records.map(\.name) == BenchPlan.standardStrategies.map(\.description))
            for record in results.records { checkStrategy(record) }
        }
    }

    private func checkStrategy(_ record: BenchRecord) {
        let isFloor = record.name.hasSuffix("@discard")
        #expect(record.role == (isFloor ? .floor : .strategy))
        #expect(record.exact == (isFloor ? nil : true))
        #expect(record.error == nil)
        #expect(record.importSeconds.count == 1 && record.importSeconds.allSatisfy { $0 > 0 })
        #expect(record.rebuildSeconds.count == (isFloor ? 0 : 1) && record.rebuildSeconds.allSatisfy { $0 > 0 })
        #expect((record.layer, record.mode) == ("layer.tar", "bare-user"))
        #expect(record.layerBytes == UInt64(BenchTool.layer.count))
        #expect(record.entries == BenchTool.entryCount)
        // Not nothing, and less than a block and a checksum for every entry.
        let most = BenchTool.entryCount * (512 + 512 + 40) + 2048
        #expect(record.recipeBytes.map { (100...most).contains($0) } == true)
        if !isFloor, let recipe = record.recipeBytes, let stored = record.storedBytes {
            #expect((recipe...recipe + 1_000).contains(stored))
        }
    }

    @Test func smallerRecipesAreSmaller() throws {
        try BenchTool.use { tool in
            let ended = try tool.bench(
                "--samples", "2", "--no-peers", "--strategy", "raw@sidecar", "--strategy", "zstd:19@sidecar", "--mode",
                "archive", "--work-dir", tool.temporary + "/work")
            #expect(ended.exitCode == 0, "\(ended.error.text)")
            let results = try tool.results()
            #expect(results.records.count == 2 && results.sampleCount == 2)
            #expect(results.records.allSatisfy { $0.mode == "archive" && $0.importSeconds.count == 2 })
            let raw = try #require(try record("raw@sidecar", in: results).recipeBytes)
            let zstd = try #require(try record("raw+zstd:19@sidecar", in: results).recipeBytes)
            #expect(zstd < raw / 4)
            #expect(try tool.files(in: tool.temporary + "/work").isEmpty)
        }
    }

    @Test(.enabled(if: peersAreInstalled, "tar-split and ostree are not installed"))
    func peersAreMeasuredBeside() throws {
        try BenchTool.use { tool in
            let ended = try tool.bench("--samples", "1", "--strategy", "raw@sidecar", "--json")
            #expect(ended.exitCode == 0, "\(ended.error.text)")
            #expect(try tool.files(in: tool.temporary).isEmpty)
            let results = try tool.results()
            #expect(results.records.map(\.role) == [.strategy, .peer, .peer])
            #expect(results.records.allSatisfy { $0.error == nil && $0.importSeconds.count == 1 })

            let split = try record("tar-split", in: results)
            #expect(split.exact == true)
            #expect(split.rebuildSeconds.count == 1)
            #expect(split.recipeBytes.map { $0 > 100 } == true)
            let commit = try record("ostree commit --tree=tar", in: results)
            #expect(commit.exact == nil && commit.rebuildSeconds.isEmpty && commit.recipeBytes == nil)
            #expect(commit.mode == "bare-user")

            // Standard output has the same records, one a line.
            let lines = ended.output.text.split(separator: "\n")
            let printed = try lines.map { try JSONDecoder().decode(BenchRecord.self, from: Data($0.utf8)) }
            #expect(printed == results.records)
        }
    }

    @Test func reportAndTerminalNameEveryStrategy() throws {
        try BenchTool.use { tool in
            let ended = try tool.bench("--samples", "1", "--no-peers", "--strategy", "raw@sidecar", "--quiet")
            #expect(ended.exitCode == 0)
            #expect(ended.error.totalBytes == 0)
            #expect(ended.output.text.hasPrefix("layer.tar: "))
            #expect(ended.output.text.contains("raw@sidecar"))
            let report = try String(contentsOf: URL(filePath: tool.output + "/report.md"), encoding: .utf8)
            #expect(report.hasPrefix("# layerlab bench, "))
            #expect(report.contains("| raw@sidecar | bare-user |"))
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
            #expect(try tool.bench("--samples", "0").exitCode == 2)
            #expect(try tool.files(in: tool.temporary).isEmpty)
        }
    }
}
