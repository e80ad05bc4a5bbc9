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
    private let folder: URL

    /// - Parameter folder: where temporary repositories are made; it exists.
    public init(
        strategies: [Strategy], modes: [RepositoryMode], policy: PathPolicy, proof: Importer.Proof, in folder: URL
    ) {
        self.strategies = strategies
        self.modes = modes
        self.policy = policy
        self.proof = proof
        self.folder = folder
    }

    /// Checks one file under every mode and strategy. Each mode has one repository, in which each strategy's import
    /// replaces the one before.
    public func verify(_ file: String, report: (LayerResult) -> Void) throws {
        for mode in modes {
            let path = folder.appending(component: "layerlab-verify-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(at: path) }
            let repository = try Repository.create(at: path.path, mode: mode)
            repository.isDurable = false
            for strategy in strategies {
                try Interruption.check()
                report(verify(file, strategy, in: repository))
            }
        }
    }

    private func verify(_ file: String, _ strategy: Strategy, in repository: Repository) -> LayerResult {
        var result = LayerResult(
            layer: file, policy: policy.rawValue, mode: repository.mode.rawValue,
            encoding: strategy.encoding.description, storage: type(of: strategy.storage).name, outcome: .error,
            exact: false)
        do {
            let source = try LayerSource(file, unsupported: .takeAsIs)
            let layer = try Importer(into: repository, strategy: strategy, policy: policy, proof: proof)
                .importLayer(from: source)
            result.diffID = layer.layer.diffID.description
            result.entries = layer.entryCount
            result.layerBytes = layer.layerBytes
            result.recipeBytes = layer.recipeBytes
            result.storedBytes = layer.storedBytes
            result.orphanBytes = layer.orphanBytes
            try Rebuilder(layer.ref, in: repository).rebuild(into: NullSink())
            (result.outcome, result.exact) = (.exact, true)
        } catch let error as StrategyError where error.kind == .cannot {
            (result.outcome, result.exact, result.error) = (.cannot, nil, error.description)
        } catch let error as LayerStoreError where error.kind == .check {
            (result.outcome, result.error) = (.inexact, error.description)
        } catch {
            result.error = "\(error)"
        }
        return result
    }
}
