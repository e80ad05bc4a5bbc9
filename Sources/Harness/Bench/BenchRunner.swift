internal import Foundation
internal import LayerStore
internal import OSTree
internal import Strategies
internal import Processes

/// Where a benchmark tells what it does.
public struct BenchOutput {
    /// A line.
    public var note: (String) -> Void
    /// A line that the next one replaces.
    public var status: (String) -> Void

    public init(note: @escaping (String) -> Void, status: @escaping (String) -> Void) {
        self.note = note
        self.status = status
    }
}

/// Runs a benchmark, stage by stage and layer by layer.
///
/// Whole processes, interleaved, each import into a fresh repository. Repositories are removed when all is done: on ext4,
/// removing one just before making the next slows the next one down by a factor. Only where the disk has no room for all of
/// them, those of earlier layers go before a layer that needs their room, and the results say so.
public struct BenchRunner {
    private let plan: BenchPlan
    private let tool: String
    private let workFolder: URL
    private let output: BenchOutput
    private let estimate: BenchEstimate
    private let pageCache: PageCache
    private let clock = ContinuousClock()

    /// - Parameters:
    ///   - tool: the path of the layerlab program.
    ///   - workFolder: where temporary repositories are made, in a folder of their own.
    public init(_ plan: BenchPlan, tool: String, workFolder: String, output: BenchOutput) {
        self.plan = plan
        self.tool = tool
        self.workFolder = URL(filePath: workFolder).appending(component: "layerlab-bench-\(UUID().uuidString)")
        self.output = output
        estimate = BenchEstimate(plan)
        pageCache = plan.hasColdCaches ? PageCache.probe() : PageCache(.advice)
    }

    /// Measures the plan. Where it throws, `results` have what was measured until then.
    ///
    /// - Parameter save: called with all results so far after each measurement; its second argument says whether a round,
    ///   or a stage of a layer, is over.
    public func run(into results: inout BenchResults, save: @escaping (BenchResults, Bool) throws -> Void) throws {
        try FileManager.default.createDirectory(at: workFolder, withIntermediateDirectories: true)
        defer {
            output.status("removing temporary repositories")
            try? FileManager.default.removeItem(at: workFolder)
            output.status("")
        }
        let settings = plan.settings
        let units = stages.flatMap { stage in
            plan.layers.map { estimate.seconds(stage, $0, rounds: settings.expectedRounds) }
        }
        results.conditions.loadAverageAtStart = LoadAverage.oneMinute
        results.conditions.cacheDropping = plan.hasColdCaches ? pageCache.dropping.rawValue : nil
        results.conditions.removesAfterEachLayer = try mustRemoveEarly()
        let progress = BenchProgress(
            results, BenchPace(units), budgetSeconds: settings.budgetSeconds, folder: workFolder.path, save: save)
        defer { results = progress.results }
        do {
            try measure(progress)
            if progress.results.ending != .budget { progress.results.ending = .complete }
            progress.results.warnings = BenchAdvice(progress.results).warnings
            try progress.save(withTables: true)
        } catch {
            progress.results.warnings = BenchAdvice(progress.results).warnings
            if !progress.results.isEmpty { try? progress.save(withTables: true) }
            throw error
        }
    }

    private var stages: [BenchSettings.Stage] { plan.stages }

    private func measure(_ progress: BenchProgress) throws {
        output.status("reading the layers")
        let prepared = try plan.layers.enumerated().map { index, layer in
            try PreparedLayer(layer, in: workFolder.appending(component: "layer-\(index)"), tool: tool)
        }
        let held = try prepared.filter { try hold($0, progress) }
        for stage in stages {
            if stage == .image {
                try measureImages(progress)
                continue
            }
            if stage == .survival {
                try measureSurvival(progress)
                continue
            }
            for (index, layer) in ordered(held, for: stage).enumerated() {
                try Interruption.check()
                try measure(stage, layer, number: index + 1, progress)
                try progress.save(withTables: true)
            }
        }
    }

    /// The stage `speed` takes small layers first: where the budget is short, the fewest are left out.
    private func ordered(_ layers: [PreparedLayer], for stage: BenchSettings.Stage) -> [PreparedLayer] {
        stage == .speed ? layers.sorted { $0.tar.bytes < $1.tar.bytes } : layers
    }

