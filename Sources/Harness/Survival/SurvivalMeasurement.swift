internal import Digests
internal import Foundation
internal import LayerStore
public import OSTree
internal import Processes
public import Strategies

/// Takes layers through what repositories live through, each strategy in each mode, and looks whether they still rebuild.
///
/// A layer is imported once for each strategy and mode; each operation gets a copy of that repository, and is done by the
/// real `ostree` (nothing is synced, which changes no result). Several repositories are worked on at the same time: no time
/// counts here.
public struct SurvivalMeasurement: Sendable {
    /// Every encoding without a wrapper where a commit's own metadata keep it, and of each other storage two: one that names
    /// objects and one that names paths.
    public static var usualStrategies: [Strategy] {
        let standard = Strategy.standard.encoding
        let plain = Catalogue.encodings.compactMap { try? $0.init(parameters: [:]) }
        let others = (Catalogue.parameterisedEncodings + Catalogue.historicalEncodings).compactMap {
            try? Strategy.encoding($0)
        }
        let storages = Catalogue.storages.filter { !$0.isFloor && $0.name != CommitMetadata.name }
        return ([standard] + plain + others).map { Strategy(encoding: $0, storage: CommitMetadata()) }
            + storages.flatMap { storage in
                [standard, Tree()].map { Strategy(encoding: $0, storage: storage.init()) }
            }
    }

    /// How many repositories are worked on at the same time, unless somebody says so.
    public static let usualJobs = 2

    private let strategies: [Strategy]
    private let modes: [RepositoryMode]
    private let operations: [SurvivalOperation]
    private let dictionaries: [ZstdDictionary]
    private let workFolder: String
    private let parallelJobs: Int

    /// - Parameters:
    ///   - workFolder: where temporary repositories are made; it exists.
    ///   - jobs: how many repositories are worked on at the same time.
    public init(
        strategies: [Strategy], modes: [RepositoryMode] = RepositoryMode.allCases,
        operations: [SurvivalOperation] = SurvivalOperation.all, dictionaries: [ZstdDictionary] = [],
        workFolder: String, jobs: Int = usualJobs
    ) throws {
        if let floor = strategies.first(where: { type(of: $0.storage).isFloor }) {
            throw LayerStoreError(.input, "cannot measure \(floor): it keeps no recipe to rebuild from")
        }
        _ = try Program.locate("ostree")
        (self.strategies, self.modes, self.operations) = (strategies, modes, operations)
        (self.dictionaries, self.workFolder, parallelJobs) = (dictionaries, workFolder, max(jobs, 1))
    }

    /// How many records there will be of each layer.
    public var recordCount: Int { strategies.count * modes.count * operations.count }

    private struct Job: Sendable {
        var mode: RepositoryMode
        var strategy: Strategy
    }

    private enum Event: Sendable {
        case record(job: Int, SurvivalRecord)
        case ended((any Error)?)
    }

    /// All records of a layer, in the order of modes, strategies and operations.
    ///
    /// - Parameter each: called with every record as soon as it is there, on the calling thread; what it throws ends all.
    @discardableResult
    public func run(
        _ layer: BenchPlan.Layer, each: (SurvivalRecord) throws -> Void = { _ in }
    ) throws -> [SurvivalRecord] {
        let folder = "\(workFolder)/layerlab-survive-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let key = SigningKey()
        defer { key.close() }
        let jobs = modes.flatMap { mode in strategies.map { Job(mode: mode, strategy: $0) } }
        let workers = (0..<min(parallelJobs, jobs.count))
        let (queue, events) = (JobQueue(count: jobs.count), EventQueue<Event>())
        for worker in workers {
            Thread.detachNewThread {
                do {
                    try work(on: jobs, of: layer, from: queue, "\(folder)/\(worker)", key, events)
                    events.post(.ended(nil))
                } catch {
                    events.post(.ended(error))
                }
            }
        }
        var records: [[SurvivalRecord]] = jobs.map { _ in [] }
        var failure: (any Error)?
        var running = workers.count
        while running > 0 {
            switch events.next() {
            case nil: continue
            case .record(let job, let record):
                records[job].append(record)
                guard failure == nil else { continue }
                do { try each(record) } catch {
                    failure = error
                    queue.close()
                }
            case .ended(let error):
                running -= 1
                failure = failure ?? error
                if failure != nil { queue.close() }
            }
        }
        if let failure { throw failure }
        return records.flatMap(\.self)
    }

