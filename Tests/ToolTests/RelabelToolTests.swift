import Foundation
import Harness
import LayerStore
import OSTree
import Strategies
import TestSupport
import Testing

/// Relabelled commits, by the tool.
@Suite struct RelabelToolTests {
    @Test func aRebuildThatCannotIsAFailureAndLeavesNoFile() throws {
        for (strategy, exitCode) in [("raw", Int32(1)), ("tree", 0)] {
            let temporary = try TemporaryRepository()
            let layer = try temporary.importing(
                TarSample.rich.bytes, strategy: try Strategy(parsing: strategy))
            _ = try Relabelling().relabel(layer.ref, in: temporary.repository)
            #expect(try temporary.ostree("prune", "--refs-only").exitCode == 0)
            let output = temporary.folder.path("rebuilt.tar")
            let result = try Tool.run("rebuild", layer.ref, "--repo", temporary.path, "-o", output)
            #expect(result.exitCode == exitCode, "\(result.errors)")
            #expect(FileManager.default.fileExists(atPath: output) == (exitCode == 0))
            if exitCode == 1 { #expect(result.errors.contains("cannot rebuild sha256:")) }
        }
    }

    @Test func rowsSayWhatSurvives() throws {
        let folder = try TemporaryFolder()
        let layer = try folder.write(TarSample.rich.bytes, to: "layer.tar")
        let result = try Tool.run(
            "measure", "relabel", layer, "--strategy", "tree", "--strategy", "raw@sidecar", "--strategy", "splitstream",
            "--work-dir", folder.path(""), "--json")
        #expect(result.exitCode == 0, "\(result.errors)")
        let rows = try result.objects()
        #expect(rows.map { $0["outcome"] as? String } == ["exact", "refuses", "cannot"])
        #expect(rows.map { $0["strategy"] as? String }.first == "tree@commit-metadata")
        #expect(rows[0]["reason"] is NSNull && rows[0]["recipeBytes"] as? Int ?? 0 > 0)
        #expect((rows[1]["reason"] as? String)?.contains("cannot rebuild sha256:") == true)
        #expect(Set(rows.map { Set($0.keys) }).count == 1)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["layer.tar"])

        let table = try Tool.run("measure", "relabel", layer, "--mode", "archive")
        #expect(table.exitCode == 0, "\(table.errors)")
        #expect(table.output.contains("files relabelled, archive") && table.output.contains("tree@commit-metadata"))
        #expect(try Tool.run("measure", "relabel", layer, "--strategy", "raw", "--all-strategies").exitCode == 2)
        let wrong = try Tool.run("measure", "relabel", layer, "--strategy", "raw@discard")
        #expect(wrong.exitCode == 2 && wrong.errors.contains("keeps no recipe"), "\(wrong.errors)")
    }
}
