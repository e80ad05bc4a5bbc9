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
