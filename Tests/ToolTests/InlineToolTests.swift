import Foundation
import TestSupport
import Testing

/// The sweep over limits for inlined payloads, by the tool.
@Suite struct InlineToolTests {
    @Test func onlyOrphansObjectsAreSaved() throws {
        let folder = try TemporaryFolder()
        let stream = TarBuilder.stream { tar in
            for index in UInt8(0)..<20 { tar.file("usr/file-\(index)", [index, 1]) }
            for index in UInt8(0)..<10 { tar.file("dev/orphan-\(index)", [index, 2, 3]) }
            tar.file("usr/large", [UInt8](repeating: 7, count: 5000))
        }
        let layer = try folder.write(stream, to: "layer.tar")
        let result = try Tool.run(
            "measure", "inline", layer, "--encoding", "zstd:3", "--limits", "0,2,64", "--work-dir", folder.path(""),
            "--json")
        #expect(result.exitCode == 0, "\(result.errors)")
        let rows = try result.objects()
        #expect(
            rows.map { $0["mode"] as? String } == Array(repeating: "bare-user", count: 3)
                + Array(repeating: "archive", count: 3))
        for mode in [rows[..<3], rows[3...]] {
            #expect(mode.map { $0["limit"] as? Int } == [0, 2, 64])
            #expect(mode.map { $0["inlinedPayloads"] as? Int } == [0, 20, 30])
            #expect(mode.map { $0["inlinedInTree"] as? Int } == [0, 20, 20])
            #expect(mode.map { ($0["objects"] as? [String: Int])?["count"] } == [31, 31, 21])
            #expect(mode.map { ($0["hypotheticalObjects"] as? [String: Int])?["count"] } == [31, 11, 1])
            for row in mode {
                let objects = try #require(row["objects"] as? [String: Int])
                let cost = ["diskBytes", "inodeBytes", "nameBytes"].reduce(0) { $0 + (objects[$1] ?? 0) }
                #expect(row["totalBytes"] as? Int == cost + (row["recipeBytes"] as? Int ?? 0))
            }
        }
        #expect(rows.map { $0["encoding"] as? String }.prefix(2) == ["raw+zstd:3", "raw:inline=2+zstd:3"])
        // What the sweep computes is what an import keeps.
        let imported = try Tool.run(
            "import", layer, "--repo", folder.path("repo"), "--init", "bare-user", "--strategy", "raw:inline=64+zstd:3",
            "--json")
        #expect(try imported.object()["recipeBytes"] as? Int == rows[2]["recipeBytes"] as? Int)
    }

    @Test func tablesSayWhatIsComputed() throws {
        let folder = try TemporaryFolder()
        let layer = try folder.write(TarSample.rich.bytes, to: "layer.tar")
        let result = try Tool.run("measure", "inline", layer, "--limits", "0,64", "--mode", "archive")
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(result.output.contains("computed, not stored") && result.output.contains("least at the limit"))
        for limits in ["", "x", "65537", "1,,2"] {
            #expect(try Tool.run("measure", "inline", layer, "--limits", limits).exitCode == 2)
        }
    }
}
