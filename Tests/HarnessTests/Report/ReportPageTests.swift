import Foundation
import Testing

@testable import Harness

@Suite struct ReportPageTests {
    @Test func numbersAreThoseOfTheResults() throws {
        let results = try BenchResults.rich()
        let numbers = PageText(html: BenchReport(results).html).numbers
        for name in ["raw", "columns", "tree", "tarsplit"] {
            let records = results.encodings.filter { $0.encoding == name }
            #expect(numbers.contains(Double(records.reduce(0) { $0 + ($1.recipeBytes ?? 0) })), "\(name)")
            for record in records {
                #expect(numbers.contains(Double(record.recipeBytes ?? 0) / Double(record.entries)), "\(name)")
            }
        }
        for row in results.speed { #expect(numbers.contains(row.ratio ?? -1) && numbers.contains(row.target)) }
        for layer in results.layers { #expect(numbers.contains(Double(layer.entries))) }
        #expect(numbers.isSuperset(of: [4_000_000, 17, 1.5, 123_500, 4_321]))
    }

    @Test func everyFormHasTheSameHeadline() throws {
        let report = BenchReport(try .rich())
        let headline = report.headline
        #expect(headline.sentence.contains("197") == false && headline.sentence.hasSuffix("."))
        // 197 + 4 and 197 + 6 bytes for two times a thousand entries.
        let smallest = try #require(headline.figures.first { $0.name == "smallest-bytes-per-entry" })
        #expect(smallest.value == 404.0 / 2_000 && smallest.text == "0.202")
        #expect(report.html.contains("data-figure=\"smallest-bytes-per-entry\" data-value=\"\(smallest.value)\""))
        #expect(report.html.contains("<h1>\(Markup.escaped(headline.sentence))</h1>"))
        let lines = try ReportForms(report).jsonLines
        #expect(lines[0].contains("\"kind\":\"headline\"") && lines[0].contains("\"value\":0.202"))
        #expect(try ReportForms(report).text(.terminal).hasPrefix(headline.sentence))
    }

    @Test func namesCannotLeaveTheirPlaces() throws {
        // A quote with an accent is one character, and no quote, to Swift; to a browser it is a quote.
        let name =
            "\"\u{301} onload=\"alert(1)\"><script>alert('x')</script><img src=x onerror=alert(2)>&amp;\r\n\u{0}\u{202e}"
        let html = BenchReport(try .rich(second: name)).html
        #expect(html.contains("&quot;\u{301} onload=&quot;alert(1)&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)"))
        #expect(html.ranges(of: "<script").count == 1 && !html.contains("<img"))
        #expect(!html.unicodeScalars.contains { $0.value == 0 || $0.value == 0x202e })
        // Without the texts between tags no tag has an attribute of the name's.
        let tags = html.replacing(/>[^<]*</, with: "><")
        #expect(!tags.replacing(/"[^"]*"/, with: "").contains("onload"))
        #expect(!BenchReport(try .rich(second: name)).markdown.contains("<script"))
        #expect(!BenchReport(try .rich(second: "a\u{1b}[2Jb")).terminalText.contains("\u{1b}"))
    }

    /// What a file may say, though nobody measures it: every form of the report says something.
    @Test func oddResultsAreReported() throws {
        var results = try BenchResults.rich()
        for index in results.encodings.indices {
            let seconds = [0, Double.leastNonzeroMagnitude, 1e14][index % 3]
            (results.encodings[index].encodeSeconds, results.encodings[index].decodeSeconds) = ([seconds], [seconds])
        }
        results.encodings.append(.sample("raw", layer: "empty", bytes: 9, encode: 0, decode: 0))
        results.encodings[results.encodings.count - 1].entries = 0
        results.encodings.append(
            EncodingRecord(layer: "odd", encoding: "raw", entries: 3, layerBytes: 1, outcome: .cannot, error: "cut"))
        for index in results.records.indices {
            results.records[index].update(.import, .warm) { $0.seconds = [0, Double.leastNonzeroMagnitude, 1e14] }
        }
        var free = results.footprints[1]
        (free.storage, free.mode, free.overFloor) = ("commit-metadata", "bare", .init(bytes: -5))
        results.footprints.append(free)
        let report = BenchReport(results)
        #expect(!report.html.isEmpty && !report.markdown.isEmpty && !report.terminalText.isEmpty)
        #expect(report.csvTables.allSatisfy { !$0.text.isEmpty })
        #expect(try !ReportForms(report).jsonLines.isEmpty)
        #expect(
            report.markdown.contains(
                "- this layer has no tar entries, and so no bytes per entry; its recipes are raw 9 B\n"))
        #expect(report.markdown.contains("- no encoding carries this layer; the notes of the encodings say why\n"))
        // A storage that takes nothing more is a result, too.
        #expect(report.html.contains("commit-metadata, bare</text>"))
    }

    @Test func namesKeepTheirLettersAndCommandsTheirBackticks() throws {
        var results = try BenchResults.rich()
        results.command = "layerlab bench `x`"
        #expect(BenchReport(results).markdown.hasSuffix("\nAgain: `` layerlab bench `x` ``\n"))
        results = BenchResults.sample([])
        results.images = try BenchResults.rich().images
        #expect(BenchReport(results).headline.sentence.hasSuffix(" bytes of blobs of the image oci:folder:latest."))
    }

    @Test func pageNeedsNothingElse() throws {
        let html = BenchReport(try .rich()).html
        #expect(html.hasPrefix("<!doctype html>\n<html lang=\"en\">"))
        let page = PageText(html: html)
        #expect(page.values(of: "src").isEmpty)
        #expect(page.values(of: "href").allSatisfy { $0.hasPrefix("#") || $0 == "data:," })
        #expect(!html.contains("@import") && !html.contains("url(") && !html.contains("fetch("))
        #expect(html.contains("Content-Security-Policy") && !html.contains("{{"))
    }

    @Test func everybodyCanReadIt() throws {
        let html = BenchReport(try .rich()).html
        let page = PageText(html: html)
        let identifiers = page.values(of: "id")
        #expect(Set(identifiers).count == identifiers.count)
        for target in page.values(of: "href") where target.hasPrefix("#") {
            #expect(identifiers.contains(String(target.dropFirst())), "\(target)")
        }
        #expect(html.contains("<a class=\"skip\" href=\"#content\">"))
        // Headings go down by one at a time.
        let levels = html.matches(of: /<h([1-6])[ >]/).compactMap { Int($0.1) }
        #expect(levels.first == 1 && levels.count { $0 == 1 } == 1)
        #expect(zip(levels, levels.dropFirst()).allSatisfy { $1 <= $0 + 1 })
        let drawings = html.components(separatedBy: "<svg ").dropFirst()
        #expect(drawings.count >= 10)
        for drawing in drawings {
            let start = drawing.prefix(500)
            #expect(
                start.contains("role=\"img\"") && start.contains("<title id=") && start.contains("aria-labelledby="))
            #expect(!drawing.contains("<desc id=\"\"></desc>") && !drawing.contains("NaN") && !drawing.contains("inf"))
        }
        let tables = html.components(separatedBy: "<table ").dropFirst()
        #expect(tables.count >= 10)
        for table in tables {
            #expect(table.contains("<caption class=\"unseen\">") && table.contains("<th scope=\"col\""))
            #expect(table.contains("<th scope=\"row\""))
        }
        // A chapter with plots has tables of their numbers.
        for chapter in html.components(separatedBy: "<section class=\"chapter\"").dropFirst() {
            #expect(!chapter.contains("<svg ") || chapter.contains("<table "))
        }
    }

    @Test func chaptersWithoutDataAreLeftOut() throws {
        let all = BenchReport(try .rich()).chapters.map(\.identifier)
        #expect(
            all == [
                "sizes", "parts", "throughput", "speed", "survival", "footprint", "images", "corpus", "warnings",
                "notes",
            ])
        var empty = BenchResults.sample([])
        empty.layers = []
        #expect(BenchReport(empty).chapters.map(\.identifier) == ["notes"])
        #expect(BenchReport(empty).html.contains("0 layers were looked at"))
    }
}
