import Foundation
import TestSupport
import Testing

/// `survive` and `advise` as a user runs them.
@Suite struct SurviveToolTests {
    @Test func surviveWritesATableJSONAndAReport() throws {
        let folder = try TemporaryFolder()
        let work = folder.path("tmp")
        try FileManager.default.createDirectory(atPath: work, withIntermediateDirectories: true)
        let layer = try folder.write(TarSample.rich.bytes, to: "layer.tar")
        let arguments = [
            "survive", layer, "--strategy", "raw@sidecar", "--strategy", "tree", "--mode", "archive", "--operation",
            "relabel",
            "--operation", "sidecar-removed", "--operation", "http-pull", "--work-dir", work,
        ]
        let table = try Tool.run(arguments + ["-o", folder.path("report")])
        #expect(table.exitCode == 0, "\(table.errors)")
        #expect(table.output.hasPrefix("layer.tar, archive, "))
        let rows = table.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(rows.first { $0.first == "relabel" }?.suffix(2) == ["refuses", "exact"])
        #expect(rows.first { $0.first == "http-pull" }?.suffix(2) == ["refuses", "exact"])
        #expect(rows.first { $0.first == "sidecar-removed" }?.suffix(2) == ["refuses", "–"])
        #expect(table.output.hasSuffix("2 exact, 3 refuses, 0 silently wrong, 1 not applicable\n"))
        #expect(table.errorLines == ["report: \(folder.path("report"))/survival.md"])
        let page = String(decoding: try folder.read("report/survival.md"), as: UTF8.self)
        #expect(page.contains("| relabel |") && page.contains("2 exact, 3 refuses, 0 silently wrong"))

        let json = try Tool.run(arguments + ["--json"])
        let records = try json.objects()
        #expect(json.exitCode == 0 && records.count == 6)
        #expect(Set(records.map { Set($0.keys) }).count == 1)
        #expect(try FileManager.default.contentsOfDirectory(atPath: work).isEmpty)
    }

    @Test func adviseTakesWhatSurviveAndBenchWrote() throws {
        let folder = try TemporaryFolder()
        let layer = try folder.write(TarSample.rich.bytes, to: "layer.tar")
        let bench = try Tool.run([
            "bench", layer, "--stage", "encodings", "--samples", "1", "--work-dir", folder.path, "-o",
            folder.path("results/bench"),
        ])
        #expect(bench.exitCode == 0, "\(bench.errors)")
        let survive = try Tool.run([
            "survive", layer, "--strategy", "raw", "--strategy", "tree@separate-ref", "--mode", "bare-user",
            "--operation",
            "relabel", "--operation", "prune", "--work-dir", folder.path, "-o", folder.path("results/survive"),
        ])
        #expect(survive.exitCode == 0, "\(survive.errors)")
        let advice = try Tool.run(["advise", folder.path("results"), "--must", "survive:relabel"])
        #expect(advice.exitCode == 0 && advice.output.hasPrefix("advice: tree@separate-ref\n"), "\(advice.errors)")
        let json = try Tool.run(["advise", folder.path("results"), "--must", "survive:relabel", "--json"])
        #expect(try (json.object()["best"] as? [String: Any])?["strategy"] as? String == "tree@separate-ref")
        let none = try Tool.run(["advise", folder.path("results"), "--for", "os-host"])
        #expect(none.exitCode == 2 && none.errors.contains("layerlab survive --mode bare -o DIR"), "\(none.errors)")
        let impossible = try Tool.run(["advise", folder.path("results"), "--must", "survive:fsck"])
        #expect(impossible.exitCode == 1 && impossible.output.hasPrefix("no strategy fits\n"))
    }

    @Test(arguments: [
        (["survive", "--operation", "relable"], "did you mean 'relabel'?"),
        (["survive", "--strategy", "raw@discard"], "keeps no recipe"),
        (["survive", "--strategy", "raw", "--all-strategies"], "leave --strategy out"),
        (["survive", "no-such-layer"], "no-such-layer"),
        (["advise", "no-such-folder"], "no such file or folder"),
        (["advise", "--must", "relabel"], "survive:OPERATION"),
    ])
    func wrongUsageIsTold(_ arguments: [String], _ words: String) throws {
        let result = try Tool.run(arguments)
        #expect(result.exitCode == 2, "\(result.exitCode)")
        #expect(result.errors.contains(words), "\(result.errors)")
    }
}
