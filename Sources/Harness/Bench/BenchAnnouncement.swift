internal import OSTree
internal import Strategies

/// What a benchmark is going to do, before it does it.
public struct BenchAnnouncement: Sendable {
    private let plan: BenchPlan
    private let estimate: BenchEstimate

    public init(_ plan: BenchPlan) {
        self.plan = plan
        estimate = BenchEstimate(plan)
    }

    /// Lines for a person.
    public var text: String {
        let settings = plan.settings
        let megabytes = plan.layers.reduce(0) { $0 + $1.expectedBytes } / 1_000_000
        let caches = settings.caches.map(\.rawValue).joined(separator: " and ")
        let layers = Figure.count(plan.layers.count, "layer")
        var lines = ["plan: \(layers), about \(Figure.count(megabytes)) MB, \(caches) cache"]
        var total = 0.0
        for stage in plan.stages {
            let seconds = plan.layers.reduce(0) {
                $0 + estimate.seconds(stage, $1, rounds: settings.expectedRounds)
            }
            total += seconds
            lines.append("  \(what(stage)): about \(Figure.duration(seconds))")
        }
        let budget = settings.budgetSeconds.map { ", at most \(Figure.duration($0))" } ?? ""
        lines.append(
            "  in all about \(Figure.duration(total))\(budget), and about \(Figure.count(workBytes / 1_000_000)) MB of disk"
        )
        if let seconds = settings.budgetSeconds, total > seconds {
            lines.append(
                "  the budget is less than that: layers get as many rounds as there is time for, and the last ones perhaps none"
            )
        }
        return lines.joined(separator: "\n")
    }

    /// Bytes that the work folder will hold at the end.
    var workBytes: UInt64 {
        plan.layers.reduce(0) { sum, layer in
            plan.stages.reduce(sum) {
                $0 + estimate.bytes($1, layer, rounds: plan.settings.expectedRounds)
            }
        }
    }

    private static func strategies(_ count: Int) -> String { Figure.count(count, "strategy", many: "strategies") }

    private func what(_ stage: BenchSettings.Stage) -> String {
        let settings = plan.settings
        switch stage {
        case .encodings:
            return "encodings: \(plan.encodings.map(\.description).joined(separator: ", ")) in memory"
        case .endToEnd:
            let cases = plan.cases(pareto: nil)
            let ours =
                plan.chosen == nil && settings.stages.contains(.encodings)
                ? "the Pareto set (of \(cases.count))" : BenchAnnouncement.strategies(cases.count)
            let peers = [
                (estimate.hasTarSplit, "tar-split"), (estimate.hasOSTree, "ostree"), (settings.includesPeers, "tar"),
            ].filter(\.0).map(\.1)
            let rounds =
                settings.minimumSamples == settings.maximumSamples
                ? "\(settings.minimumSamples)" : "\(settings.minimumSamples) to \(settings.maximumSamples)"
            let modes = plan.modes.map(\.rawValue).joined(separator: ", ")
            return "end to end: \(ours) in \(modes), \((peers + ["floors"]).joined(separator: ", ")); \(rounds) rounds"
        case .footprint:
            return
                "footprint: \(Figure.count(plan.footprintStorages.count, "storage")) × \(Figure.count(plan.footprintModes.count, "mode")) "
                + "with \(plan.footprintEncoding.description)"
        case .survival:
            return
                "survival: \(SurvivalOperation.all.count) operations × \(BenchAnnouncement.strategies(plan.survivalStrategies.count)) "
                + "× \(Figure.count(plan.modes.count, "mode")) on a small generated layer"
        case .image:
            return "image: \(plan.images.map(\.name).joined(separator: ", ")); \(settings.minimumSamples) rounds"
        case .speed:
            let strategy = plan.chosen?.first ?? .standard
            return
                "speed: \(SpeedRows(strategy: strategy).all.count) comparisons of \(strategy) with tar-split, ostree and floors; "
                + "\(settings.minimumSamples) to \(settings.maximumSamples) rounds"
        }
    }
}
