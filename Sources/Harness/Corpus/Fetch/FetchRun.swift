import Digests
import Foundation
import LayerStore
public import Processes

/// What became of a fetch.
public struct FetchOutcome: Sendable {
    /// The wanted layers that are there now, those that were there before first.
    public var layers: [FetchedLayer] = []
    /// What could not be had, each by its name, with the reason.
    public var failures: [Failure] = []

    public struct Failure: Sendable {
        /// A layer's or an image's name.
        public var name: String
        /// The layers that are missing for it.
        public var layers: [String]
        public var error: LocatedError
    }
}

/// Works a plan off: jobs on threads of their own, while the calling thread hands out lines and results.
struct FetchRun {
    private enum Event: Sendable {
        case line(String)
        case ended(job: Int, Result<[FetchedLayer], LocatedError>, seconds: Double)
    }

    let plan: FetchPlan
    let cache: Cache
    let force: Bool
    private let events = EventQueue<Event>()

    init(_ plan: FetchPlan, cache: Cache, force: Bool) {
        self.plan = plan
        self.cache = cache
        self.force = force
    }

    /// Runs all jobs. A job that fails takes those with it that build on its layer, and no others.
    ///
    /// - Parameters:
    ///   - progress: Gets lines for a person, on the calling thread.
    ///   - each: Gets every layer as soon as it is there, on the calling thread.
    func run(progress: (String) -> Void, each: (FetchedLayer) -> Void) throws(LocatedError) -> FetchOutcome {
        var outcome = FetchOutcome()
        let aptDirectory = try WorkDirectory(in: cache, for: "apt")
        defer { aptDirectory.remove(progress: progress) }
        let apt = AptIndex(directory: aptDirectory.path) { [events] in events.post(.line($0)) }
        var bases = plan.bases
        var waiting = Array(plan.jobs.indices)
        var running = 0
        var ended = 0
        while !waiting.isEmpty || running > 0 {
            while running < plan.parallelJobs, Interruption.pending == nil,
                let next = waiting.firstIndex(where: { isReady(plan.jobs[$0], bases: bases) })
            {
                let index = waiting.remove(at: next)
                start(index, base: plan.jobs[index].base.flatMap { bases[$0] }, apt: apt)
                running += 1
            }
            if running == 0 { break }
            switch events.next() {
            case nil: continue
            case .line(let text): progress(text)
            case .ended(let index, let result, let seconds):
                running -= 1
                ended += 1
                let job = plan.jobs[index]
                let position = "\(ended) of \(plan.jobs.count)"
                switch result {
                case .success(let layers):
                    for layer in layers {
                        outcome.layers.append(layer)
                        bases[layer.entry.name] = layer
                        each(layer)
                    }
                    progress("\(position): \(job.name): done in \(Figure.fixed(seconds, decimals: 1)) s")
                case .failure(let error):
                    guard Interruption.pending == nil else { continue }
                    outcome.failures.append(.init(name: job.name, layers: job.entries.map(\.name), error: error))
                    progress("\(position): \(job.name): failed after \(Figure.fixed(seconds, decimals: 1)) s")
                    fail(&waiting, without: job.name, &outcome)
                }
            }
        }
        guard Interruption.pending == nil else { throw .interruptedFetch }
        // What never became ready must not be missing in silence.
        for base in Set(waiting.compactMap { plan.jobs[$0].base }).sorted() { fail(&waiting, without: base, &outcome) }
        return outcome
    }

    private func isReady(_ job: FetchPlan.Job, bases: [String: FetchedLayer]) -> Bool {
        job.base.map { bases[$0] != nil } ?? true
    }

    /// Gives up the jobs that build on what could not be had.
    private func fail(_ waiting: inout [Int], without name: String, _ outcome: inout FetchOutcome) {
        for index in waiting where plan.jobs[index].base == name {
            outcome.failures.append(
                .init(
                    name: plan.jobs[index].name, layers: plan.jobs[index].entries.map(\.name),
                    error: LocatedError(
                        "its base \(name) could not be fetched", in: plan.jobs[index].name,
                        remedy: "see what was said of \(name)")))
        }
        waiting.removeAll { plan.jobs[$0].base == name }
    }

    private func start(_ index: Int, base: FetchedLayer?, apt: AptIndex) {
        let job = plan.jobs[index]
        let (cache, force, events) = (cache, force, events)
        // Not a dispatch queue: jobs wait for their children all the time.
        Thread.detachNewThread {
            let clock = ContinuousClock()
            let begin = clock.now
            let result = Result { () throws(LocatedError) in
                try FetchRun.make(job, base: base, force: force, cache: cache, apt: apt) { events.post(.line($0)) }
            }
            events.post(.ended(job: index, result, seconds: begin.duration(to: clock.now) / .seconds(1)))
        }
    }

    private static func make(
        _ job: FetchPlan.Job, base: FetchedLayer?, force: Bool, cache: Cache, apt: AptIndex,
        progress: @escaping @Sendable (String) -> Void
    ) throws(LocatedError) -> [FetchedLayer] {
        let work = try WorkDirectory(in: cache, for: job.name)
        defer { work.remove(progress: progress) }
        let context = RecipeContext(
            entryName: job.name, workDirectory: work.path, apt: apt, progress: progress)
        let before = job.entries.map { cache.sidecar(of: $0) }
        let layers =
            switch job.work {
            case .layer: try makeLayer(job.entries[0], cache: cache, context)
            case .pull(let layers): try pull(layers, as: job.entries, cache: cache, context)
            case .image(let build):
                try ImageJob(build: build, entries: job.entries, cache: cache).run(
                    base: base, force: force, context)
            }
        for (before, layer) in zip(before, layers) {
            guard let before, before.recipe == layer.entry.recipe, before.sha256 != layer.digest.hex else { continue }
            progress(
                "\(layer.entry.name): warning: replaced: it was \(before.sha256), and is \(layer.digest.hex) now")
        }
        return layers
    }

    private static func pull(
        _ layers: [PulledLayer], as entries: [CorpusEntry], cache: Cache, _ context: RecipeContext
    ) throws(LocatedError) -> [FetchedLayer] {
        var kept: [FetchedLayer] = []
        let files = try PulledLayer.files(of: layers, context)
        for (index, file) in files.enumerated() {
            // One by one: they are not of one build, and each is what its pin says.
            let made = Cache.Made(file: file, entry: entries[index], diffID: layers[index].diffID)
            kept += try cache.keep([made], copying: files[(index + 1)...].contains(file))
        }
        return kept
    }

    private static func makeLayer(
        _ entry: CorpusEntry, cache: Cache, _ context: RecipeContext
    ) throws(LocatedError) -> [FetchedLayer] {
        guard let recipe = entry.recipe.fileRecipe else { return [] }
        let diffID: Digest? = if case .file(let local) = entry.recipe { local.diffID } else { nil }
        return try cache.keep([Cache.Made(file: try recipe.run(context), entry: entry, diffID: diffID)])
    }
}
