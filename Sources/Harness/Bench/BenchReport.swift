/// A benchmark's results as tables.
public struct BenchReport: Sendable {
    private static let terminalWidth = 160

    private let results: BenchResults

    public init(_ results: BenchResults) { self.results = results }

    /// For a terminal.
    public var terminalText: String {
        (measured.map(terminal) + [footprint.terminalText] + closing.map(terminal)).filter { !$0.isEmpty }
            .joined(separator: "\n")
    }

    /// A page: machine, tables, notes and the command to redo it.
    public var markdown: String {
        let parts = (measured.map(page) + [footprint.markdown] + closing.map(page)).filter { !$0.isEmpty }
        return head + "\n" + parts.joined(separator: "\n") + "\nAgain: `\(results.command)`\n"
    }

    private func terminal(_ section: Section) -> String {
        let table = section.table?.terminalText(width: BenchReport.terminalWidth) ?? ""
        return "\(section.title)\n\(table)" + section.notes.map { "  \($0)\n" }.joined()
    }

    private func page(_ section: Section) -> String {
        let table = section.table.map { "\($0.markdown)\n" } ?? ""
        return "## \(section.title)\n\n\(table)" + section.notes.map { "- \($0)\n" }.joined()
    }

    private var footprint: FootprintReport { FootprintReport(results.footprints) }

    /// A title, a table perhaps, and lines that belong to it.
    struct Section {
        var title: String
        var table: Table?
        var notes: [String] = []
    }

    private var measured: [Section] {
        let encodings = results.encodings.isEmpty ? [] : EncodingTable(results).sections
        return encodings + EndToEndTables(results).sections + SpeedTables(results).sections
            + ImageTables(results).sections
    }

    private var closing: [Section] {
        let summary = SummaryTable(results).section.map { [$0] } ?? []
        let warnings = results.warnings.isEmpty ? [] : [Section(title: "Warnings", notes: results.warnings)]
        return summary + warnings + [
            Section(title: "Notes", notes: EndToEndTables(results).footnotes + SpeedTables(results).footnotes + ending)
        ]
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
        return "# layerlab bench, \(results.date)\n\n" + lines.joined(separator: "\\\n") + "\n"
    }
}
