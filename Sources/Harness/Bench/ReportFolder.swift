internal import Foundation

/// The folder of one benchmark: `results.json` with the raw samples, `report.md` with the tables.
public struct ReportFolder: Sendable {
    public let path: String

    /// A new folder `<date>-<machine>` below `parent`, numbered where there is one already.
    public init(below parent: String, date: String, machine: MachineDescription) throws(HarnessError) {
        let base = "\(parent)/\(date.prefix(10))-\(machine.shortName)"
        var path = base
        var number = 1
        while FileManager.default.fileExists(atPath: path) {
            number += 1
            path = "\(base)-\(number)"
        }
        try self.init(path)
    }

    /// A folder that the caller names; it is made where it is not there.
    public init(_ path: String) throws(HarnessError) {
        self.path = path
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw HarnessError("the folder cannot be made: \(error.localizedDescription)", in: path)
        }
    }

    /// Writes both files anew; each is replaced as a whole.
    public func save(_ results: BenchResults) throws(HarnessError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            let folder = URL(filePath: path)
            try encoder.encode(results).write(to: folder.appending(component: "results.json"), options: .atomic)
            try Data(BenchReport(results).markdown.utf8)
                .write(to: folder.appending(component: "report.md"), options: .atomic)
        } catch {
            throw HarnessError("the report cannot be written: \(error.localizedDescription)", in: path)
        }
    }
}
