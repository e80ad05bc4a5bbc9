internal import Digests
internal import Foundation
internal import LayerStore
internal import OSTree
internal import Strategies
internal import Processes

/// A strategy of ours: `layerlab import` into a fresh repository, and `layerlab rebuild` from it.
final class StrategySubject: BenchSubject {
    var records: [BenchRecord]
    private let plan: BenchPlan.Case
    private let prepared: PreparedLayer
    private let tool: String
    private let isFloor: Bool
    private let options: [String]

    /// - Parameter options: further ones for the import.
    init(_ plan: BenchPlan.Case, _ prepared: PreparedLayer, tool: String, options: [String] = []) {
        self.plan = plan
        self.options = options
        self.prepared = prepared
        self.tool = tool
        isFloor = type(of: plan.strategy.storage).isFloor
        records = [
            BenchRecord(isFloor ? .floor : .strategy, plan.strategy.description, on: prepared, in: plan.mode)
        ]
        records[0].policy = prepared.layer.policy.rawValue
    }

    func measure(_ sample: Sample) throws {
        let importing = LayerImport(
            tool: tool, strategy: plan.strategy.description, policy: prepared.layer.policy,
            options: options)
        let report = try importing.run(prepared.tar.path, into: sample.place, mode: plan.mode) {
            try sample.time(.import, $0, reading: [prepared.tar.path], into: &records[0])
        }
        records[0].entries = report.entries
        records[0].recipeBytes = report.recipeBytes
        records[0].storedBytes = report.storedBytes
        records[0].orphanBytes = report.orphanBytes
        guard !isFloor else { return }

        // Until it has ended well, a rebuild is none.
        let wasExact = records[0].exact
        records[0].exact = false
        // The warm-up's rebuild goes to a file, for somebody else than the rebuilder to compare.
        let output = sample.isRecorded ? "/dev/null" : sample.place + ".tar"
        let rebuilding = ChildProcess(
            tool, ["rebuild", report.ref, "--repo", sample.place, "-o", output, "--quiet"], timeoutSeconds: 3_600)
        try sample.time(.rebuild, rebuilding, reading: [sample.place], into: &records[0])
        var isExact = report.diffID == prepared.tar.diffID.description
        if !sample.isRecorded {
            isExact = try isExact && FileDigest(path: output).digest == prepared.tar.diffID
            try FileManager.default.removeItem(atPath: output)
        }
        records[0].exact = isExact && wasExact != false
    }
}
