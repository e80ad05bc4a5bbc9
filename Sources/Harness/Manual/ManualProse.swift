/// A discussion as `--help` shows it, as roff: paragraphs, headings in capitals, and indented lines, which are examples or a
/// list of names with explanations.
struct ManualProse {
    let lines: [String]

    init(_ discussion: String) {
        var lines: [String] = []
        var block: [Substring] = []
        func endBlock() {
            guard !block.isEmpty else { return }
            lines += ManualProse.indented(block)
            block = []
        }
        let source = discussion.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in source.enumerated() {
            if line.hasPrefix("  ") {
                block.append(line)
                continue
            }
            endBlock()
            let isFollowedByBlock = index + 1 < source.count && source[index + 1].hasPrefix("  ")
            if line.isEmpty {
                continue
            } else if isFollowedByBlock, let heading = ManualProse.heading(line) {
                lines.append(".SH \(Roff.quoted(heading.title))")
                if !heading.rest.isEmpty { lines.append(Roff.text(heading.rest)) }
            } else {
                // The first paragraph stands right below its heading.
                if let last = lines.last, !last.hasPrefix(".SH") { lines.append(".PP") }
                lines.append(Roff.text(line))
            }
        }
        endBlock()
        self.lines = lines
    }

    /// `EXAMPLE`, or `STRATEGIES  ENCODING@STORAGE`; nil for a line of prose.
    private static func heading(_ line: Substring) -> (title: String, rest: String)? {
        let title = line.prefix { $0.isUppercase || $0 == " " }
        let word = title.split(separator: " ").first.map(String.init) ?? ""
        guard word.count > 3, line.hasPrefix(word) else { return nil }
        let rest = line.dropFirst(word.count)
        return (word, rest.drop { $0 == " " }.isEmpty ? "" : String(rest.drop { $0 == " " }))
    }

    /// A list where each line is a name, two blanks and what it is; else lines as they are.
    private static func indented(_ block: [Substring]) -> [String] {
        let items = block.map { line -> (name: Substring, text: Substring)? in
            let line = line.dropFirst(2)
            guard let gap = line.firstRange(of: "  "), gap.lowerBound > line.startIndex else {
                return nil
            }
            return (line[..<gap.lowerBound], line[gap.upperBound...].drop { $0 == " " })
        }
        if items.allSatisfy({ $0 != nil }) {
            return items.compactMap(\.self).flatMap { [".TP", Roff.bold($0.name), Roff.text($0.text)] }
        }
        return [".RS 4", ".nf"] + block.map { Roff.text($0.dropFirst(2)) } + [".fi", ".RE"]
    }
}
