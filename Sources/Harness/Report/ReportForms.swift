internal import Foundation
public import Processes

/// How a report is written.
public enum ReportFormat: String, CaseIterable, Sendable {
    case terminal, markdown, csv, html

    /// What a file's name ends in.
    var ending: String {
        switch self {
        case .terminal: "txt"
        case .markdown: "md"
        case .csv: "csv"
        case .html: "html"
        }
    }
}

/// A report in the form and at the place that somebody asked for.
public struct ReportForms: Sendable {
    private let report: BenchReport

    public init(_ report: BenchReport) { self.report = report }

    /// The report as a text.
    ///
    /// - Parameter table: for CSV, which of its tables; each is a file of its own.
    public func text(_ format: ReportFormat, table: String? = nil) throws(LocatedError) -> String {
        switch format {
        case .terminal: return terminalText
        case .markdown: return report.markdown
        case .html: return report.html
        case .csv:
            let tables = report.csvTables
            let names = tables.map(\.name).joined(separator: ", ")
            guard let table else {
                throw LocatedError(
                    "CSV has a table in a file", in: "--format csv",
                    remedy: "name a folder with -o, or one of the tables with --table: \(names)")
            }
            guard let found = tables.first(where: { $0.name == table }) else {
                throw LocatedError(
                    "there is no such table in these results", in: "--table \(table)", remedy: "there are \(names)")
            }
            return found.text
        }
    }

    private var terminalText: String { "\(PlainText.line(report.headline.sentence))\n\n\(report.terminalText)" }

    /// The headline and all records for scripts, one JSON object a line.
    public var jsonLines: [String] {
        get throws {
            struct Line: Encodable {
                var kind = "headline"
                var schemaVersion = BenchResults.currentSchemaVersion
                var sentence: String
                var figures: [Headline.Figure]
            }
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            let line = Line(sentence: report.headline.sentence, figures: report.headline.figures)
            return [String(decoding: try encoder.encode(line), as: UTF8.self)] + (try report.results.jsonLines)
        }
    }

    /// Writes the report, and says which files there are now.
    ///
    /// - Parameters:
    ///   - path: a file where it ends in `.html`, `.md`, `.csv` or `.txt`, else a folder, which is made; that it ends in
    ///     something else, and is no folder, is an error.
    ///   - format: nil: what the file's ending says, and in a folder all but the terminal's.
    @discardableResult
    public func write(to path: String, _ format: ReportFormat?, table: String? = nil) throws(LocatedError) -> [String] {
        let ending = URL(filePath: path).pathExtension
        let isFolder = FileManager.default.fileExists(atPath: path + "/.")
        if !isFolder, let implied = ReportFormat.allCases.first(where: { $0.ending == ending }) {
            let file = URL(filePath: path)
            let folder = try ReportFolder(file.deletingLastPathComponent().path)
            let text = try text(format ?? implied, table: table)
            try folder.write([.init(name: file.lastPathComponent, data: Data(text.utf8))])
            return [path]
        }
        // A folder that is to be made has a name that cannot be meant for a file.
        guard isFolder || path.hasSuffix("/") || ending.isEmpty else {
            throw LocatedError(
                "no form of a report ends in .\(ending)", in: path,
                remedy: "a file ends in .html, .md, .csv or .txt; a new folder in a slash, or in nothing of the kind")
        }
        guard table == nil else {
            throw LocatedError("--table prints one table, and -o FOLDER writes all", in: path, remedy: "leave one out")
        }
        let forms = format.map { [$0] } ?? [.html, .markdown, .csv]
        let files = forms.flatMap { form -> [(name: String, text: String)] in
            switch form {
            case .terminal: [("report.txt", terminalText)]
            case .markdown: [("report.md", report.markdown)]
            case .html: [("report.html", report.html)]
            case .csv: report.csvTables.map { ("\($0.name).csv", $0.text) }
            }
        }
        let folder = try ReportFolder(path)
        try folder.write(files.map { .init(name: $0.name, data: Data($0.text.utf8)) })
        return files.map { "\(path)/\($0.name)" }
    }
}
