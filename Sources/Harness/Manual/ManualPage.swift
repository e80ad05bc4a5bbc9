internal import Foundation

/// The manual: a page for the program and one for each of its commands, made of what `--help` says.
public struct Manual {
    /// A page, by the name of its file: `layerlab-import.1`.
    public struct Page {
        public var fileName: String
        /// For `man`: roff with the man macros.
        public var text: String
    }

    public let pages: [Page]

    /// - Parameters:
    ///   - json: what the argument parser's `--experimental-dump-help` prints.
    ///   - date: of the pages, as `2026-01-31`.
    public init(helpJSON json: String, version: String, date: String) throws {
        let root = try CommandHelp(json: json)
        var pages: [Page] = []
        func add(_ command: CommandHelp, above: [String]) {
            let path = above + [command.commandName]
            let page = ManualPage(
                command: command, path: path, source: "\(root.commandName) \(version)", date: date)
            pages.append(Page(fileName: path.joined(separator: "-") + ".1", text: page.text))
            for below in command.shown { add(below, above: path) }
        }
        add(root, above: [])
        self.pages = pages
    }
}

/// A command's page.
struct ManualPage {
    let command: CommandHelp
    /// The names from the program's to the command's.
    let path: [String]
    let source: String
    let date: String

    var text: String {
        var lines = [
            ".TH \(Roff.quoted(path.joined(separator: "-").uppercased())) 1 \"\(date)\" \(Roff.quoted(source))",
            // Long words, such as lists of strategies, leave nothing to adjust.
            ".ad l",
            ".SH NAME",
            "\(Roff.text(path.joined(separator: "-"))) \\- \(Roff.text(summary))",
            ".SH SYNOPSIS",
        ]
        lines += synopsis
        if let discussion = command.discussion, !discussion.isEmpty {
            lines += [".SH DESCRIPTION"] + ManualProse(discussion).lines
        }
        lines += list(
            "COMMANDS",
            command.shown.map { below in
                (
                    Roff.bold((path.dropFirst() + [below.commandName]).joined(separator: " ")),
                    below.abstract ?? ""
                )
            })
        let arguments = (command.arguments ?? []).filter(\.shouldDisplay)
        lines += list(
            "ARGUMENTS",
            arguments.filter { $0.kind == "positional" }.map { ($0.placeholder, $0.explanation) })
        lines += list(
            "OPTIONS",
            arguments.filter { $0.kind != "positional" }.map { ($0.placeholder, $0.explanation) })
        let related =
            (path.count > 1 ? [path.dropLast()[...]] : [])
            + command.shown.map { (path + [$0.commandName])[...] }
        if !related.isEmpty {
            lines += [".SH SEE ALSO"]
            lines += related.enumerated().map { index, path in
                ".BR \(Roff.text(path.joined(separator: "-"))) (1)" + (index + 1 < related.count ? "," : "")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The abstract, without its full stop and its capital letter.
    private var summary: String {
        let text = command.abstract ?? ""
        let start = text.prefix(1).lowercased() + text.dropFirst()
        return start.hasSuffix(".") ? String(start.dropLast()) : start
    }

    private var synopsis: [String] {
        let name = Roff.bold(path.joined(separator: " "))
        guard command.shown.isEmpty else { return ["\(name) \(Roff.italic("command")) ..."] }
        let positional = (command.arguments ?? []).filter {
            $0.shouldDisplay && $0.kind == "positional"
        }
        let required = (command.arguments ?? []).filter {
            $0.shouldDisplay && $0.kind == "option" && !$0.isOptional
        }
        return [
            ([name] + positional.map(\.usage) + required.map(\.placeholder) + ["[options]"]).joined(
                separator: " ")
        ]
    }

    private func list(_ title: String, _ items: [(String, String)]) -> [String] {
        guard !items.isEmpty else { return [] }
        return [".SH \(title)"] + items.flatMap { [".TP", $0.0, Roff.text($0.1)] }
    }
}

extension CommandHelp.Argument {
    /// `-o, --output FILE` with fonts.
    var placeholder: String {
        let value = Roff.italic(valueName ?? "value")
        guard let names, kind != "positional" else { return value }
        let shown = names.sorted {
            ($0.kind == "long" ? 1 : 0, $0.name) < ($1.kind == "long" ? 1 : 0, $1.name)
        }
        .map { Roff.bold($0.text) }.joined(separator: ", ")
        return kind == "option" ? "\(shown) \(value)" : shown
    }

    /// How it stands in a synopsis.
    var usage: String {
        let value = Roff.italic(valueName ?? "value") + (isRepeating ? " ..." : "")
        return isOptional ? "[\(value)]" : value
    }

    var explanation: String {
        var text = abstract ?? ""
        if let allValues, !allValues.isEmpty {
            text += " One of: \(allValues.joined(separator: ", "))."
        }
        if let defaultValue, !text.contains("default") { text += " Default: \(defaultValue)." }
        return text
    }
}
