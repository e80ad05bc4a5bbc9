internal import Digests
internal import Foundation
internal import LayerStore
internal import OSTree
internal import Strategies
internal import Processes

extension FootprintMeasurement {
    /// One storage in one mode.
    struct Row {
        let measurement: FootprintMeasurement
        let mode: RepositoryMode
        let progress: (String) -> Void
        private(set) var record: FootprintRecord

        private var place: String { "\(measurement.workFolder)/\(record.mode)-\(record.storage)" }

        init(
            measurement: FootprintMeasurement, mode: RepositoryMode, storage: any Storage.Type,
            progress: @escaping @Sendable (String) -> Void
        ) {
            self.measurement = measurement
            self.mode = mode
            self.progress = progress
            let strategy = Strategy(encoding: measurement.encoding, storage: storage.init())
            record = FootprintRecord(
                layer: measurement.layer, policy: measurement.policy.rawValue, mode: mode.rawValue,
                strategy: strategy.description, encoding: measurement.encoding.description, storage: storage.name,
                isFloor: storage.isFloor)
        }

        /// The row, with what its repository holds where it came so far.
        func measure(over floor: Measured?) throws -> (FootprintRecord, Measured?) {
            var row = self
            var measured: Measured?
            do {
                let imported = try row.importLayer()
                try Interruption.check()
                measured = try row.count(imported, over: floor)
                try Interruption.check()
                try row.pull(imported)
            } catch {
                // Being stopped is no result, and neither is what comes of it.
                try Interruption.check()
                row.record.error = "\(error)".split(whereSeparator: \.isNewline).joined(separator: " ")
            }
            return (row.record, measured)
        }

        private mutating func importLayer() throws -> ImportReport {
            try ostree("init", "--mode=\(mode.rawValue)").runChecked()
            try ostree("config", "set", "core.fsync", "false").runChecked()
            let importing = ChildProcess(
                measurement.tool,
                [
                    "import", measurement.path, "--repo", place, "--strategy", record.strategy, "--policy",
                    record.policy, "--json", "--quiet",
                ] + measurement.options, timeoutSeconds: FootprintMeasurement.timeLimitSeconds)
            let imported = try importing.runChecked()
            let report = try JSONDecoder().decode(ImportReport.self, from: Data(imported.output.bytes))
            (record.entries, record.layerBytes) = (report.entries, report.layerBytes)
            (record.recipeBytes, record.storedBytes) = (report.recipeBytes, report.storedBytes)
            progress("    imported, \(Figure.seconds(imported.wallSeconds)) s")
            return report
        }

        private mutating func count(_ report: ImportReport, over floor: Measured?) throws -> Measured {
            let start = ContinuousClock().now
            try ostree("prune", "--refs-only").runChecked()
            guard let commit = Digest(hex: report.commit) else {
                throw LocatedError("import names no commit: '\(report.commit)'", in: measurement.tool)
            }
            let accounts = try RepositoryAccounts(of: try Repository(opening: place), layer: commit)
            record.commitObjectBytes = accounts.commit.files.bytes
            record.repository = FootprintRecord.Cost(accounts.files)
            record.folders = FootprintRecord.Folders(accounts.folders)
            record.orphans = FootprintRecord.Orphans(
                count: report.orphans, payloadBytes: report.orphanBytes,
                cost: FootprintRecord.Cost(accounts[.orphans]))
            if !measurement.encoding.requiredDictionaries.isEmpty {
                record.dictionary = FootprintRecord.Cost(accounts[.dictionary])
            }
            let measured = Measured(files: accounts.files, folders: accounts.folders, commit: accounts.commit)
            if let floor = record.isFloor ? measured : floor {
                record.overFloor = FootprintRecord.Cost(accounts.files - floor.files)
                record.foldersOverFloor = FootprintRecord.Folders(accounts.folders - floor.folders)
                record.recipe = FootprintRecord.Cost(accounts[.recipe] + (accounts.commit - floor.commit))
            }
            let seconds = start.duration(to: ContinuousClock().now) / .seconds(1)
            progress("    pruned and counted, \(Figure.seconds(seconds)) s")
            return measured
        }

        private mutating func pull(_ report: ImportReport) throws {
            let folder = place + "-pull"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
            let repository = try Repository(opening: place)
            let companions = try repository.refs(below: "layerlab").keys.sorted()
            do {
                record.pull = try HTTPPull(tool: measurement.tool, folder: folder, progress: progress)
                    .measure(report.ref, companions: companions, from: place)
            } catch let refused as HTTPPull.Refused {
                // What can be served is refused for one reason only: a commit that is too large.
                guard mode != .archive || refused.reason.contains("maximum size") else {
                    throw LocatedError(refused.reason, in: "ostree pull")
                }
                record.noPull = "ostree pull: \(refused.reason)"
            }
        }

        private func ostree(_ command: String, _ arguments: String...) -> ChildProcess {
            var process = ChildProcess(
                "ostree", [command, "--repo=\(place)"] + arguments,
                timeoutSeconds: FootprintMeasurement.timeLimitSeconds)
            process.environment = ["LC_ALL": "C.UTF-8"]
            return process
        }
    }
}
