internal import Foundation

/// A run of `survive` with all that is needed to understand and to repeat it: `survival.json`.
public struct SurvivalResults: Codable, Sendable {
    public static let currentSchemaVersion = 1

    public var schemaVersion = SurvivalResults.currentSchemaVersion
    /// ISO 8601, UTC.
    public var date: String
    public var command: String
    public var machine: MachineDescription
    public var survival: [SurvivalRecord]

    public init(date: String, command: String, machine: MachineDescription, survival: [SurvivalRecord]) {
        (self.date, self.command, self.machine, self.survival) = (date, command, machine, survival)
    }

    /// Records of which none is there twice: one of a later run takes the place of the same trial of the same strategy.
    static func joined(_ earlier: [SurvivalRecord], _ later: [SurvivalRecord]) -> [SurvivalRecord] {
        struct Key: Hashable {
            var trial: SurvivalRecord.Trial
            var strategy: String
        }
        var places: [Key: Int] = [:]
        return (earlier + later).reduce(into: []) { joined, record in
            let key = Key(trial: record.trial, strategy: record.strategy)
            if let place = places[key] {
                joined[place] = record
            } else {
                places[key] = joined.count
                joined.append(record)
            }
        }
    }

    /// `survival.json` and `survival.md`.
    public func files() throws -> [ReportFolder.File] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return [
            .init(name: "survival.json", data: try encoder.encode(self)),
            .init(name: "survival.md", data: Data(markdown.utf8)),
        ]
    }

    private var markdown: String {
        let versions = machine.versions.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        let place = "\(machine.operatingSystem), \(machine.fileSystem)"
        return """
            # What survives what

            \(date), \(Markdown.code(command)), \(Markdown.escaped(place)); \(Markdown.escaped(versions.joined(separator: ", "))).

            Each cell is one storage with all encodings that were measured: the one outcome of all, or how many have which.
            *Moved* is what a server sent, a delta's length, or the bytes of files that were written and not linked, over
            all of the row's cells.

            | operation | what is done |
            | --- | --- |
            \(SurvivalOperation.all.map { "| \($0.name) | \($0.summary) |" }.joined(separator: "\n"))

            \(SurvivalReport(survival).markdown)
            """
    }
}
