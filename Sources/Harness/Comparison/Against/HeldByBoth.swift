internal import Digests
internal import Foundation
internal import LayerStore
internal import OSTree
internal import Processes
internal import Strategies

/// A layer in repositories of both tools, by one strategy in one mode.
struct HeldByBoth {
    let plan: BenchPlan.Case
    let prepared: PreparedLayer
    let tools: [AgainstSide: OtherTool]
    /// Further options for imports.
    let options: [String]
    private(set) var layers: [AgainstSide: PreparedLayer.HeldLayer] = [:]

    init(plan: BenchPlan.Case, prepared: PreparedLayer, tools: [AgainstSide: OtherTool], options: [String]) {
        (self.plan, self.prepared, self.tools, self.options) = (plan, prepared, tools, options)
    }

    var entries: Int? { layers.values.first?.report.entries }

    /// Whether both sides can be measured.
    var isComplete: Bool { layers.count == AgainstSide.allCases.count }

    func metric(_ quantity: String) -> Metric {
        Metric(quantity, by: plan.strategy.description, on: prepared.layer.name, in: plan.mode.rawValue)
    }

    func importing(by side: AgainstSide) -> LayerImport {
        LayerImport(
            tool: tools[side]?.path ?? "", strategy: plan.strategy.description, policy: prepared.layer.policy,
            options: options, isDurable: false)
    }

    /// Imports the layer by one of the tools, writes down the sizes, and lets it rebuild what it has imported: the outcome.
    mutating func hold(_ side: AgainstSide, at path: String, into results: inout AgainstResults) {
        do {
            let report = try importing(by: side).run(prepared.tar.path, into: path, mode: plan.mode) {
                try $0.runChecked()
            }
            let sizes = [
                ("recipe", UInt64(report.recipeBytes)), ("stored recipe", UInt64(report.storedBytes)),
                ("orphans", report.orphanBytes),
            ]
            for (quantity, bytes) in sizes { results.update(metric(quantity), side) { $0.bytes = bytes } }
            let copy = path + ".tar"
            defer { try? FileManager.default.removeItem(atPath: copy) }
            try rebuild(report.ref, in: path, by: side, into: copy).runChecked()
            let isExact = try FileDigest(path: copy).digest == prepared.tar.diffID
            results.update(metric("outcome"), side) { $0.outcome = isExact ? .exact : .inexact }
            if isExact { layers[side] = .init(repository: path, report: report) }
        } catch {
            guard Interruption.pending == nil else { return }
            results.update(metric("outcome"), side) { values in
                values.outcome = .error
                values.error = "\(error)".split(whereSeparator: \.isNewline).joined(separator: " ")
            }
        }
    }

    /// Where both tools keep the same, both rebuild from the same files: two copies lie differently on a disk and in memory,
    /// and that can be measured.
    mutating func shareRepository() {
        guard let base = layers[.base], let new = layers[.new], base.report.commit == new.report.commit,
            base.report.ref == new.report.ref, let one = storedRecipe(of: base), one == storedRecipe(of: new)
        else { return }
        layers[.new] = base
    }

    /// What the storage keeps, which need not be part of the commit; nil where this program cannot read it.
    private func storedRecipe(of layer: PreparedLayer.HeldLayer) -> [UInt8]? {
        guard let repository = try? Repository(opening: layer.repository),
            let entry = try? StoredLayers(in: repository).find(layer.report.ref),
            let envelope = try? plan.strategy.storage.load(entry.layer, in: repository),
            let bytes = try? envelope.recipe().rest()
        else { return nil }
        return Array(bytes)
    }

    func rebuild(_ ref: String, in repository: String, by side: AgainstSide, into path: String) -> ChildProcess {
        ChildProcess(
            tools[side]?.path ?? "", ["rebuild", ref, "--repo", repository, "-o", path, "--quiet"],
            timeoutSeconds: 3_600)
    }
}