    /// Removes what earlier layers have left where the disk has not got the room that this one needs. Not before: on ext4
    /// a removal slows down what is made next.
    private func makeRoom(_ stage: BenchSettings.Stage, for layer: BenchPlan.Layer, _ progress: BenchProgress) {
        let needs = estimate.bytes(stage, layer, rounds: plan.settings.expectedRounds)
        guard progress.results.conditions.removesAfterEachLayer, let free = FreeSpace.bytes(at: workFolder.path),
            free < needs
        else { return }
        output.status("removing temporary repositories")
        for folder in progress.finished { try? FileManager.default.removeItem(at: folder) }
        progress.finished = []
    }

    /// Imports a layer once. One that cannot be imported is a failure, and the others go on.
    private func hold(_ layer: PreparedLayer, _ progress: BenchProgress) throws -> Bool {
        try Interruption.check()
        output.status("importing \(layer.layer.name) once")
        do {
            progress.results.layers.append(try layer.description())
            return true
        } catch {
            try Interruption.check()
            let reason = "\(layer.layer.name): \(error)".split(whereSeparator: \.isNewline).joined(separator: " ")
            progress.results.failures.append(reason)
            output.note("  \(reason)")
            return false
        }
    }

    private func measure(
        _ stage: BenchSettings.Stage, _ layer: PreparedLayer, number: Int, _ progress: BenchProgress
    ) throws {
        let begin = clock.now
        if let deadline = progress.deadline, begin >= deadline {
            progress.results.ending = .budget
            progress.results.leftOut.append("\(layer.layer.name): no time was left for the stage \(stage.rawValue)")
            return
        }
        let rest = Figure.duration(progress.pace.remainingSeconds())
        output.note(
            "\(stage.rawValue) \(number) of \(plan.layers.count): \(layer.layer.name); about \(rest) left in all")
        makeRoom(stage, for: layer.layer, progress)
        let folder = workFolder.appending(component: "\(stage.rawValue)-\(number)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        switch stage {
        case .encodings: try measureEncodings(layer, progress)
        case .endToEnd: try measureRounds(layer, in: folder, progress)
        case .footprint: try measureFootprint(layer, in: folder, progress)
        case .speed: try measureSpeed(layer, in: folder, progress)
        case .image, .survival: preconditionFailure("\(stage.rawValue) is not measured layer by layer")
        }
        progress.pace.finish(seconds: begin.duration(to: clock.now) / .seconds(1))
        progress.note()
        progress.finished.append(folder)
    }

    // MARK: Stages

    private func measureEncodings(_ prepared: PreparedLayer, _ progress: BenchProgress) throws {
        let held = try prepared.held(in: .bareUser)
        let options = plan.encodings.flatMap { ["--encoding", $0.description] }
        let child = ChildProcess(
            tool,
            [
                "measure", "encodings", held.report.ref, "--repo", held.repository, "--json", "--layer",
                prepared.layer.name, "--entries", String(held.report.entries), "--samples",
                String(plan.settings.minimumSamples),
            ] + options + plan.options(for: plan.encodings), timeoutSeconds: 3_600)
        let result = try child.run()
        try Interruption.check()
        if let failure = result.failure {
            // Which of them it was is not known, so that none of them has a figure.
            progress.results.encodings += plan.encodings.map {
                EncodingRecord(
                    layer: prepared.layer.name, encoding: $0.description, entries: held.report.entries,
                    layerBytes: prepared.tar.bytes, outcome: .error, error: "\(failure)")
            }
            return
        }
        progress.results.encodings += try result.output.text.split(separator: "\n").map {
            try JSONDecoder().decode(EncodingRecord.self, from: Data($0.utf8))
        }
    }

