import Foundation
import Harness
import LayerStore
import TestSupport
import Testing
import Processes

/// The measurements of speed, by the tool. No test here asks how long anything takes.
@Suite struct SpeedToolTests {
    private static let peersAreInstalled = ["tar-split", "ostree", "openssl"].allSatisfy { Program.find($0) != nil }

    @Test(.enabled(if: peersAreInstalled)) func everyRowHasBothSides() throws {
        try BenchTool.use { tool in
            let ended = try tool.bench("--stage", "speed", "--samples", "1", "--max-samples", "1")
            #expect(ended.exitCode == 0, "\(ended.error.text)")
            #expect(ended.error.text.contains("  speed: 19 comparisons of raw+zstd:3@commit-metadata"))
            #expect(ended.output.text.contains("tar-split asm | openssl dgst -sha256"))
            #expect(try tool.files(in: tool.temporary).isEmpty)

            let results = try tool.results()
            #expect(results.ending == .complete && results.records.isEmpty && !results.hasFailures)
            // Files are small here: the row for big ones is not.
            #expect(results.speed.count == 18)
            for row in results.speed {
                #expect(row.reason == nil && row.samples == 1, "\(row.row): \(row.reason ?? "")")
                #expect(row.ours ?? 0 > 0 && row.theirs ?? 0 > 0 && row.ratio ?? 0 > 0, "\(row.row)")
            }
            let exact = results.speedRecords.filter { $0.exact != nil }
            #expect(exact.allSatisfy { $0.exact == true } && exact.count >= 6)
            #expect(results.speedRecords.allSatisfy { $0.measurements.allSatisfy { $0.seconds.count == 1 } })
        }
    }

    @Test func theStageHasItsOwnAxes() throws {
        for options in [
            ["--mode", "bare"], ["--cache", "cold"], ["--no-peers"], ["--strategy", "raw", "--strategy", "tree"],
        ] {
            try BenchTool.use { tool in
                let ended = try tool.bench(["--stage", "speed"] + options)
                #expect(ended.exitCode == 2)
                #expect(ended.error.text.contains("--stage speed has modes, caches and peers of its own"))
            }
        }
    }

    @Test func scalingLeavesItsThreeFilesAndNothingElse() throws {
        let folder = try TemporaryFolder()
        let report = folder.path("report")
        try FileManager.default.createDirectory(atPath: folder.path("work"), withIntermediateDirectories: true)
        let ended = try Tool.run(
            "measure", "scaling", "--files", "10,100", "--bytes", "1000,100000", "--samples", "1", "--strategy", "tree",
            "--work-dir", folder.path("work"), "-o", report, "--json")
        // Whether something grows too fast depends on the moment.
        #expect(ended.exitCode == 0 || ended.exitCode == 1, "\(ended.errors)")
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: report).sorted() == [
                "scaling.json", "scaling.md", "scaling.svg",
            ])
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("work")).isEmpty)
        let results = try ended.object()
        #expect((results["records"] as? [Any])?.count == 4 && (results["curves"] as? [Any])?.count == 4)
        #expect((results["settings"] as? [String: Any])?["strategy"] as? String == "tree@commit-metadata")
    }

    @Test func wrongSizesAreUsageErrors() throws {
        for arguments in [["--files", "100,10"], ["--files", "0"], ["--bytes", "x"], ["--samples", "0"]] {
            #expect(try TestSupport.run(Tool.path(), ["measure", "scaling"] + arguments).exitCode == 2, "\(arguments)")
        }
    }

    @Test func objectsAreReadInTheStreamsOrder() throws {
        let temporary = try TemporaryRepository()
        let layer = try temporary.importing(BenchTool.layer)
        let ended = try Tool.run("measure", "objects", layer.ref, "--repo", temporary.path, "--json")
        #expect(ended.exitCode == 0, "\(ended.errors)")
        let object = try ended.object()
        // Of the forty files the first is empty.
        #expect(object["objects"] as? Int == 39 && object["bytes"] as? Int == 78_000)
    }
}
