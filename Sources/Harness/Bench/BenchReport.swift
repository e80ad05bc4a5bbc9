/// A benchmark's results: one model of chapters and sections, rendered for a terminal, as Markdown and as a page.
public struct BenchReport: Sendable {
    private static let terminalWidth = 160

    let results: BenchResults

    public init(_ results: BenchResults) { self.results = results }

    /// For a terminal.
    public var terminalText: String { sections.map(terminal).joined(separator: "\n") }

    /// A page: machine, tables, notes and the command to redo it.
    public var markdown: String {
        head + "\n" + sections.map(page).joined(separator: "\n") + "\nAgain: \(Markdown.code(results.command))\n"
    }

    /// What its first lines say.
    public var headline: Headline { Headline(results) }

    /// Sections that have words or figures without a plot.
    private var sections: [Section] {
        chapters.flatMap(\.sections).filter { $0.table != nil || !$0.notes.isEmpty }
    }

    private func terminal(_ section: Section) -> String {
        let table = section.table?.terminalText(width: BenchReport.terminalWidth) ?? ""
        return "\(PlainText.line(section.title))\n\(table)"
            + section.notes.map { "  \(PlainText.line($0))\n" }.joined()
    }

    private func page(_ section: Section) -> String {
        let table = section.table.map { "\($0.markdown)\n" } ?? ""
        let notes = section.notes.map { "- \(Markdown.escaped($0))\n" }
        return "## \(Markdown.escaped(section.title))\n\n\(table)" + notes.joined()
    }

    /// A title, a table perhaps, and lines that belong to it.
    struct Section {
        var title: String
        var table: Table?
        var notes: [String] = []
        /// The layer, mode or image that it is about, where a chapter has a section for each.
        var option: String?
        /// The kind of cache that it is about, where that matters.
        var cache: CacheState?
        /// Drawn where there is room for drawings; the table has their numbers.
        var plots: [any Plot] = []
    }

    /// All there is to say, in the order of all renderings; chapters without data are left out.
    var chapters: [ReportChapter] {
        let conditions = ConditionChapters(results)
        let measured = [
            SizeChapter(results).chapter, StreamsChapter(results).chapter, ThroughputChapter(results).chapter,
            SpeedChapter(results).chapter, SurvivalChapter(results).chapter, FootprintChapter(results).chapter,
            ImageChapter(results).chapter, conditions.corpus, conditions.warnings,
        ]
        return measured.compactMap(\.self) + [notes]
    }

    private var notes: ReportChapter {
        let notes = EndToEndTables(results).footnotes + SpeedTables(results).footnotes + ending
        return ReportChapter(
            identifier: "notes", title: "Notes", lead: "How it was measured, and how it went.",
            sections: [.init(title: "Notes", notes: notes)])
    }

    /// How it went.
    private var ending: [String] {
        var notes = results.failures.map { "fails: \($0)" } + results.leftOut.map { "left out: \($0)" }
        switch results.ending {
        case .complete: break
        case .budget: notes.append("not complete: time or disk was used up before")
        case .interrupted: notes.append("not complete: the benchmark was stopped, or is still running")
        }
        let conditions = results.conditions
        let disk = Figure.count(conditions.peakWorkBytes / 1_000_000)
        notes.append("took \(Figure.duration(conditions.wallSeconds)) and \(disk) MB of disk")
        return notes
    }

    private var head: String {
        let machine = results.machine
        let conditions = results.conditions
        let versions = machine.versions.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        var lines = [
            "\(machine.processor), \(machine.cores) cores, \(Figure.count(machine.memoryBytes / 1_000_000)) MB, "
                + "\(machine.fileSystem), \(machine.operatingSystem), kernel \(machine.kernel), governor "
                + (machine.governor ?? "not visible"),
            versions.joined(separator: "; "),
            "commits \(results.settings.isDurable ? "durable (fsync)" : "not synced"), \(machine.buildConfiguration) build",
        ]
        let load = conditions.loadAverageAtStart.map { "load \(Figure.fixed($0, decimals: 2)) before the start" }
        let stolen = conditions.stolenShare.map { "\(Figure.percent($0)) of processor time stolen" }
        let cache = conditions.cacheDropping.map { "cold cache by \($0)" }
        let met = [load, stolen, cache].compactMap(\.self)
        if !met.isEmpty { lines.append(met.joined(separator: "; ")) }
        return "# layerlab bench, \(Markdown.escaped(results.date))\n\n"
            + lines.map(Markdown.escaped).joined(separator: "\\\n") + "\n"
    }
}
