internal import Digests
internal import OSTree
internal import Strategies
internal import Processes

/// Our own import alone, where repositories do not sync or hold the layer's objects already.
final class ImportSubject: BenchSubject {
    var records: [BenchRecord]
    private let prepared: PreparedLayer
    private let importing: LayerImport
    private let mode: RepositoryMode
    private let condition: ImportCondition
    /// The repository that holds the layer already, and its refs, where that is the condition.
    private var holder: (path: String, refs: [String])?

    init(
        _ strategy: Strategy, _ prepared: PreparedLayer, mode: RepositoryMode, condition: ImportCondition, tool: String,
        options: [String] = []
    ) {
        self.prepared = prepared
        self.mode = mode
        self.condition = condition
        importing = LayerImport(
            tool: tool, strategy: strategy.description, policy: prepared.layer.policy, options: options,
            isDurable: condition != .unsynced)
        records = [BenchRecord(.strategy, condition.name(strategy.description), on: prepared, in: mode)]
    }

    func measure(_ sample: Sample) throws {
        var repository = sample.place
        if condition == .again {
            let holder = try holder ?? hold(at: sample.place)
            self.holder = holder
            repository = holder.path
            let handle = try Repository(opening: repository)
            for ref in holder.refs where try handle.resolve(ref: ref) != nil { try handle.remove(ref: ref) }
        }
        let report = try importing.run(prepared.tar.path, into: repository, mode: mode) {
            try sample.time(.import, $0, reading: [prepared.tar.path], into: &records[0])
        }
        records[0].entries = report.entries
        guard report.diffID != prepared.tar.diffID.description else { return }
        throw LocatedError("imported \(report.diffID) instead of \(prepared.tar.diffID)", in: prepared.layer.name)
    }

    /// Imports the layer into a repository that stays; the layer's ref goes before each sample, and no object does.
    private func hold(at path: String) throws -> (path: String, refs: [String]) {
        _ = try importing.run(prepared.tar.path, into: path, mode: mode) { try $0.runChecked() }
        return (path, try Repository(opening: path).refs(below: LayerRefs.blobs).keys.sorted())
    }
}