    private func measureFootprint(_ prepared: PreparedLayer, in folder: URL, _ progress: BenchProgress) throws {
        if let program = ["ostree", "python3"].first(where: { Program.find($0) == nil }) {
            progress.results.leftOut.append("\(prepared.layer.name): no footprint without \(program)")
            return
        }
        let measurement = FootprintMeasurement(
            layer: prepared.layer.name, path: prepared.tar.path, policy: prepared.layer.policy,
            modes: plan.footprintModes, storages: plan.footprintStorages.map { type(of: $0) },
            encoding: plan.footprintEncoding, tool: tool, workFolder: folder.path,
            options: plan.options(for: [plan.footprintEncoding]))
        let pace = progress.pace
        let earlier = progress.results.footprints
        var done = 0.0
        let records = try measurement.run { text in
            let rest = pace.remainingSeconds(doneShare: done / Double(measurement.rowCount))
            let what = text.split(separator: " ").joined(separator: " ")
            output.status("\(prepared.layer.name), \(what); about \(Figure.duration(rest)) left")
        } each: { record in
            done += 1
            progress.results.footprints.append(record)
            try progress.save(withTables: false)
        }
        progress.results.footprints = earlier + records
    }

    private func measureRounds(_ prepared: PreparedLayer, in folder: URL, _ progress: BenchProgress) throws {
        let pareto = progress.results.encodings.isEmpty ? nil : ParetoSet.encodings(of: progress.results.encodings)
        let earlier = progress.results.records
        let roundBytes = estimate.bytes(.endToEnd, prepared.layer, rounds: 1) / 2
        let share = progress.deadline.map { deadline in
            clock.now.advanced(by: clock.now.duration(to: deadline) * progress.pace.nextShare)
        }
        let rounds = LayerRounds(
            subjects: subjects(on: prepared, plan.cases(pareto: pareto)), settings: plan.settings, pageCache: pageCache,
            folder: folder, share: share, deadline: progress.deadline, roundBytes: roundBytes)
        let (pace, name) = (progress.pace, prepared.layer.name)
        let ending = try rounds.run(
            .init(
                status: { text, share in
                    let rest = pace.remainingSeconds(doneShare: share)
                    output.status("\(name), \(text); about \(Figure.duration(rest)) left")
                },
                note: output.note,
                save: { records, isRoundOver in
                    progress.results.records = earlier + records
                    try progress.save(withTables: isRoundOver)
                }))
        if case .exhausted(let reason) = ending {
            // What it leaves would be missing to the layers that come.
            try? FileManager.default.removeItem(at: folder)
            progress.results.ending = .budget
            output.note("  \(reason)")
            progress.results.leftOut.append("\(name): \(reason)")
        }
    }

    private func measureSpeed(_ prepared: PreparedLayer, in folder: URL, _ progress: BenchProgress) throws {
        let strategy = plan.chosen?.first ?? .standard
        let stage = try SpeedStage(
            strategy, on: prepared, tool: tool, options: plan.options(for: [strategy.encoding]))
        let earlier = (records: progress.results.speedRecords, speed: progress.results.speed)
        let roundBytes = estimate.bytes(.speed, prepared.layer, rounds: 1) / 2
        let share = progress.deadline.map { deadline in
            clock.now.advanced(by: clock.now.duration(to: deadline) * progress.pace.nextShare)
        }
        var done: [BenchRecord] = []
        for (cache, subjects) in [(CacheState.warm, stage.warm), (.cold, stage.cold)] {
            var settings = plan.settings
            settings.caches = [cache]
            var rounds = LayerRounds(
                subjects: subjects, settings: settings, pageCache: pageCache, folder: folder, share: share,
                deadline: progress.deadline, roundBytes: roundBytes)
            rounds.isSettled = { stage.isSettled($0, settings.precision) }
            rounds.isNeeded = stage.isNeeded
            let (pace, name, before) = (progress.pace, prepared.layer.name, done)
            let ending = try rounds.run(
                .init(
                    status: { text, share in
                        // The cold rounds are few, and come last.
                        let rest = pace.remainingSeconds(doneShare: cache == .warm ? share * 0.9 : 0.9 + share * 0.1)
                        output.status("\(name), \(text); about \(Figure.duration(rest)) left")
                    },
                    note: output.note,
                    save: { records, isRoundOver in
                        progress.results.speedRecords = earlier.records + before + records
                        progress.results.speed = earlier.speed + stage.comparisons(before + records)
                        try progress.save(withTables: isRoundOver)
                    }))
            done = before + subjects.flatMap(\.records)
            guard case .exhausted(let reason) = ending else { continue }
            progress.results.ending = .budget
            output.note("  \(reason)")
            progress.results.leftOut.append("\(name), \(cache.rawValue): \(reason)")
        }
    }

