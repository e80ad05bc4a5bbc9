internal import OSTree
internal import Strategies

/// What the stage `speed` runs on one layer.
struct SpeedStage {
    let rows: [SpeedRow]
    /// Processes that find their files in memory, and those that do not. They make rounds of their own: a cache that was
    /// dropped is nothing to meet for the others.
    let warm: [any BenchSubject]
    let cold: [any BenchSubject]
    private let layer: String
    private let entries: Int

    init(_ strategy: Strategy, on prepared: PreparedLayer, tool: String, options: [String]) throws {
        let rows = SpeedRows(strategy: strategy)
        (layer, entries) = (prepared.layer.name, try prepared.held(in: .bareUser).report.entries)
        let bytes = prepared.tar.bytes
        let applicable = rows.all.filter { [entries] in $0.layers.includes(bytes: bytes, entries: entries) }
        self.rows = applicable
        let modes: [RepositoryMode] = [.bare, .bareUser, .archive]
        func ours(_ strategy: Strategy, _ mode: RepositoryMode, _ options: [String] = []) -> StrategySubject {
            StrategySubject(.init(strategy: strategy, mode: mode), prepared, tool: tool, options: options)
        }
        func rebuild(_ name: String, _ sink: StreamSink, verifies: Bool) -> RebuildSubject {
            RebuildSubject(
                name,
                .layerlab(
                    path: tool, strategy: strategy.description, options: options, mode: .bareUser, verifies: verifies),
                into: sink, prepared)
        }
        var warm: [any BenchSubject] = modes.map { ours(strategy, $0, options) }
        warm += modes.map { OSTreeCommitSubject(prepared, mode: $0) }
        for mode in modes {
            warm.append(
                ImportSubject(strategy, prepared, mode: mode, condition: .unsynced, tool: tool, options: options))
            warm.append(OSTreeCommitSubject(prepared, mode: mode, condition: .unsynced))
        }
        warm += [
            ImportSubject(strategy, prepared, mode: .bareUser, condition: .again, tool: tool, options: options),
            OSTreeCommitSubject(prepared, mode: .bareUser, condition: .again),
            OSTreeExportSubject(prepared, mode: .archive), StreamFloorSubject(.hash, prepared),
        ]
        for sink in [StreamSink.pipe, .file] { warm.append(rebuild(rows.rebuild(sink), sink, verifies: false)) }
        for sink in [StreamSink.null, .digest, .pipe, .file] {
            warm.append(RebuildSubject(SpeedRows.assembly(sink), .tarSplit, into: sink, prepared))
        }
        for other in [rows.tree, rows.raw] where other.description != strategy.description {
            warm.append(ours(other, .bareUser))
        }
        let isUsed = { (subject: any BenchSubject) in applicable.contains { $0.uses(subject.records[0]) } }
        self.warm = warm.filter(isUsed)
        cold = [
            rebuild(rows.coldRebuild, .null, verifies: true),
            StreamFloorSubject(
                .objects(tool: tool, strategy: strategy.description, options: options, mode: .bareUser), prepared),
        ].filter(isUsed)
    }

    /// Whether a process still has somebody to be compared with. Memory is known from the warm-up.
    func isNeeded(_ record: BenchRecord, _ all: [BenchRecord]) -> Bool {
        rows.contains { row in
            guard row.uses(record), let theirs = row.theirs else { return false }
            return !all.contains { $0.error != nil && (row.ours.isOf($0) || theirs.isOf($0)) }
        }
    }

    /// Whether every verdict is clear, or its interval ends within this share of the ratio.
    func isSettled(_ records: [BenchRecord], _ precision: Double) -> Bool {
        comparisons(records).allSatisfy { comparison in
            guard comparison.verdict == .open, let ratio = comparison.ratio, let low = comparison.low,
                let high = comparison.high
            else { return true }
            return max(high - ratio, ratio - low) <= precision * ratio
        }
    }

    func comparisons(_ records: [BenchRecord]) -> [SpeedComparison] {
        rows.map { SpeedComparison($0, layer: layer, entries: entries, among: records) }
    }
}
