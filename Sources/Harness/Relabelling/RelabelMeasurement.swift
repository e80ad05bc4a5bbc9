internal import Digests
internal import Foundation
internal import LayerStore
public import OSTree
public import Strategies
internal import Processes

/// Imports a layer, relabels it, prunes, and rebuilds it: for each strategy in a temporary repository of its own.
public struct RelabelMeasurement: Sendable {
    /// The longest that a prune may take.
    private static let timeLimitSeconds = 600.0

    /// Every encoding in the standard storage: where a recipe is kept does not matter to what it names.
    public static var usualStrategies: [Strategy] {
        (Catalogue.allEncodings + ["columns:checksums=tree"].compactMap { try? Strategy.encoding($0) }).map {
            Strategy(encoding: $0, storage: CommitMetadata())
        }
    }

    private let strategies: [Strategy]
    private let mode: RepositoryMode
    private let dictionaries: [ZstdDictionary]
    private let relabelling: Relabelling
    private let workFolder: String

    /// - Parameter workFolder: where temporary repositories are made; it exists.
    public init(
        strategies: [Strategy], mode: RepositoryMode, dictionaries: [ZstdDictionary] = [],
        relabelling: Relabelling = Relabelling(), workFolder: String
    ) throws {
        if let floor = strategies.first(where: { type(of: $0.storage).isFloor }) {
            throw LayerStoreError(.input, "cannot measure \(floor): it keeps no recipe to rebuild from")
        }
        (self.strategies, self.mode, self.dictionaries) = (strategies, mode, dictionaries)
        (self.relabelling, self.workFolder) = (relabelling, workFolder)
    }

    /// All rows of a layer, each handed out when it is there.
    public func run(_ layer: BenchPlan.Layer, report: (RelabelRecord) throws -> Void) throws {
        for strategy in strategies {
            try Interruption.check()
            let path = "\(workFolder)/layerlab-relabel-\(UUID().uuidString)"
            defer { try? FileManager.default.removeItem(atPath: path) }
            let repository = try Repository.create(at: path, mode: mode)
            repository.isDurable = false
            try report(try row(layer, strategy, in: repository))
        }
    }

    private func row(
        _ layer: BenchPlan.Layer, _ strategy: Strategy, in repository: Repository
    ) throws -> RelabelRecord {
        var record = RelabelRecord(
            layer: layer.name, policy: layer.policy.rawValue, mode: mode.rawValue, strategy: strategy.description)
        do {
            let imported = try Importer(
                into: repository, strategy: strategy, policy: layer.policy, dictionaries: dictionaries
            ).importLayer(from: LayerSource(layer.path))
            record.diffID = imported.layer.diffID.description
            (record.entries, record.layerBytes) = (imported.entryCount, imported.layerBytes)
            record.recipeBytes = imported.recipeBytes
            let relabelled = try relabelling.relabel(imported.ref, in: repository)
            (record.files, record.relabelledFiles) = (relabelled.fileCount, relabelled.changedFileCount)
            try prune(repository)
            try rebuild(imported.ref, of: imported.layer.diffID, in: repository, into: &record)
        } catch let error as StrategyError where error.kind == .cannot {
            (record.outcome, record.reason) = (.cannot, error.description)
        } catch {
            // Being stopped is no result, and neither is what comes of it.
            if (error as? LayerStoreError)?.kind == .interrupted { throw error }
            try Interruption.check()
            record.reason = "\(error)".split(whereSeparator: \.isNewline).joined(separator: " ")
        }
        return record
    }

    /// As a host does it, who knows nothing of layerlab.
    private func prune(_ repository: Repository) throws {
        var process = ChildProcess(
            "ostree", ["prune", "--repo=\(repository.path)", "--refs-only"],
            timeoutSeconds: RelabelMeasurement.timeLimitSeconds)
        process.environment = ["LC_ALL": "C.UTF-8"]
        try process.runChecked()
    }

    /// Whoever rebuilds compares the digest: a wrong stream is told from one that breaks off.
    private func rebuild(
        _ ref: String, of diffID: Digest, in repository: Repository, into record: inout RelabelRecord
    ) throws {
        let sink = HashingSink()
        do {
            try Rebuilder(ref, in: repository).rebuild(into: sink, verify: false)
            record.outcome = sink.digest == diffID ? .exact : .inexact
            if record.outcome == .inexact { record.reason = "the rebuilt stream is \(sink.digest)" }
        } catch let error as LayerStoreError where error.kind == .check {
            (record.outcome, record.reason) = (.refuses, error.message)
        }
    }
}