    /// One worker: a folder and a server of its own, and one job after the other.
    private func work(
        on jobs: [Job], of layer: BenchPlan.Layer, from queue: JobQueue, _ folder: String, _ key: SigningKey,
        _ events: EventQueue<Event>
    ) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let server = try LoopbackServer(serving: folder, log: "\(folder).log")
        defer { server.stop() }
        while let number = queue.next() {
            let job = jobs[number]
            try run(job, of: layer, in: folder, server, key) { events.post(.record(job: number, $0)) }
        }
    }

    /// All operations of one strategy in one mode.
    private func run(
        _ job: Job, of layer: BenchPlan.Layer, in folder: String, _ server: LoopbackServer, _ key: SigningKey,
        _ report: (SurvivalRecord) throws -> Void
    ) throws {
        let base = folder + "/base"
        defer { try? FileManager.default.removeItem(atPath: base) }
        var template = SurvivalRecord(
            layer: layer, mode: job.mode.rawValue, strategy: job.strategy.description, operation: "")
        var subject: SurvivalScene.Subject?
        do {
            let imported = try importLayer(layer, by: job, into: base)
            subject = .init(ref: imported.ref, layer: imported.layer, mode: job.mode)
            template.diffID = imported.layer.diffID.description
            (template.entries, template.layerBytes) = (imported.entryCount, imported.layerBytes)
            (template.recipeBytes, template.orphanBytes) = (imported.recipeBytes, imported.orphanBytes)
            let footprint = imported.footprint
            template.storageBytes = footprint.bytes
            (template.storageFiles, template.storageRefs) = (footprint.files, footprint.refs)
        } catch let error as StrategyError where error.kind == .cannot {
            (template.outcome, template.reason) = (.cannot, error.description)
        } catch {
            try rethrowInterruption(error)
            let reason = "\(error)".split(whereSeparator: \.isNewline).joined(separator: " ")
            template.reason = reason.replacing(folder + "/", with: "").replacing(layer.path, with: layer.name)
        }
        for operation in operations {
            var record = template
            record.operation = operation.name
            if let subject {
                let place = folder + "/scene"
                defer { try? FileManager.default.removeItem(atPath: place) }
                try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
                // With all attributes, which are parts of a repository.
                try ChildProcess(
                    "cp", ["-a", base, place + "/repo"], timeoutSeconds: SurvivalScene.timeLimitSeconds
                ).runChecked()
                let scene = SurvivalScene(subject, in: place, server: server, key: key)
                try live(through: operation, scene, into: &record)
            }
            try report(record)
        }
    }

    private func importLayer(
        _ layer: BenchPlan.Layer, by job: Job, into path: String
    ) throws -> ImportedLayer {
        _ = try Repository.create(at: path, mode: job.mode)
        try ChildProcess("ostree", ["config", "--repo=\(path)", "set", "core.fsync", "false"]).runChecked()
        return try Importer(
            into: try Repository(opening: path), strategy: job.strategy, policy: layer.policy,
            dictionaries: dictionaries
        ).importLayer(from: LayerSource(layer.path))
    }

    /// Does the operation, and then looks what became of the layer.
    private func live(
        through operation: SurvivalOperation, _ scene: SurvivalScene, into record: inout SurvivalRecord
    ) throws {
        do {
            let before = try RepositoryContents(of: scene.path)
            try operation.body(scene)
            let after = try RepositoryContents(of: scene.place)
            record.movedBytes = scene.movedBytes ?? after.bytesWritten(since: before)
            record.removedBytes = scene.place == scene.path ? before.bytesGone(in: after) : 0
            record.remark = scene.remark
            try rebuild(scene, into: &record)
        } catch let refusal as SurvivalScene.Refusal {
            (record.outcome, record.reason) = (.ostreeRefuses, refusal.reason)
            record.movedBytes = scene.movedBytes
        } catch let inapplicable as SurvivalScene.Inapplicable {
            (record.outcome, record.reason) = (.notApplicable, inapplicable.reason)
        } catch let missing as SigningKey.Missing {
            (record.outcome, record.reason) = (.notMeasured, missing.reason)
        } catch {
            try rethrowInterruption(error)
            (record.outcome, record.reason) = (.error, scene.neutral("\(error)"))
        }
    }

    /// Rebuilds as a user does; the stream is compared with what was imported, whatever the repository says it should be.
    private func rebuild(_ scene: SurvivalScene, into record: inout SurvivalRecord) throws {
        let sink = HashingSink()
        do {
            try Rebuilder(scene.name, in: try Repository(opening: scene.place)).rebuild(into: sink)
        } catch let error where error is LayerStoreError || error is StrategyError || error is OSTreeError {
            try rethrowInterruption(error)
            (record.outcome, record.reason) = (.refuses, scene.neutral("\(error)"))
            return
        }
        record.outcome = sink.digest == scene.subject.layer.diffID ? .exact : .wrong
        if record.outcome == .wrong { record.reason = "the rebuilt stream is \(sink.digest)" }
    }

    /// Being stopped is no result, and neither is what comes of it.
    private func rethrowInterruption(_ error: any Error) throws {
        if (error as? LayerStoreError)?.kind == .interrupted { throw error }
        try Interruption.check()
    }
}
