import Foundation
import Processes
import Testing

@testable import Harness

@Suite struct CSVTests {
    /// Reads RFC 4180: lines end in CR LF.
    private func parse(_ text: String) -> [[String]] {
        var (rows, row, field, isQuoted) = ([[String]](), [String](), "", false)
        var scalars = Array(text.unicodeScalars)[...]
        while let scalar = scalars.popFirst() {
            switch scalar {
            case "\"" where isQuoted && scalars.first == "\"":
                field.unicodeScalars.append("\"")
                scalars.removeFirst()
            case "\"": isQuoted.toggle()
            case ",", "\r":
                if isQuoted {
                    field.unicodeScalars.append(scalar)
                } else {
                    row.append(field)
                    field = ""
                }
            case "\n":
                if isQuoted {
                    field.unicodeScalars.append(scalar)
                } else {
                    rows.append(row)
                    row = []
                }
            default: field.unicodeScalars.append(scalar)
            }
        }
        return rows
    }

    @Test func figuresAreRawAndComeBack() throws {
        let name = "a,\"b\"\r\nc"
        let results = try BenchResults.rich(second: name)
        let tables = BenchReport(results).csvTables
        #expect(
            tables.map(\.name) == [
                "headline", "layers", "encodings", "parts", "processes", "samples", "speed", "survival", "footprint",
                "image-blobs", "image-samples", "machine",
            ])
        for table in tables {
            let rows = parse(table.text)
            #expect(rows.count == table.rows.count + 1 && rows[0] == table.columns.map(\.name), "\(table.name)")
            #expect(rows.allSatisfy { $0.count == table.columns.count }, "\(table.name)")
        }
        let encodings = try #require(tables.first { $0.name == "encodings" })
        for (row, record) in zip(parse(encodings.text).dropFirst(), results.encodings) {
            #expect(row[0] == record.layer && row[5] == record.recipeBytes.map(String.init) ?? "")
            #expect(Double(row[7]) == Samples(record.decodeSeconds)?.median)
        }
        let samples = try #require(tables.first { $0.name == "samples" })
        let seconds = results.records.flatMap { $0.measurements.flatMap(\.seconds) }
        #expect(parse(samples.text).dropFirst().compactMap { Double($0[7]) } == seconds)
    }

    /// What a program reads as a quote is one, whatever accent is behind it; and no name is a formula.
    @Test func namesStayInTheirFields() throws {
        var table = CSVTable("t", "a row", [("name", "m"), ("value", "m")])
        let names = ["\"\u{301},x", "=1+1", "+1", "-1", "@x", "\t=1", "\r\n=1", "a=1", "–", "'x"]
        for name in names { table.append([.text(name), .number(-1)]) }
        let rows = parse(table.text).dropFirst()
        #expect(
            rows.map { $0[0] }.map { Array($0.unicodeScalars) }
                == names.enumerated().map {
                    Array(((1...6).contains($0.offset) ? "'" : "").unicodeScalars) + Array($0.element.unicodeScalars)
                })
        #expect(rows.allSatisfy { $0.count == 2 && $0[1] == "-1" })
    }

    @Test func everyColumnIsExplained() throws {
        let page = try String(
            contentsOf: BenchResults.root.appending(path: "Documentation/reading-reports.md"), encoding: .utf8)
        for table in BenchReport(try .rich()).csvTables {
            let line = try #require(
                page.split(separator: "\n").first { $0.hasPrefix("| `\(table.name).csv` |") }, "\(table.name)")
            for column in table.columns {
                #expect(line.contains("`\(column.name)`"), "\(table.name).\(column.name)")
                #expect(!column.meaning.isEmpty)
            }
            #expect(line.contains("| \(table.meaning) |"), "\(table.name)")
        }
    }

    @Test func aFileHasOneTable() throws {
        let forms = ReportForms(BenchReport(try .rich()))
        #expect(try forms.text(.csv, table: "speed").hasPrefix("layer,row,what,peer,"))
        let unnamed = #expect(throws: LocatedError.self) { try forms.text(.csv) }
        #expect(unnamed.map { "\($0)".contains("--table: headline, layers, encodings") } == true)
        let unknown = #expect(throws: LocatedError.self) { try forms.text(.csv, table: "x") }
        #expect(unknown.map { "\($0)".contains("no such table") } == true)
    }

    @Test func formsGoWhereTheyAreAsked() throws {
        try withScratchDirectory { directory in
            let report = BenchReport(try .rich())
            let forms = ReportForms(report)
            let all = try forms.write(to: directory + "/all", nil)
            let names = try FileManager.default.contentsOfDirectory(atPath: directory + "/all").sorted()
            #expect(all.map { URL(filePath: $0).lastPathComponent }.sorted() == names)
            #expect(names.contains("report.html") && names.contains("report.md") && names.contains("encodings.csv"))
            #expect(try forms.write(to: directory + "/a/page.html", nil) == [directory + "/a/page.html"])
            #expect(try String(contentsOfFile: directory + "/a/page.html", encoding: .utf8) == report.html)
            #expect(try forms.write(to: directory + "/md", .markdown) == [directory + "/md/report.md"])
            let odd = #expect(throws: LocatedError.self) { try forms.write(to: directory + "/page.htm", nil) }
            #expect(odd?.what == "no form of a report ends in .htm")
            #expect(odd?.remedy?.contains(".html, .md, .csv or .txt") == true)
            #expect(!FileManager.default.fileExists(atPath: directory + "/page.htm"))
            #expect(try forms.write(to: directory + "/v1.2/", .markdown).count == 1)
            #expect(try forms.write(to: directory + "/v1.2", .markdown) == [directory + "/v1.2/report.md"])
            try forms.write(to: directory + "/one.csv", nil, table: "parts")
            #expect(
                try String(contentsOfFile: directory + "/one.csv", encoding: .utf8).hasPrefix("layer,encoding,part"))
        }
    }
}