    private func measureSurvival(_ progress: BenchProgress) throws {
        let begin = clock.now
        defer {
            let seconds = begin.duration(to: clock.now) / .seconds(plan.layers.count)
            for _ in plan.layers { progress.pace.finish(seconds: seconds) }
        }
        let rest = Figure.duration(progress.pace.remainingSeconds())
        output.note("survival: about \(rest) left in all")
        let stage = SurvivalStage(plan, workFolder: workFolder.path, deadline: progress.deadline)
        let reason = try stage.run(status: output.status) { record in
            progress.results.survivalRecords.append(record)
            try progress.save(withTables: false)
        }
        guard let reason else { return }
        progress.results.leftOut.append(reason)
        output.note("  \(reason)")
        if stage.isLate { progress.results.ending = .budget }
    }

    private func measureImages(_ progress: BenchProgress) throws {
        let begin = clock.now
        defer {
            // The plan has a piece of work for each layer.
            let seconds = begin.duration(to: clock.now) / .seconds(plan.layers.count)
            for _ in plan.layers { progress.pace.finish(seconds: seconds) }
        }
        for (index, image) in plan.images.enumerated() {
            if let deadline = progress.deadline, clock.now >= deadline {
                progress.results.ending = .budget
                progress.results.leftOut.append("\(image.name): no time was left for the stage image")
                continue
            }
            output.note("image \(index + 1) of \(plan.images.count): \(image.name)")
            let strategy = plan.chosen?.first ?? .standard
            let stage = ImageStage(
                image: image, strategy: strategy, policy: plan.layers.first?.policy ?? .standard,
                options: plan.options(for: [strategy.encoding]), tool: tool,
                folder: workFolder.appending(component: "image-\(index)"), rounds: plan.settings.minimumSamples,
                includesPeers: plan.settings.includesPeers)
            let earlier = progress.results.images
            try stage.run(status: output.status) { record in
                progress.results.images = earlier + [record]
                try progress.save(withTables: true)
            }
        }
    }

    private func subjects(on prepared: PreparedLayer, _ cases: [BenchPlan.Case]) -> [any BenchSubject] {
        var subjects: [any BenchSubject] = cases.map {
            StrategySubject($0, prepared, tool: tool, options: plan.options(for: [$0.strategy.encoding]))
        }
        if estimate.hasTarSplit { subjects.append(TarSplitSubject(prepared)) }
        if estimate.hasOSTree {
            for mode in plan.modes {
                subjects += [OSTreeCommitSubject(prepared, mode: mode), OSTreeExportSubject(prepared, mode: mode)]
            }
        }
        if plan.settings.includesPeers { subjects.append(TarSubject(prepared)) }
        subjects += plan.modes.map { ObjectReadingSubject(prepared, mode: $0) }
        subjects.append(MemorySubject(prepared, tool: tool, cache: plan.settings.caches.first ?? .warm))
        return subjects
    }

    /// Whether the disk has room for one layer at a time only; an error where it has not even that.
    private func mustRemoveEarly() throws -> Bool {
        guard let free = FreeSpace.bytes(at: workFolder.path) else { return false }
        let rounds = plan.settings.minimumSamples
        let needs = plan.layers.map { layer in
            (layer: layer, bytes: plan.settings.stages.map { estimate.bytes($0, layer, rounds: rounds) }.max() ?? 0)
        }
        if let largest = needs.max(by: { $0.bytes < $1.bytes }), largest.bytes > free {
            throw LocatedError(
                "\(largest.layer.name) needs about \(Figure.count(largest.bytes / 1_000_000)) MB here, and "
                    + "\(Figure.count(free / 1_000_000)) MB are free", in: workFolder.path,
                remedy: "name a larger file system with --work-dir, or fewer --samples or strategies")
        }
        guard BenchAnnouncement(plan).workBytes > free else { return false }
        output.note("the disk has no room for all temporary repositories: they are removed between layers")
        return true
    }
}
