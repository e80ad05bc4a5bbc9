internal import Foundation
internal import Mustache

/// A report as one HTML file that needs nothing else: no network, no fonts, no script to be read.
///
/// Its template, style sheet and script are files of their own, compiled into the program as bytes (`.embedInCode`): a
/// resource bundle would have to lie beside the binary, and a binary that is copied elsewhere would lose its report.
struct ReportPage {
    private let report: BenchReport

    init(_ report: BenchReport) { self.report = report }

    /// Escapes by scalars; the library's own escaping looks at characters, and misses a quote with an accent.
    private struct Content: MustacheContentType {
        func escapeText(_ text: String) -> String { Markup.escaped(text) }
    }

    /// The template is ours and compiled in: one that cannot be read is a defect, and every test meets it.
    private static let template: MustacheTemplate? = {
        MustacheContentTypes.register(Content(), named: "MARKUP")
        return try? MustacheTemplate(string: String(decoding: PackageResources.report_mustache, as: UTF8.self))
    }()

    var html: String {
        guard let template = ReportPage.template else { preconditionFailure("the report's template cannot be read") }
        // The pragma leaves an empty line, and a page begins with its document type.
        return String(template.render(context).drop { $0.isNewline })
    }

    // MARK: What the template is given

    private typealias Values = [String: Any]

    private var context: Values {
        let results = report.results
        let headline = report.headline
        return [
            "pageTitle": "layerlab bench, \(results.date.prefix(10))", "date": results.date,
            "day": String(results.date.prefix(10)),
            "machineName": "\(results.machine.processor), \(results.machine.cores) cores",
            "sentence": headline.sentence, "hasFigures": !headline.figures.isEmpty,
            "figures": headline.figures.map { figure -> Values in
                [
                    "figureName": figure.name, "figureValue": ReportPage.number(figure.value),
                    "figureText": figure.text, "figureCaption": figure.caption,
                ]
            },
            "chapters": (report.chapters + [ConditionChapters(results).machine]).map(values),
            "command": results.command, "version": Release.version, "style": ReportPage.style,
            "script": String(decoding: PackageResources.report_js, as: UTF8.self),
        ]
    }

    /// The style sheet with both themes' colours; paper is white.
    static var style: String {
        """
        :root { \(Palette.light.properties)}
        @media screen and (prefers-color-scheme: dark) { :root { \(Palette.dark.properties)} }
        \(String(decoding: PackageResources.report_css, as: UTF8.self))
        """
    }

    private func values(_ chapter: ReportChapter) -> Values {
        let options = chapter.sections.compactMap(\.option).distinct
        return [
            "chapterID": chapter.identifier, "chapterTitle": chapter.title, "lead": chapter.lead,
            "hasChoice": options.count > 1, "choice": chapter.choice,
            "sections": chapter.sections.enumerated().map { index, section in
                values(section, of: chapter, at: index)
            },
        ]
    }

    private func values(_ section: BenchReport.Section, of chapter: ReportChapter, at index: Int) -> Values {
        let place = "\(chapter.identifier)-\(index)"
        let isMany = section.notes.count > 6 && section.table != nil
        return [
            "hasOption": section.option != nil, "option": section.option ?? "",
            // A chapter of one section with its own title needs no second one.
            "hasHeading": section.title != chapter.title, "sectionTitle": section.title,
            "plots": section.plots.enumerated().map { number, plot -> Values in
                let identifier = "\(place)-plot-\(number)"
                let svg = plot.drawing.element(identifier: identifier, title: plot.title, summary: plot.summary)
                return [
                    "plotTitle": plot.title, "hasPlotTitle": plot.title != section.title,
                    "plotSummary": plot.summary, "svg": svg,
                ]
            },
            "tables": section.table.map { [values($0, identifier: "\(place)-table", title: section.title)] } ?? [],
            "hasNotes": !section.notes.isEmpty && !isMany, "hasManyNotes": isMany, "notes": section.notes,
            "noteCount": section.notes.count,
        ]
    }

    private func values(_ table: Table, identifier: String, title: String) -> Values {
        let foot = table.endsWithTotal ? 1 : 0
        return [
            "tableID": identifier, "tableTitle": title,
            "heads": table.columns.map { column -> Values in
                ["headText": column.title, "isRight": column.alignment == .right]
            },
            "bodyRows": table.cells.dropLast(foot).map { ["cells": markup($0, of: table)] },
            "hasFoot": foot > 0, "footRows": table.cells.suffix(foot).map { ["cells": markup($0, of: table)] },
        ]
    }

    /// A row's cells. They are written here rather than by the template: there are thousands, and each is one line.
    private func markup(_ row: [Table.Cell], of table: Table) -> String {
        row.enumerated().map { index, cell in
            let value = cell.value.map { " data-value=\"\(ReportPage.number($0))\"" } ?? ""
            let text = Markup.escaped(cell.text)
            guard index > 0 else { return "<th scope=\"row\"\(value)>\(text)</th>" }
            var styles = [cell.tone?.rawValue].compactMap(\.self)
            if table.columns[index].alignment == .right {
                styles.append("right")
            } else if cell.text.count > 30 {
                styles.append("prose")
            }
            let style = styles.isEmpty ? "" : " class=\"\(styles.joined(separator: " "))\""
            return "<td\(style)\(value)>\(text)</td>"
        }.joined()
    }

    /// As JSON writes it: whole numbers without a point, others with as many digits as tell them apart.
    static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 9e15 ? String(Int(value)) : String(value)
    }
}

extension BenchReport {
    /// One file for a browser.
    public var html: String { ReportPage(self).html }
}
