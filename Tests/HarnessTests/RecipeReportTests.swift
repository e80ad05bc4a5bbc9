import Foundation
import OSTree
import Strategies
import TestSupport
import Testing

@testable import Harness

@Suite struct RecipeReportTests {
    private func report(_ bytes: [UInt8], _ encoding: String) throws -> RecipeReport {
        try withScratchDirectory { directory in
            let path = directory + "/layer.tar"
            try Data(bytes).write(to: URL(filePath: path))
            let report = try RecipeReport(
                importing: path, by: try Strategy.encoding(encoding), policy: .identity, mode: .archive,
                in: URL(filePath: directory))
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["layer.tar"])
            return report
        }
    }

    @Test(arguments: ["raw", "raw+zstd:19", "delta", "columns", "columns:checksums=tree", "columns+zstd:3"])
    func streamsAddUp(_ encoding: String) throws {
        let report = try report(TarSample.rich.bytes, encoding)
        #expect(report.encoding == encoding && report.layerBytes == UInt64(TarSample.rich.bytes.count))
        #expect(report.streams.map(\.bytes).reduce(0, +) == report.recipeBytes && report.recipeBytes > 0)
    }

    @Test func textHasEachStreamThatIsNotEmpty() throws {
        let tar = TarBuilder.stream { tar in
            tar.file("a", [1])
            tar.file("b", [2])
        }
        let lines = try report(tar, "raw").text.split(separator: "\n").map { line in
            line.split(separator: " ").map(String.init)
        }
        // Two headers with padding behind them and the end marker; a version, two numbers and five tags.
        #expect(lines.contains(["layer", "3,072", "bytes,", "2", "entries"]))
        #expect(lines.contains { $0.prefix(3) == ["headers", "3,070", "1,535.00"] })
        #expect(lines.contains { $0.prefix(3) == ["checksums", "64", "32.00"] })
        #expect(lines.last?.first == "all")
        #expect(try report([], "delta").text.contains("all"))
    }
}
