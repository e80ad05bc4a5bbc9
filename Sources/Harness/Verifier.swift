internal import Digests
public import Foundation
public import LayerStore
public import OSTree
public import Strategies

/// Checks layers end to end: import into a temporary repository, rebuild, compare.
public struct Verifier {
    private let strategies: [Strategy]
    private let modes: [RepositoryMode]
    private let policy: PathPolicy
    private let proof: Importer.Proof
    private let dictionaries: [ZstdDictionary]
    private let folder: URL

    /// - Parameters:
    ///   - dictionaries: at hand for the strategies.
    ///   - folder: where temporary repositories are made; it exists.
    public init(
        strategies: [Strategy], modes: [RepositoryMode], policy: PathPolicy, proof: Importer.Proof,
        dictionaries: [ZstdDictionary] = [], in folder: URL
    ) {
        self.strategies = strategies
        self.modes = modes
        self.policy = policy
        self.proof = proof
        self.dictionaries = dictionaries
        self.folder = folder
    }

    /// Checks one file under every mode and strategy. Each mode has one repository, in which each strategy's import
    /// replaces the one before. What looks compressed and cannot be inflated is checked as the bytes that it is.
    ///
    /// - Parameters:
    ///   - note: told where the file is not taken for what it looks like.
    ///   - report: called with each result; an error that it throws ends the check.
    public func verify(
        _ file: String, note: (String) -> Void = { _ in }, report: (LayerResult) throws -> Void
    ) throws {
        var reading = LayerSource.Unsupported.takeAsIs
        for mode in modes {
            let path = folder.appending(component: "layerlab-verify-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(at: path) }
            let repository = try Repository.create(at: path.path, mode: mode)
            repository.isDurable = false
            for strategy in strategies {
                try Interruption.check()
                var result = try verify(file, reading, strategy, in: repository)
                if let damage = result.damage {
                    note("\(damage); checked as plain bytes")
                    reading = .plain
                    result = try verify(file, reading, strategy, in: repository)
                }
                try report(result.result)
            }
        }
    }

    /// One result, and why the file could not be inflated where that is so.
    private func verify(
        _ file: String, _ reading: LayerSource.Unsupported, _ strategy: Strategy, in repository: Repository
    ) throws -> (result: LayerResult, damage: String?) {
        var result = LayerResult(
            layer: file, policy: policy.rawValue, mode: repository.mode.rawValue,
            encoding: strategy.encoding.description, storage: type(of: strategy.storage).name, outcome: .error,
            exact: false)
        var source: LayerSource?
        do {
            let opened = try LayerSource(file, unsupported: reading)
            source = opened
            let importer = Importer(
                into: repository, strategy: strategy, policy: policy, proof: proof, dictionaries: dictionaries)
            let layer = try importer.importLayer(from: opened)
            result.diffID = layer.layer.diffID.description
            result.entries = layer.entryCount
            result.layerBytes = layer.layerBytes
            result.recipeBytes = layer.recipeBytes
            result.storedBytes = layer.storedBytes
            result.orphanBytes = layer.orphanBytes
            result.findingCount = layer.findings.count
            result.findings = layer.findings.first.map(FindingReport.init)
            try Rebuilder(layer.ref, in: repository).rebuild(into: NullSink())
            (result.outcome, result.exact) = (.exact, true)
        } catch let error as StrategyError where error.kind == .cannot {
            (result.outcome, result.exact, result.error) = (.cannot, nil, error.description)
        } catch let error as LayerStoreError where error.kind == .check {
            (result.outcome, result.error) = (.inexact, error.description)
        } catch {
            // Being stopped is no result, and neither is what comes of it.
            if (error as? LayerStoreError)?.kind == .interrupted { throw error }
            try Interruption.check()
            if source?.isDamaged == true { return (result, "\(error)") }
            result.error = "\(error)"
        }
        return (result, nil)
    }
}
