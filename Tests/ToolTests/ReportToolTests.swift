import Foundation
import Harness
import TestSupport
import Testing

@Suite struct ReportToolTests {
    /// Results that were published with an early release.
    private static let results = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Reports/2026-11-24-encodings").path

    @Test func everyFormComesFromOneFile() throws {
        let terminal = try Tool.run("report", Self.results)
        #expect(terminal.exitCode == 0 && terminal.output.contains("Encodings in memory"), "\(terminal.errors)")
        let markdown = try Tool.run("report", Self.results + "/results.json", "--format", "markdown")
        #expect(
            markdown.exitCode == 0 && markdown.output.contains("| tree | 19 of 19 | 26,507 |"), "\(markdown.errors)")
        let html = try Tool.run("report", Self.results, "--format", "html")
        #expect(html.exitCode == 0 && html.output.hasPrefix("<!doctype html>") && html.output.hasSuffix("</html>\n"))
        #expect(html.output.contains("data-value=\"26507\""))
        let dash = try Tool.run("report", Self.results, "-o", "-", "--format", "html")
        #expect(dash.exitCode == 0 && dash.output == html.output, "\(dash.errors)")
        let csv = try Tool.run("report", Self.results, "--format", "csv", "--table", "encodings")
        #expect(csv.exitCode == 0 && csv.output.hasPrefix("layer,encoding,outcome,"), "\(csv.errors)")
        let lines = try Tool.run("report", Self.results, "--json").objects()
        #expect(lines.first?["kind"] as? String == "headline" && lines.count == 1 + 19 + 228)
    }

    @Test func filesAreNamedWhereTheyWere() throws {
        let folder = try TemporaryFolder()
        let page = try Tool.run("report", Self.results, "-o", folder.path("page.html"))
        #expect(page.exitCode == 0 && page.output.isEmpty && page.errors == "wrote \(folder.path("page.html"))\n")
        let all = try Tool.run("report", Self.results, "-o", folder.path("all"), "--quiet")
        #expect(all.exitCode == 0 && all.errors.isEmpty)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path("all")).sorted()
        #expect(
            names == [
                "encodings.csv", "headline.csv", "layers.csv", "machine.csv", "report.html", "report.md",
            ])
        let same = try Data(contentsOf: URL(filePath: folder.path("all/report.html")))
        #expect(try Data(contentsOf: URL(filePath: folder.path("page.html"))) == same)
    }

    @Test func whatCannotBeReportedSaysWhy() throws {
        let folder = try TemporaryFolder()
        try folder.write(Array("{\"schemaVersion\": 9}".utf8), to: "results.json")
        for (arguments, words) in [
            ([folder.path("none")], "there is no such file or folder"),
            ([folder.path], "its schema version is 9, and this layerlab reads 2; a newer layerlab wrote it"),
            ([Self.results, Self.results], "is a second benchmark"),
            ([Self.results, "--format", "csv"], "name a folder with -o, or one of the tables with --table"),
            ([Self.results, "--format", "csv", "--table", "x"], "there is no such table"),
            ([Self.results, "-o", folder.path("x.pdf")], "a file ends in .html, .md, .csv or .txt"),
            ([Self.results, "--table", "layers"], "--table needs --format csv"),
            ([Self.results, "--json", "--format", "html"], "--json prints the records"),
        ] {
            let result = try Tool.run(["report"] + arguments)
            #expect(result.exitCode == 2 && result.output.isEmpty, "\(arguments)")
            #expect(result.errors.contains(words), "\(arguments): \(result.errors)")
        }
        #expect(try Tool.run("report").exitCode == 2)
        #expect(try Tool.run("report", "--help").output.contains("layerlab report results.json -o folder"))
    }
}
