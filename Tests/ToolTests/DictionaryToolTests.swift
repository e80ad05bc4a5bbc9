import Foundation
import TestSupport
import Testing

/// A dictionary from its training to the last rebuild, by the tool.
@Suite struct DictionaryToolTests {
    private func layers(_ folder: TemporaryFolder) throws -> [String] {
        try (UInt8(0)..<3).map { layer in
            let stream = TarBuilder.stream { tar in
                for index in UInt8(0)..<60 { tar.file("usr/share/doc/file-\(layer)-\(index)", [layer, index]) }
            }
            return try folder.write(stream, to: "layer-\(layer).tar")
        }
    }

    @Test func itIsTrainedSharedAndFound() throws {
        let folder = try TemporaryFolder()
        let (layers, file, repo) = (try layers(folder), folder.path("recipes.dict"), folder.path("repo"))
        let trained = try Tool.run(
            "corpus", "train", layers[0], layers[1], "--hold-out", layers[2], "-o", file, "--size", "2048", "--json",
            "--work-dir", folder.path(""))
        #expect(trained.exitCode == 0, "\(trained.errors)")
        let report = try trained.object()
        let digest = try #require(report["digest"] as? String).dropFirst("sha256:".count)
        #expect(try Data(contentsOf: URL(filePath: file)).count == report["bytes"] as? Int)
        let rows = try #require(report["layers"] as? [[String: Any]])
        #expect(rows.map { $0["layer"] as? String } == ["layer-0.tar", "layer-1.tar", "layer-2.tar"])
        #expect(rows.map { $0["isTrainedOn"] as? Bool } == [true, true, false])
        #expect(rows.map { $0["heldOut"] as? [String] } == [["layer-0.tar"], ["layer-1.tar"], []])
        #expect(rows[2]["heldOutBytes"] as? Int == rows[2]["dictionaryBytes"] as? Int)
        for row in rows {
            let (with, without) = (row["dictionaryBytes"] as? Int, row["plainBytes"] as? Int)
            #expect(try #require(with) < #require(without))
        }

        let first = try Tool.run(
            "import", layers[0], "--repo", repo, "--init", "bare-user", "--strategy", "zstd:19@sidecar", "--dictionary",
            file, "--json")
        #expect(first.exitCode == 0, "\(first.errors)")
        let object = try first.object()
        #expect(object["strategy"] as? String == "raw+zstd:19,dictionary=\(digest)@sidecar")
        #expect(object["recipeBytes"] as? Int == rows[0]["dictionaryBytes"] as? Int)
        #expect(object["dictionaryBytes"] as? Int == report["bytes"] as? Int)
        // The next layer needs the digest only.
        let second = try Tool.run(
            "import", layers[2], "--repo", repo, "--strategy", "zstd:19,dictionary=\(digest)", "--json")
        #expect(second.exitCode == 0, "\(second.errors)")
        let rebuilt = folder.path("rebuilt.tar")
        let ref = try #require(try second.object()["ref"] as? String)
        #expect(try Tool.run("rebuild", ref, "--repo", repo, "-o", rebuilt).exitCode == 0)
        #expect(FileManager.default.contentsEqual(atPath: rebuilt, andPath: layers[2]))
        let measured = try Tool.run(
            "measure", "encodings", ref, "--repo", repo, "--encoding", "raw", "--encoding", "zstd:3,dictionary",
            "--dictionary", file, "--samples", "1", "--json")
        #expect(try measured.objects().map { $0["outcome"] as? String } == ["exact", "exact"])
        let verified = try Tool.run("verify", layers[1], "--strategy", "zstd:19", "--dictionary", file, "--json")
        #expect(try verified.object()["outcome"] as? String == "exact")
    }

    @Test func whatIsNoDictionaryEndsInOneLine() throws {
        let folder = try TemporaryFolder()
        let (layers, repo) = (try layers(folder), folder.path("repo"))
        let wrong = try folder.write(Array("no dictionary at all".utf8), to: "wrong.dict")
        let hex = String(repeating: "0", count: 64)
        for arguments in [
            ["--dictionary", wrong], ["--dictionary", folder.path("absent")],
            ["--strategy", "zstd:3,dictionary=\(hex)"],
            ["--strategy", "zstd:3,dictionary"],
        ] {
            let result = try TestSupport.run(
                Tool.path(), ["import", layers[0], "--repo", repo, "--init", "bare-user"] + arguments)
            #expect(result.exitCode == 2, "\(arguments): \(result.errors)")
            #expect(result.errorLines.count == 1, "\(arguments): \(result.errors)")
        }
        let few = try Tool.run("corpus", "train", try folder.write([], to: "empty.tar"), "-o", folder.path("few.dict"))
        #expect(few.exitCode == 2 && few.errorLines.last?.contains("libzstd cannot train") == true, "\(few.errors)")
        #expect(!FileManager.default.fileExists(atPath: folder.path("few.dict")))
    }
}
