internal import Digests
internal import Foundation
internal import LayerStore
internal import OSTree
internal import Strategies

/// A strategy of ours: `layerlab import` into a fresh repository, and `layerlab rebuild` from it.
struct StrategySubject: BenchSubject {
    private let plan: BenchPlan.Case
    private let layer: BenchPlan.Layer
    private let tar: PlainTar
    private let tool: String
    private let isFloor: Bool

    init(_ plan: BenchPlan.Case, layer: BenchPlan.Layer, tar: PlainTar, tool: String) {
        self.plan = plan
        self.layer = layer
        self.tar = tar
        self.tool = tool
        isFloor = type(of: plan.strategy.storage).isFloor
    }

    var blank: BenchRecord {
        BenchRecord(
            layer: layer.name, role: isFloor ? .floor : .strategy, name: plan.strategy.description,
            mode: plan.mode.rawValue, policy: layer.policy.rawValue, layerBytes: tar.bytes)
    }

    func measure(in place: String, into record: inout BenchRecord) throws {
        // The repository is made beforehand, as it is for ostree.
        do {
            _ = try Repository.openOrCreate(at: place, mode: plan.mode)
        } catch {
            throw HarnessError("the repository cannot be made: \(error)", in: place)
        }
        let importing = ChildProcess(
            tool,
            [
                "import", tar.path, "--repo", place, "--strategy", plan.strategy.description, "--policy",
                layer.policy.rawValue, "--json", "--quiet",
            ], timeoutSeconds: 3600)
        let imported = try importing.runChecked()
        record.importSeconds.append(imported.wallSeconds)
        let report = try JSONDecoder().decode(ImportReport.self, from: Data(imported.output.bytes))
        record.entries = report.entries
        record.recipeBytes = report.recipeBytes
        record.storedBytes = report.storedBytes
        record.orphanBytes = report.orphanBytes
        guard !isFloor else { return }

        let rebuilding = ChildProcess(
            tool, ["rebuild", report.ref, "--repo", place, "-o", "/dev/null", "--quiet"], timeoutSeconds: 3600)
        let rebuilt = try rebuilding.run()
        record.rebuildSeconds.append(rebuilt.wallSeconds)
        let isExact = rebuilt.failure == nil && report.diffID == tar.diffID.description
        record.exact = isExact && record.exact != false
        if let failure = rebuilt.failure { throw failure }
    }
}
