internal import Digests
internal import Foundation
internal import LayerStore
internal import Processes
internal import Strategies

/// Measures two layerlabs in turn on the same layers.
///
/// Each sample of the one is taken next to one of the other, in an order that is drawn by lot for each pair. A slow minute of
/// the machine meets both, and where there is no difference, each sign of a pair's difference is a fair coin's.
public struct AgainstRun {
    /// So many bytes are kept free.
    private static let freeBytes: UInt64 = 1 << 30
    /// After so many rounds results are saved, and it is asked whether they are precise enough.
    private static let roundsBetweenLooks = 5

    private let layers: [BenchPlan.Layer]
    private let cases: [BenchPlan.Case]
    private let tools: [AgainstSide: OtherTool]
    private let settings: AgainstSettings
    private let options: [String]
    private let workFolder: URL
    private let output: BenchOutput
    private let clock = ContinuousClock()

    /// - Parameters:
    ///   - options: further ones for imports.
    ///   - workFolder: where temporary repositories are made, in a folder of their own.
    public init(
        _ layers: [BenchPlan.Layer], by cases: [BenchPlan.Case], base: OtherTool, new: OtherTool,
        settings: AgainstSettings, options: [String] = [], workFolder: String, output: BenchOutput
    ) {
        (self.layers, self.cases, self.settings, self.options) = (layers, cases, settings, options)
        tools = [.base: base, .new: new]
        self.workFolder = URL(filePath: workFolder).appending(component: "layerlab-against-\(UUID().uuidString)")
        self.output = output
    }

    /// Measures every layer. Where it throws, `results` have what was measured until then.
    ///
    /// - Parameter save: called after some rounds of each layer, and after each layer.
    public func run(into results: inout AgainstResults, save: (AgainstResults) throws -> Void) throws {
        try FileManager.default.createDirectory(at: workFolder, withIntermediateDirectories: true)
        let (start, processor) = (clock.now, ProcessorTimes.now)
        results.conditions.loadAverageAtStart = LoadAverage.oneMinute
        defer {
            results.conditions.wallSeconds = start.duration(to: clock.now) / .seconds(1)
            if let processor { results.conditions.stolenShare = ProcessorTimes.now?.stolenShare(since: processor) }
            output.status("removing temporary repositories")
            try? FileManager.default.removeItem(at: workFolder)
            output.status("")
        }
        for (index, layer) in layers.enumerated() {
            // What earlier layers left of the time is shared by those that come.
            let rest = settings.budgetSeconds.map { $0 - start.duration(to: clock.now) / .seconds(1) }
            if let rest, rest <= 0 {
                results.leftOut.append("\(layer.name): no time was left")
                continue
            }
            let deadline = rest.map { clock.now.advanced(by: .seconds($0 / Double(layers.count - index))) }
            output.note("\(index + 1) of \(layers.count): \(layer.name)")
            let folder = workFolder.appending(component: "layer-\(index)")
            if let reason = try measure(layer, in: folder, until: deadline, into: &results, save) {
                results.leftOut.append("\(layer.name): \(reason)")
            }
            try? FileManager.default.removeItem(at: folder)
            try save(results)
        }
        results.ending = results.leftOut.isEmpty ? .complete : .budget
        try save(results)
    }

