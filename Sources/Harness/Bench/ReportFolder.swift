public import Foundation
public import Processes

/// The folder of one benchmark: `results.json` with the raw samples, `report.md` with the tables. It is made at the
/// first save, so that a benchmark that was stopped before leaves none.
public final class ReportFolder {
    /// The folder's path; it may get another number at the first save, where somebody else took this one meanwhile.
    public private(set) var path: String
    /// The path without a number, where the folder must be a new one and is not made yet.
    private var base: String?

    /// A new folder `<date>-<machine>` below `parent`, or `<date>-<machine>-<subject>`, numbered where there is one already.
    ///
    /// - Parameter subject: What was measured, where that is one set or layer of the corpus.
    public convenience init(
        below parent: String, date: String, machine: MachineDescription, subject: String? = nil
    ) throws(LocatedError) {
        let base =
            "\(parent)/\(date.prefix(10))-\(machine.shortName)" + (subject.map { "-\($0)" } ?? "")
        try self.init(ReportFolder.firstFree(base))
        self.base = base
    }

    /// A folder that the caller names; it is made where it is not there. One that cannot be made is told here, before
    /// anything is measured.
    public init(_ path: String) throws(LocatedError) {
        self.path = path
        var existing = URL(filePath: path).standardizedFileURL
        while !FileManager.default.fileExists(atPath: existing.path), existing.pathComponents.count > 1 {
            existing.deleteLastPathComponent()
        }
        let isFolder = FileManager.default.fileExists(atPath: existing.path + "/.")
        guard isFolder, FileManager.default.isWritableFile(atPath: existing.path) else {
            let reason = isFolder ? "cannot be written" : "is no folder"
            throw LocatedError(
                "the folder cannot be made: \(existing.path) \(reason)", in: path, remedy: "name another one with -o")
        }
    }

    private static func firstFree(_ base: String) -> String {
        var (path, number) = (base, 1)
        while FileManager.default.fileExists(atPath: path) {
            number += 1
            path = "\(base)-\(number)"
        }
        return path
    }

    /// Writes the raw samples anew, and where `withTables` is set the tables too; each file is replaced as a whole.
    public func save(_ results: BenchResults, withTables: Bool = true) throws(LocatedError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        var files: [File] = []
        do {
            files.append(File(name: "results.json", data: try encoder.encode(results)))
        } catch {
            throw LocatedError("the report cannot be written: \(error.localizedDescription)", in: path)
        }
        if withTables { files.append(File(name: "report.md", data: Data(BenchReport(results).markdown.utf8))) }
        try write(files)
    }

    /// A file of the report.
    public struct File: Sendable {
        public var name: String
        public var data: Data

        public init(name: String, data: Data) {
            self.name = name
            self.data = data
        }
    }

    /// Writes files into the folder, which is made where it is not there; each file is replaced as a whole.
    public func write(_ files: [File]) throws(LocatedError) {
        if let base {
            path = ReportFolder.firstFree(base)
            self.base = nil
        }
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw LocatedError("the folder cannot be made: \(error.localizedDescription)", in: path)
        }
        do {
            for file in files {
                try file.data.write(to: URL(filePath: path).appending(component: file.name), options: .atomic)
            }
        } catch {
            throw LocatedError("the report cannot be written: \(error.localizedDescription)", in: path)
        }
    }
}
