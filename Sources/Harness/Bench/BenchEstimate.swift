internal import OSTree
internal import Strategies
internal import Processes

/// How long a plan will take, and how much room, by rates that are typical for two shared cores and an SSD. It is corrected
/// by what has been seen as the benchmark goes on.
struct BenchEstimate {
    /// MB of a layer's stream per second.
    private enum Rate {
        static let importing = 70.0
        static let commit = 90.0
        static let rebuild = 600.0
        static let export = 180.0
        static let disassembly = 350.0
        static let assembly = 300.0
        static let archiving = 600.0
        static let reading = 900.0
        static let memory = 500.0
        static let encoding = 60.0
        static let extraction = 150.0
        static let pull = 12.0
        static let coldReading = 150.0
        static let rewriting = 40.0
    }
    /// Seconds of one operation of the stage `survival`, on its small layer.
    private static let operation = 0.15
    /// Seconds of a process's start.
    private static let start = 0.05

    let plan: BenchPlan
    let hasTarSplit: Bool
    let hasOSTree: Bool

    init(_ plan: BenchPlan) {
        self.plan = plan
        hasTarSplit = plan.settings.includesPeers && Program.find("tar-split") != nil
        hasOSTree = plan.settings.includesPeers && Program.find("ostree") != nil
    }

    /// Seconds of one stage on one layer, with this many rounds.
    func seconds(_ stage: BenchSettings.Stage, _ layer: BenchPlan.Layer, rounds: Int) -> Double {
        let megabytes = Double(layer.expectedBytes) / 1e6
        func at(_ rate: Double) -> Double { megabytes / rate + BenchEstimate.start }
        switch stage {
        case .encodings:
            return at(Rate.importing) + Double(plan.encodings.count) * at(Rate.encoding)
        case .endToEnd:
            let caseCount = Double(caseCount)
            let modes = Double(plan.modes.count)
            var round = caseCount * (at(Rate.importing) + at(Rate.rebuild)) + at(Rate.memory)
            round += modes * at(Rate.reading)
            if hasTarSplit { round += at(Rate.disassembly) + at(Rate.assembly) }
            if hasOSTree { round += modes * (at(Rate.commit) + at(Rate.export)) }
            if plan.settings.includesPeers { round += at(Rate.archiving) }
            let caches = Double(plan.settings.caches.count)
            // The warm-up is a round too.
            return at(Rate.extraction) + modes * at(Rate.importing) + Double(rounds + 1) * round * caches
        case .image:
            // Of one of an image's layers: import, push and peers, and a compressor's search and rewriting.
            guard plan.isOfImage(layer) else { return 0 }
            let round = at(Rate.importing) + at(Rate.rewriting) + at(Rate.commit) + at(Rate.extraction)
            return 2 * at(Rate.rewriting) + Double(rounds + 1) * round
        case .survival:
            // It has a layer of its own; each of the others stands for a part of it.
            let records = plan.survivalStrategies.count * plan.modes.count * SurvivalOperation.all.count
            return Double(records) * BenchEstimate.operation / Double(max(plan.layers.count, 1))
        case .footprint:
            let pulls = plan.footprintModes.contains(.archive) && hasOSTree ? plan.footprintStorages.count * 2 : 0
            return footprintRepositories * at(Rate.importing) + Double(pulls) * at(Rate.pull)
        case .speed:
            // Eight imports of ours for each round and seven commits; what is cold is read twice.
            let round =
                9 * at(Rate.importing) + 7 * at(Rate.commit) + 8 * at(Rate.rebuild) + 4 * at(Rate.assembly)
                + at(Rate.export) + 2 * at(Rate.coldReading)
            return at(Rate.extraction) + 2 * at(Rate.importing) + Double(rounds + 1) * round
        }
    }

    /// Bytes that one stage leaves in the work folder for one layer.
    func bytes(_ stage: BenchSettings.Stage, _ layer: BenchPlan.Layer, rounds: Int) -> UInt64 {
        let repositories: Int
        switch stage {
        case .encodings: repositories = 1
        case .survival: repositories = 0
        // A repository, files, and two copies of the blobs.
        case .image: repositories = plan.isOfImage(layer) ? 3 * (rounds + 1) : 0
        case .endToEnd:
            let importers = caseCount + (hasOSTree ? plan.modes.count : 0)
            repositories = importers * (rounds + 1) * plan.settings.caches.count + plan.modes.count + 1
        case .footprint:
            repositories = Int(footprintRepositories) + (hasOSTree ? plan.footprintStorages.count * 2 : 0)
        case .speed:
            // Fresh ones of each round, and those that stay: the extracted files, two that hold the layer, two for imports
            // of what is there. An archive takes about half.
            repositories = 12 * (rounds + 1) + 5
        }
        // Blocks are rounded up: small files take more than their bytes.
        return layer.expectedBytes * UInt64(repositories) / 10 * 11
    }

    /// Rows of ours in the end-to-end stage, at most.
    var caseCount: Int { plan.cases(pareto: nil).count }

    private var footprintRepositories: Double {
        Double(plan.footprintStorages.count * plan.footprintModes.count)
    }
}

/// What is left to do, by estimates and by how far off they have been.
struct BenchPace {
    private var units: [Double]
    private var elapsed = 0.0
    private var estimated = 0.0

    /// - Parameter units: the estimated seconds of each piece of work, in order.
    init(_ units: [Double]) { self.units = units }

    /// The next piece of work is done, and took this long.
    mutating func finish(seconds: Double) {
        guard !units.isEmpty else { return }
        estimated += units.removeFirst()
        elapsed += seconds
    }

    /// How much longer things take than estimated; 1 until there is something to judge by.
    var factor: Double { estimated > 0 ? min(max(elapsed / estimated, 0.1), 10) : 1 }

    /// Seconds for what is left, where this share of the piece in work is done.
    func remainingSeconds(doneShare: Double = 0) -> Double {
        let current = units.first ?? 0
        return (units.reduce(0, +) - current * min(max(doneShare, 0), 1)) * factor
    }

    /// The share of the remaining work that the next piece is.
    var nextShare: Double {
        let all = units.reduce(0, +)
        return all > 0 ? (units.first ?? 0) / all : 1
    }
}