    /// Measures one layer; why that ended before its minimum, where it did.
    private func measure(
        _ layer: BenchPlan.Layer, in folder: URL, until deadline: ContinuousClock.Instant?,
        into results: inout AgainstResults, _ save: (AgainstResults) throws -> Void
    ) throws -> String? {
        output.status("reading \(layer.name)")
        guard let new = tools[.new] else { return nil }
        let prepared = try PreparedLayer(layer, in: folder, tool: new.path)
        func importBytes(_ imports: Int) -> UInt64 { prepared.tar.bytes * UInt64(2 * max(imports, 1)) }
        guard hasRoom(for: importBytes(cases.count), in: folder) else { return "the disk has no room" }
        let held = try hold(prepared, in: folder, into: &results)
        var steps = steps(held)
        var places: [URL] = []
        var lots = SystemRandomNumberGenerator()
        var begin = clock.now
        for round in 0...settings.maximumSamples {
            let turns = steps.indices.flatMap { Array(repeating: $0, count: steps[$0].turns) }
            let needs = importBytes(turns.count { steps[$0].isImport })
            if !hasRoom(for: needs, in: folder) {
                // Between rounds, so that it slows down whatever comes first by lot.
                for place in places { try? FileManager.default.removeItem(at: place) }
                places = []
                guard hasRoom(for: needs, in: folder) else {
                    return "the disk has no room after \(max(round - 1, 0)) rounds"
                }
            }
            if let deadline, clock.now >= deadline {
                return round > settings.minimumSamples ? nil : "no time was left after \(max(round - 1, 0)) rounds"
            }
            // What takes longest, the warm-up, is none of them.
            if round == 1 { begin = clock.now }
            let place = folder.appending(component: "round-\(round)")
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            places.append(place)
            for turn in BenchOrder.order(of: turns.count, round: round) where !steps[turns[turn]].hasFailed {
                let index = turns[turn]
                let pair =
                    round == 0
                    ? "warm-up"
                    : "round \(round) of \(settings.minimumSamples)–\(settings.maximumSamples)"
                        + rest(round, since: begin)
                output.status("\(layer.name), \(pair): \(steps[index].name)")
                let sides = AgainstSide.allCases.shuffled(using: &lots)
                steps[index].measure(
                    sides, at: place.appending(component: "\(turn)").path, isRecorded: round > 0, into: &results)
                try Interruption.check()
            }
            guard round % AgainstRun.roundsBetweenLooks == 0 else { continue }
            try save(results)
            if round >= settings.minimumSamples, results.isPrecise(on: layer.name) { break }
        }
        return nil
    }

    /// What a layer takes at most from the beginning of this round on.
    private func rest(_ round: Int, since begin: ContinuousClock.Instant) -> String {
        guard round > 1 else { return "" }
        let seconds = begin.duration(to: clock.now) / .seconds(1) / Double(round - 1)
        return ", \(Figure.duration(seconds * Double(settings.maximumSamples - round + 1))) left at most"
    }

    private func steps(_ held: [HeldByBoth]) -> [AgainstStep] {
        var steps: [AgainstStep] = []
        if settings.stages.contains(.encodings) {
            // An encoding is the same in every storage and mode.
            var seen: Set<String> = []
            steps = held.filter { $0.isComplete && seen.insert($0.plan.strategy.encoding.description).inserted }
                .compactMap { AgainstStep(encoding: $0) }
        }
        if settings.stages.contains(.endToEnd) {
            steps += held.flatMap { [AgainstStep(import: $0), AgainstStep(rebuild: $0)] }
        }
        return steps
    }

    private func hasRoom(for bytes: UInt64, in folder: URL) -> Bool {
        FreeSpace.bytes(at: folder.path).map { $0 >= bytes + AgainstRun.freeBytes } ?? true
    }

    // MARK: Repositories that hold the layer

    /// Imports the layer by both tools and by every strategy, and compares what each rebuilds from it.
    private func hold(
        _ prepared: PreparedLayer, in folder: URL, into results: inout AgainstResults
    ) throws -> [HeldByBoth] {
        var all: [HeldByBoth] = []
        for (index, plan) in cases.enumerated() {
            var held = HeldByBoth(plan: plan, prepared: prepared, tools: tools, options: options)
            for side in AgainstSide.allCases {
                output.status("importing \(prepared.layer.name) by \(plan.strategy)")
                try Interruption.check()
                let path = folder.appending(component: "held-\(index)-\(side)").path
                held.hold(side, at: path, into: &results)
            }
            try Interruption.check()
            held.shareRepository()
            if let entries = held.entries, !results.layers.contains(where: { $0.name == prepared.layer.name }) {
                results.layers.append(
                    .init(
                        name: prepared.layer.name, policy: prepared.layer.policy.rawValue,
                        diffID: prepared.tar.diffID.description, bytes: prepared.tar.bytes, entries: entries))
            }
            all.append(held)
        }
        return all
    }
}
